import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Registrar } from "#agent/control-plane/registrar.ts";
import { identityFile, identityFiles } from "#agent/identity/identity-file.ts";
import { WorkloadIdentity } from "#agent/identity/workload-identity.ts";
import type { EnvoyAdmin } from "#agent/proxy/envoy-admin.ts";
import { type EnvoySettings, SupervisedEnvoy } from "#agent/proxy/supervised-envoy.ts";
import type { LastGood } from "#agent/relay/last-good.ts";
import type { Upstream } from "#agent/relay/upstream.ts";
import { applicationProcess } from "#agent/workload/application.ts";
import { passes } from "#agent/workload/checks.ts";
import { portsThatSpeakFirst } from "#agent/workload/first-words.ts";
import { LogFile } from "#agent/workload/log-file.ts";
import { ReadinessWatch } from "#agent/workload/readiness-watch.ts";
import { applicationHost, type WorkloadSpec } from "#agent/workload/spec.ts";
import { backoff } from "#base/backoff.ts";
import { type Duration, formatDuration, milliseconds, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { applyCapture, sidecarCapture } from "#host/capture.ts";
import { insideMark, killLeftOver } from "#host/left-over.ts";
import { describeExit } from "#host/process.ts";
import { type Standing, Supervisor } from "#host/process-supervisor.ts";
import { spiffeId } from "#identity/spiffe-id.ts";

/** What all instances of an agent have in common. */
export interface Surrounding {
  /** The state directory. */
  readonly state: string;
  readonly trustDomain: string;
  readonly certificateTtl: Duration;
  readonly envoy: EnvoySettings;
  /** Address of the resolver that applications ask, which capture leaves alone; `undefined` where there is none. */
  readonly dnsAddress: string | undefined;
  readonly upstream: Upstream;
  readonly registrar: Registrar;
  readonly log: Log;
}

export type Phase = "starting" | "running" | "draining" | "stopped";

/** Proxies have heard of a withdrawal at the latest this long after. */
const withdrawalLimit = seconds(8);
/** Where nobody says when all have heard of it. */
const withdrawalGuess = milliseconds(500);
/** An application that was asked to end gets this long. */
const endGrace = seconds(10);

/**
 * One instance from its start to its end. The order keeps requests whole: it is captured and its
 * Envoy serves before the application runs, and it is registered as healthy when both do; at its end nobody sends
 * requests any more before those in flight finish, and then the application ends before its Envoy.
 */
export class Workload {
  readonly spec: WorkloadSpec;
  readonly lastGood: LastGood;
  readonly #around: Surrounding;
  readonly #log: Log;
  readonly #onChange: () => void;
  readonly #output: LogFile;
  readonly #proxyOutput: LogFile;
  readonly #application: Supervisor | undefined;
  readonly #readiness: ReadinessWatch;
  #identity: WorkloadIdentity | undefined;
  #envoy: SupervisedEnvoy | undefined;
  #envoyServes = false;
  #awaitingEnvoy: AbortController | undefined;
  #capturing: Promise<void> | undefined;
  /** Ports whose server speaks first; `undefined` until that was heard. */
  #speakFirst: readonly number[] | undefined;
  #phase: Phase = "starting";
  /** The application waits for others, while everything else gets ready. */
  #held = false;
  #problem: string | undefined;
  /** The last line that the application printed. */
  #lastWords: string | undefined;
  /** It said that it could not listen where it wanted to, and nothing is captured here. */
  #foundPortTaken = false;

  constructor(spec: WorkloadSpec, lastGood: LastGood, around: Surrounding, onChange: () => void) {
    this.spec = spec;
    this.lastGood = lastGood;
    this.#around = around;
    this.#onChange = onChange;
    this.#log = around.log.child("workload", { workload: spec.name });
    this.#output = new LogFile(join(around.state, "logs", `${spec.name}.log`));
    this.#proxyOutput = new LogFile(join(around.state, "logs", `${spec.name}.proxy.log`));
    this.#readiness = new ReadinessWatch({
      check: () => this.#passes(),
      interval: spec.readiness.interval,
      onChange: (isReady) => {
        // Merely running proves nothing: one that cannot start does that too, for a moment.
        if (isReady && spec.readiness.check.by !== "running") this.#problem = undefined;
        this.#log.debug(isReady ? "the application is ready" : "the application is not ready");
        this.#tell();
      },
    });
    this.#application = spec.application && this.#supervised();
  }

  /** Lets the application wait for {@link release}. */
  hold(): void {
    this.#held = true;
  }

  /** Starts an application that was held, once its Envoy serves. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    if (this.#phase === "starting" && (this.spec.proxy === "none" || this.#envoyServes)) this.#startApplication();
    this.#tell();
  }

  /** Starts it all; what stands in the way is in {@link problem} and in the log. */
  async start(): Promise<void> {
    const { spec } = this;
    this.#log.debug("starting");
    if (spec.netns === undefined) killLeftOver(marksOf(spec));
    this.#tell();
    try {
      if (spec.proxy !== "none") await Promise.all([this.#captured(), this.#startEnvoy()]);
      else if (!this.#held) this.#startApplication();
    } catch (fault) {
      this.#problem = (fault as Error).message;
      this.#log.error("the workload could not be started", { says: this.#problem });
      this.#tell();
    }
  }

  /** Ends it without losing a request, as far as that can be done within its drain limit. */
  async stop(then: "unhealthy" | "gone"): Promise<void> {
    this.#phase = "draining";
    this.#onChange();
    const everyoneKnows = await this.#around.registrar.withdraw(this.spec, then, withdrawalLimit);
    // Proxies can say when they know; who calls a gateway from outside looks at our status for it.
    const others = !everyoneKnows || this.spec.proxy === "gateway";
    if (others && this.spec.ports.length > 0) await delay(withdrawalGuess.ms);
    await this.#envoy?.drain(this.spec.drain).catch((fault: Error) => {
      this.#log.warn("the proxy could not be drained", { says: fault.message });
    });
    await this.#end(endGrace);
  }

  /** Ends it at once: the whole mesh ends. */
  kill(): Promise<void> {
    this.#phase = "draining";
    return this.#end(seconds(2));
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether it can take requests, and the control plane knows that, so that others send it some. */
  get isReady(): boolean {
    return this.#serves && this.#around.registrar.isTold(this.spec);
  }

  get #serves(): boolean {
    const applicationServes = this.#application === undefined || this.#readiness.isReady;
    return this.#phase === "running" && applicationServes && (this.spec.proxy === "none" || this.#envoyServes);
  }

  /** Why it could not be started, or does not keep running. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get pid(): number | undefined {
    const standing = this.#application?.standing;
    return standing?.at === "running" ? standing.pid : undefined;
  }

  get proxyPid(): number | undefined {
    return this.#envoy?.pid;
  }

  get restarts(): { readonly application: number; readonly proxy: number } {
    return { application: this.#application?.restarts ?? 0, proxy: this.#envoy?.restarts ?? 0 };
  }

  get admin(): EnvoyAdmin | undefined {
    return this.#envoy?.admin;
  }

  async #startEnvoy(): Promise<void> {
    const { spec } = this;
    const { trustDomain, certificateTtl: ttl, upstream, envoy: settings, state } = this.#around;
    const directory = join(state, "proxies", spec.name);
    this.#identity = new WorkloadIdentity({
      spiffeId: spiffeId({ trustDomain, namespace: spec.namespace, serviceAccount: spec.serviceAccount }),
      subject: {
        workload: spec.workload,
        app: spec.labels.app ?? spec.service,
        version: spec.labels.version ?? spec.version,
      },
      ttl,
      path: join(directory, identityFile),
      others: () => identityFiles(join(state, "proxies")),
      upstream,
      log: this.#log,
    });
    this.#envoy = await SupervisedEnvoy.start({
      spec,
      settings,
      directory,
      state,
      upstream,
      lastGood: this.lastGood,
      secrets: this.#identity.secrets,
      log: this.#log,
      onLine: (line) => this.#proxyOutput.line(line),
      onStanding: (standing) => this.#envoyStands(standing),
    });
    this.#awaitEnvoy();
  }

  #envoyStands(standing: Standing): void {
    this.#envoyServes = false;
    if (standing.at === "running") {
      this.#log.debug("the proxy runs", { pid: standing.pid });
      this.#awaitEnvoy();
    } else this.#awaitingEnvoy?.abort();
    if (standing.at === "waiting") {
      const says = `Envoy ${describeExit(standing.exit)} and starts again in ${formatDuration(roundly(standing.wait))}`;
      this.#proxyOutput.line(`[stod] ${says}`);
      this.#log.warn(says);
    }
    this.#tell();
  }

  #awaitEnvoy(): void {
    this.#awaitingEnvoy?.abort();
    const awaiting = new AbortController();
    this.#awaitingEnvoy = awaiting;
    const ready = this.#envoy?.admin.whenReady(awaiting.signal);
    Promise.all([ready, this.#captured()]).then(
      () => {
        if (awaiting.signal.aborted || ready === undefined) return;
        this.#envoyServes = true;
        this.#log.debug("the proxy serves");
        if (this.#phase === "starting" && !this.#held) this.#startApplication();
        this.#tell();
      },
      () => {},
    );
  }

  #startApplication(): void {
    this.#phase = "running";
    this.#application?.start();
  }

  #supervised(): Supervisor {
    return new Supervisor({
      spec: () => this.#asApplication(this.spec.application?.command ?? []),
      onLine: (line) => {
        this.#output.line(line);
        if (saysWhy(line)) this.#lastWords = line;
        if (this.spec.explicit !== undefined && portTaken.test(line)) this.#foundPortTaken = true;
      },
      onChange: (standing) => this.#applicationStands(standing),
      backoff: backoff(milliseconds(100), seconds(30)),
      healthyAfter: seconds(10),
    });
  }

  #applicationStands(standing: Standing): void {
    if (standing.at === "running") this.#readiness.start();
    else this.#readiness.stop();
    if (standing.at === "waiting") {
      const ended = `${this.spec.application?.command[0]} ${describeExit(standing.exit)}`;
      this.#problem =
        this.#lastWords === undefined ? ended : `${ended}; its last words: ${this.#lastWords.slice(0, 500)}`;
      if (this.#foundPortTaken) this.#problem = `${ended}: ${listenOnHost(this.spec)}`;
      this.#lastWords = undefined;
      this.#foundPortTaken = false;
      const says = `${ended} and starts again in ${formatDuration(roundly(standing.wait))}`;
      this.#output.line(`[stod] ${says}`);
      this.#log.warn(says);
    }
    this.#tell();
  }

  #asApplication(command: readonly string[]) {
    return applicationProcess(this.spec, command, this.#around.state);
  }

  async #passes(): Promise<boolean> {
    const hasEnvoy = this.#envoy !== undefined;
    const passed = await passes({
      spec: this.spec,
      pid: hasEnvoy ? this.proxyPid : this.pid,
      proxyDirectory: hasEnvoy ? join(this.#around.state, "proxies", this.spec.name) : undefined,
      asApplication: (command) => applicationProcess(this.spec, command, this.#around.state, this.pid),
    });
    // Before anybody calls it, so that nobody has to find out by waiting.
    if (passed) this.#speakFirst ??= await portsThatSpeakFirst(this.spec, this.#around.state);
    return passed;
  }

  /** Fulfilled once its traffic goes through its Envoy; where it cannot be made to, the application never starts. */
  #captured(): Promise<void> {
    const { netns, proxy } = this.spec;
    if (proxy !== "sidecar" || netns === undefined) return Promise.resolve();
    const { dnsAddress } = this.#around;
    const excludeOutboundRanges = dnsAddress === undefined ? [] : [dnsAddress];
    this.#capturing ??= applyCapture(netns, { ...sidecarCapture, excludeOutboundRanges });
    return this.#capturing;
  }

  #tell(): void {
    if (this.#phase === "starting" || this.#phase === "running") {
      this.#around.registrar.set(this.spec, this.#serves, this.#speakFirst ?? [], this.#onChange);
    }
    this.#onChange();
  }

  async #end(grace: Duration): Promise<void> {
    this.#awaitingEnvoy?.abort();
    await this.#application?.stop(grace);
    this.#readiness.stop();
    await this.#envoy?.stop();
    this.#identity?.close();
    this.lastGood.flush();
    this.#phase = "stopped";
    await Promise.all([this.#output.close(), this.#proxyOutput.close()]);
    this.#onChange();
  }
}

/** By what all that an application has started is known, where it has no namespace with which it would end. */
function marksOf({ application, name }: WorkloadSpec): readonly string[] {
  const inside = application?.env[insideMark];
  return inside === undefined ? [] : [`${insideMark}=${inside}`, `STOD_WORKLOAD=${name}`];
}

/** How programs say that somebody else listens there. */
const portTaken = /EADDRINUSE|address (is )?already in use/i;

function listenOnHost(spec: WorkloadSpec): string {
  return `it could not listen. With explicit capture its proxy does so on ${spec.address}, and it has to on $HOST alone, ${applicationHost(spec)}: docs/guide/explicit-capture.md`;
}

function roundly({ ms }: Duration): Duration {
  return milliseconds(Math.round(ms));
}

/** Whether a line may say why an application ends: a stack does not, nor what Node puts below it. */
function saysWhy(line: string): boolean {
  return !/^\s|^$|^Node\.js v/.test(line);
}
