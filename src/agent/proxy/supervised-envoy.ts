import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SecretsSource } from "#agent/identity/secrets-source.ts";
import { AgentSocket } from "#agent/proxy/agent-socket.ts";
import { bootstrap, bootstrapJson } from "#agent/proxy/bootstrap.ts";
import { EnvoyAdmin } from "#agent/proxy/envoy-admin.ts";
import { proxySockets } from "#agent/proxy/static-resources.ts";
import type { LastGood } from "#agent/relay/last-good.ts";
import type { Upstream } from "#agent/relay/upstream.ts";
import { socketPath } from "#agent/socket-path.ts";
import type { WorkloadSpec } from "#agent/workload/spec.ts";
import { backoff } from "#base/backoff.ts";
import { type Duration, milliseconds, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { insideMark } from "#host/left-over.ts";
import type { ChildSpec, OnLine } from "#host/process.ts";
import { parentsSurroundings } from "#host/process-command.ts";
import { type Standing, Supervisor } from "#host/process-supervisor.ts";

/** How Envoys are run, the same for all of an agent. */
export interface EnvoySettings {
  /** Path of the program. */
  readonly envoy: string;
  /** Worker threads of each. */
  readonly concurrency: number;
  readonly logLevel: "trace" | "debug" | "info" | "warning" | "error";
  readonly stodVersion: string;
}

export interface EnvoyOptions {
  readonly spec: WorkloadSpec;
  readonly settings: EnvoySettings;
  /** Its own directory, `proxies/NAME`. */
  readonly directory: string;
  /** The state directory, of which it sees nothing else: with keys of others, or who signs, it could be anybody. */
  readonly state: string;
  readonly upstream: Upstream;
  readonly lastGood: LastGood;
  readonly secrets: SecretsSource;
  readonly log: Log;
  readonly onLine: OnLine;
  readonly onStanding: (standing: Standing) => void;
}

/** One Envoy, kept running, with the socket on which it gets its configuration and certificates. */
export class SupervisedEnvoy {
  readonly admin: EnvoyAdmin;
  readonly #spec: WorkloadSpec;
  readonly #supervisor: Supervisor;
  readonly #socket: AgentSocket;

  private constructor(options: EnvoyOptions, socket: AgentSocket) {
    const { spec, directory, onLine, onStanding } = options;
    this.#spec = spec;
    this.#socket = socket;
    this.admin = new EnvoyAdmin(join(directory, proxySockets.admin));
    this.#supervisor = new Supervisor({
      spec: () => envoyProcess(options),
      onLine,
      onChange: onStanding,
      backoff: backoff(milliseconds(20), seconds(10)),
      healthyAfter: seconds(10),
    });
  }

  static async start(options: EnvoyOptions): Promise<SupervisedEnvoy> {
    const { spec, settings, directory, upstream, lastGood, secrets, log } = options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, "bootstrap.json"), bootstrapJson(bootstrap(spec, settings.stodVersion)), {
      mode: 0o600,
    });
    const path = socketPath(join(directory, proxySockets.agent));
    const socket = await AgentSocket.listen({ path, upstream, lastGood, secrets, log });
    const envoy = new SupervisedEnvoy(options, socket);
    envoy.#supervisor.start();
    return envoy;
  }

  get pid(): number | undefined {
    const { standing } = this.#supervisor;
    return standing.at === "running" ? standing.pid : undefined;
  }

  get restarts(): number {
    return this.#supervisor.restarts;
  }

  /** Sends clients elsewhere, and returns when their requests are through or the limit is over. */
  async drain(limit: Duration): Promise<void> {
    if (this.pid !== undefined) await this.admin.drain(this.#spec.proxy === "gateway" ? "all" : "inbound", limit);
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop(seconds(2));
    await this.#socket.close();
  }
}

function envoyProcess({ spec, settings, directory, state }: EnvoyOptions): ChildSpec {
  const isAlone = spec.netns !== undefined;
  for (const socket of [proxySockets.admin, proxySockets.readiness]) rmSync(join(directory, socket), { force: true });
  const flags = [
    ...["--config-path", "bootstrap.json"],
    ...["--concurrency", `${settings.concurrency}`],
    ...["--log-level", settings.logLevel],
    // Whoever drains waits for requests in flight, so each answer may ask its client to leave at once.
    ...["--drain-time-s", `${Math.max(1, Math.round(spec.drain.ms / 1000))}`, "--drain-strategy", "immediate"],
    "--disable-hot-restart",
  ];
  return {
    command: [settings.envoy, ...flags],
    // By that it is found where it should be left behind.
    env: { [insideMark]: process.env[insideMark] ?? "" },
    cwd: directory,
    surroundings: { ...parentsSurroundings, netns: spec.netns, hidden: isAlone ? [state] : [], kept: directory },
    // It marks the sockets that capture leaves alone. Where nothing is captured, it is whoever started us.
    privileges: {
      dieWithParent: true,
      capabilities: isAlone ? ["net_admin"] : "all",
      user: undefined,
    },
  };
}
