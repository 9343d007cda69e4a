import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Agent, AgentWorkload, UpInstance } from "#apps/cli/api-client.ts";
import { ApiFault } from "#apps/cli/socket-api.ts";
import type { Tell } from "#apps/up/inside/events.ts";
import { changesBetween, type Instance, instance, instancesOf } from "#apps/up/inside/instances.ts";
import type { Place, Places } from "#apps/up/inside/places.ts";
import type { ServiceRegistry } from "#apps/up/inside/service-registry.ts";
import { servicesOf } from "#apps/up/inside/services.ts";
import { workloadSpec } from "#apps/up/inside/workload-spec.ts";
import type { MeshFile, ServiceEntry, WorkloadEntry } from "#apps/up/mesh-file/mesh-file.ts";
import { milliseconds, seconds } from "#base/duration.ts";

/** How long a restarted instance may take until the restart of its workload is given up, and the others stay as they are. */
const patience = seconds(60);
/** How long a mesh that has all its instances waits for its proxies to know them, before it says that it serves. */
const rollout = seconds(2);
/** Between two tries to reach an agent that is away. */
const betweenTries = milliseconds(25);

/** An instance that there is: it has a place, and runs once what it depends on is ready. */
interface Standing {
  readonly instance: Instance;
  readonly place: Place;
  readonly state: "waiting" | "started" | "leaving";
}

/**
 * The instances of the mesh: brings those that there are to those that should be, one change after the other. A newer change cuts short
 * what an older one still waits for.
 */
export class Fleet {
  readonly #agent: Agent;
  readonly #registry: ServiceRegistry;
  readonly #tell: Tell;
  readonly #places: Places;
  readonly #standing = new Map<string, Standing>();
  #mesh: MeshFile | undefined;
  #scaled = new Map<string, number>();
  #reported: ReadonlyMap<string, AgentWorkload> = new Map();
  #current = Promise.resolve();
  #interrupt = new AbortController();
  /** Whether every instance of the file has had a place. */
  #isPlaced = false;
  #toldServing = false;
  #told = "";
  #changed = Promise.withResolvers<void>();

  constructor(agent: Agent, registry: ServiceRegistry, places: Places, tell: Tell) {
    this.#agent = agent;
    this.#registry = registry;
    this.#places = places;
    this.#tell = tell;
  }

  get instances(): readonly UpInstance[] {
    const standing = [...this.#standing.values()].map((one) => this.#shown(one));
    return standing.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get mesh(): MeshFile | undefined {
    return this.#mesh;
  }

  /** Addresses of a service's instances that are ready, in the order of their names. */
  readyAddresses(service: string): readonly string[] {
    return this.instances.filter((one) => one.service === service && one.ready).map(({ address }) => address);
  }

  /** Makes the mesh what the file says. Replicas that were set by hand hold until the file says another number. */
  become(mesh: MeshFile): Promise<void> {
    const before = new Map(this.#mesh?.services.flatMap(({ workloads }) => workloads.map((w) => [w.name, w.replicas])));
    for (const { name, replicas } of mesh.services.flatMap(({ workloads }) => workloads)) {
      if (before.get(name) !== replicas) this.#scaled.delete(name);
    }
    this.#mesh = mesh;
    return this.#inTurn((signal) => this.#settle(mesh, signal));
  }

  /** Sets the replicas of a workload, and waits until they are ready, or gone. */
  async scale(workload: string, replicas: number): Promise<readonly string[]> {
    const mesh = this.#mesh;
    if (mesh === undefined) return [];
    this.#scaled.set(workload, replicas);
    await this.#inTurn((signal) => this.#settle(mesh, signal));
    const names = [...this.#standing.values()]
      .filter((one) => one.instance.workload.name === workload)
      .map((one) => one.instance.name);
    await this.#untilReady(names, AbortSignal.timeout(patience.ms));
    return names;
  }

  /** Restarts instances, those of each workload one after the other. */
  async restart(instances: readonly Instance[]): Promise<void> {
    const groups = [...Map.groupBy(instances, ({ workload }) => workload.name).values()];
    await this.#inTurn((signal) => all(groups.map((group) => this.#roll(group, signal))));
  }

  /** Ends all instances when their requests in flight are through: gateways first, while there is still something behind them. */
  async drain(): Promise<void> {
    this.#interrupt.abort();
    await this.#current;
    const all = [...this.#standing.values()];
    const isGateway = ({ instance: { service } }: Standing) => service.proxy === "gateway";
    for (const group of [all.filter(isGateway), all.filter((one) => !isGateway(one))]) {
      for (const one of group) this.#standing.set(one.instance.name, { ...one, state: "leaving" });
      await Promise.all(group.map((one) => this.#end(one.instance.name)));
    }
  }

  /** Tells a new agent all that it should run, once it answers: the one before it has taken its workloads along. */
  async tellAgent(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(this.#agent.isThere && (await this.#look()))) {
      await delay(betweenTries.ms, undefined, { signal }).catch(() => {});
    }
    await all([...this.#standing.values()].filter(({ state }) => state === "started").map((one) => this.#put(one)));
  }

  /** Follows what the agent says of its instances, until the signal. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#agent.isThere) {
        await this.#agent.watch((workloads) => this.#hear(workloads), signal).catch(unlessAway);
        this.#hear([]);
      }
      await delay(betweenTries.ms, undefined, { signal }).catch(() => {});
    }
  }

  #inTurn(change: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#interrupt.abort();
    const interrupt = new AbortController();
    this.#interrupt = interrupt;
    const done = this.#current.then(() => change(interrupt.signal));
    // What comes next does not care how this ended; whoever asked for it does.
    this.#current = done.catch(() => {});
    return done;
  }

  async #settle(mesh: MeshFile, signal: AbortSignal): Promise<void> {
    const wanted = instancesOf(mesh, this.#scaled);
    this.#renewWaiting(wanted);
    const are = new Map([...this.#standing].map(([name, one]) => [name, one.instance]));
    const changes = changesBetween(are, wanted);
    // Not waited for: a proxy is ready only when the control plane has answered it, which learns the services just before.
    this.#registry.become(servicesOf(mesh, this.#places));
    await this.#makePlaces(changes.added);
    this.#isPlaced = true;
    const waiting = [...this.#standing.values()].filter(({ state }) => state === "waiting");
    await all([
      ...changes.removed.map((gone) => this.#remove(gone.name)),
      ...waiting.map(({ instance: { name } }) => this.#start(name, signal)),
      ...changes.changed.map((group) => this.#roll(group, signal)),
    ]);
  }

  /** What was never started is not restarted when it changes: it just starts as something else. */
  #renewWaiting(wanted: readonly Instance[]): void {
    for (const one of wanted) {
      const standing = this.#standing.get(one.name);
      if (standing?.state === "waiting") this.#standing.set(one.name, { ...standing, instance: one });
    }
  }

  async #makePlaces(added: readonly Instance[]): Promise<void> {
    const places = await this.#places.add(added);
    for (const [nth, place] of places.entries()) {
      const one = added[nth] as Instance;
      this.#standing.set(one.name, { instance: one, place, state: "waiting" });
    }
  }

  async #start(name: string, signal: AbortSignal): Promise<void> {
    const { service } = this.#must(name).instance;
    if (this.#unready(service).length > 0) this.#hold(this.#must(name));
    while (!signal.aborted && this.#unready(service).length > 0) await this.#nextChange(signal);
    const standing = this.#standing.get(name);
    if (signal.aborted || standing?.state !== "waiting") return;
    await this.#put(standing);
  }

  /** Gets its Envoy ready while it waits for others. What goes wrong with that will be told when it is put. */
  #hold(standing: Standing): void {
    this.#agent.hold(standing.instance.name, this.#specOf(standing)).catch(() => {});
  }

  #specOf({ instance, place }: Standing): object {
    return workloadSpec(instance, place, this.#places, this.#mesh?.services ?? []);
  }

  async #put(standing: Standing): Promise<void> {
    const started: Standing = { ...standing, state: "started" };
    const { name } = standing.instance;
    this.#standing.set(name, started);
    try {
      await this.#agent.put(name, this.#specOf(standing));
    } catch (cause) {
      // An agent that is away hears of it when it is back; one that refuses would refuse again.
      if (!(cause instanceof ApiFault) || cause.status === undefined) return;
      this.#tell({ is: "note", text: `${name} cannot be started: ${cause.says}. ${cause.help}` });
    }
  }

  async #remove(name: string): Promise<void> {
    const standing = this.#standing.get(name);
    if (standing === undefined) return;
    this.#standing.set(name, { ...standing, state: "leaving" });
    await this.#end(name);
    await this.#places.remove(name);
    this.#standing.delete(name);
  }

  /** Drains an instance; resolves when the agent has it no more. */
  async #end(name: string): Promise<void> {
    await this.#agent.delete(name).catch(unlessAway);
    await this.#look();
  }

  /**
   * Restarts the instances of one workload, each after the one before it is ready. Where there is just one that others call, another one
   * stands in for it meanwhile, so that nobody who calls finds the service gone.
   */
  async #roll(group: readonly Instance[], signal: AbortSignal): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const { service, workload } = first;
    const replicas = [...this.#standing.values()].filter((one) => one.instance.workload.name === workload.name).length;
    const alone = service.ports.length > 0 && replicas === 1 && this.#isReady(first.name);
    const standIn = alone ? instance(service, workload, replicas) : undefined;
    try {
      if (standIn !== undefined && !(await this.#standInReady(standIn, signal))) return;
      for (const next of group) {
        const standing = this.#standing.get(next.name);
        if (standing === undefined || signal.aborted) return;
        await this.#replace(standing, next);
        const ready = await this.#untilReady([next.name], AbortSignal.any([signal, AbortSignal.timeout(patience.ms)]));
        if (!ready) return this.#giveUp(next.name, signal);
      }
    } finally {
      if (standIn !== undefined) await this.#remove(standIn.name);
    }
  }

  /** Drains an instance, and starts it again as what it should be. */
  async #replace(standing: Standing, next: Instance): Promise<void> {
    const isSame = standing.state === "started" && standing.instance.digest === next.digest;
    if (isSame) await this.#agent.restart(next.name).catch(unlessAway);
    else await this.#put({ ...standing, instance: next });
  }

  async #standInReady(standIn: Instance, signal: AbortSignal): Promise<boolean> {
    await this.#makePlaces([standIn]);
    await this.#put(this.#must(standIn.name));
    const ready = await this.#untilReady([standIn.name], AbortSignal.any([signal, AbortSignal.timeout(patience.ms)]));
    if (!ready) this.#giveUp(standIn.name, signal);
    return ready;
  }

  #giveUp(name: string, signal: AbortSignal): void {
    if (signal.aborted) return;
    const text = `${name} is not ready ${patience.ms / 1000} s after its restart, so the others stay as they were. Look: stod logs ${name}`;
    this.#tell({ is: "note", text });
  }

  /** Whether they all became ready before the signal. */
  async #untilReady(names: readonly string[], signal: AbortSignal): Promise<boolean> {
    await this.#look();
    while (!names.every((name) => this.#isReady(name))) {
      if (signal.aborted) return false;
      await this.#nextChange(signal);
    }
    return true;
  }

  /** Asks the agent how things are; `false` where it does not answer. */
  async #look(): Promise<boolean> {
    const reported = await this.#agent.workloads().catch((cause) => {
      if (!(cause instanceof ApiFault)) throw cause;
      return undefined;
    });
    this.#hear(reported ?? []);
    return reported !== undefined;
  }

  #hear(workloads: readonly AgentWorkload[]): void {
    this.#reported = new Map(workloads.map((one) => [one.name, one]));
    this.#tellChanges();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves when the agent says something new, or at the signal. */
  #nextChange(signal: AbortSignal): Promise<unknown> {
    if (signal.aborted) return Promise.resolve();
    return Promise.race([this.#changed.promise, once(signal, "abort")]);
  }

  #tellChanges(): void {
    const { instances } = this;
    const now = JSON.stringify(instances);
    if (now === this.#told) return;
    this.#told = now;
    this.#tell({ is: "instances", instances });
    if (this.#toldServing || !this.#isPlaced || instances.some((one) => !one.ready)) return;
    this.#toldServing = true;
    // All are there; whoever calls them now should also be known to reach them.
    this.#registry.live(rollout).finally(() => this.#tell({ is: "serving" }));
  }

  #isReady(name: string): boolean {
    return this.#standing.get(name)?.state === "started" && this.#reported.get(name)?.ready === true;
  }

  /** What the service waits for: those it depends on that have a workload with no instance ready. */
  #unready({ dependsOn }: ServiceEntry): readonly string[] {
    const services = this.#mesh?.services.filter(({ name }) => dependsOn.includes(name)) ?? [];
    return services
      .filter(({ workloads }) => workloads.some((one) => this.#lacksInstance(one)))
      .map(({ name }) => name);
  }

  #lacksInstance(workload: WorkloadEntry): boolean {
    const ofIt = [...this.#standing.values()].filter((one) => one.instance.workload.name === workload.name);
    return ofIt.length > 0 && !ofIt.some(({ instance: { name } }) => this.#isReady(name));
  }

  #shown(one: Standing): UpInstance {
    const { name, service, workload } = one.instance;
    const ready = this.#isReady(name);
    const { version } = workload;
    const what = { name, workload: workload.name, service: service.name, version, namespace: service.namespace };
    return { ...what, address: one.place.address, ready, state: this.#stateOf(one, ready) };
  }

  #stateOf({ instance: { name, service, workload }, state }: Standing, ready: boolean): string {
    if (state === "leaving") return "draining";
    if (ready) return "ready";
    if (state === "waiting") return `waiting for ${this.#unready(service).join(", ") || "its turn"}`;
    const { restarts = 0, phase, problem } = this.#reported.get(name) ?? {};
    if (problem !== undefined) return problem;
    if (restarts > 0) return `restarted ${restarts} ${restarts === 1 ? "time" : "times"}`;
    return phase === "running" ? awaitedOf(workload, service) : "starting";
  }

  #must(name: string): Standing {
    const standing = this.#standing.get(name);
    if (standing === undefined) throw new Error(`${name} has no place`);
    return standing;
  }
}

/** What is missing for an application that runs to be ready. */
function awaitedOf({ readiness }: WorkloadEntry, { ports }: ServiceEntry): string {
  if (readiness?.http !== undefined) return `${readiness.http} does not answer well yet`;
  if (readiness?.exec !== undefined) return "its readiness command does not succeed yet";
  const port = readiness?.tcp ?? ports[0]?.targetPort;
  return port === undefined ? "starting" : `nothing listens on port ${port} yet`;
}

/** Not there is as good as gone, and where the agent is away, so is what it ran; it hears of the rest when it is back. */
function unlessAway(cause: unknown): void {
  if (!(cause instanceof ApiFault) || (cause.status !== undefined && cause.status !== 404)) throw cause;
}

/** Waits for all, and then fails with the first failure: nothing is left running behind. */
async function all(tasks: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(tasks)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
