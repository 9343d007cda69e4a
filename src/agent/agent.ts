import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ControlPlaneApi } from "#agent/control-plane/api.ts";
import { NamesWatch } from "#agent/control-plane/names-watch.ts";
import { Registrar } from "#agent/control-plane/registrar.ts";
import { directNames } from "#agent/dns/direct-names.ts";
import type { Resolver } from "#agent/dns/forward.ts";
import type { NameLookup } from "#agent/dns/name-table.ts";
import { DnsServer } from "#agent/dns/server.ts";
import type { EnvoyAdmin } from "#agent/proxy/envoy-admin.ts";
import type { EnvoySettings } from "#agent/proxy/supervised-envoy.ts";
import { findLastGood } from "#agent/relay/find-last-good.ts";
import { Upstream } from "#agent/relay/upstream.ts";
import { socketPath } from "#agent/socket-path.ts";
import { siblingKey, type WorkloadSpec } from "#agent/workload/spec.ts";
import { statusOf, type WorkloadStatus } from "#agent/workload/status.ts";
import { type Surrounding, Workload } from "#agent/workload/workload.ts";
import type { Duration } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { stableJson } from "#base/stable-json.ts";

export interface DnsSettings {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Who is asked for names outside of the mesh. */
  readonly resolvers: readonly Resolver[];
}

export interface AgentOptions {
  /** The state directory: the agent's own files are under `proxies`, `logs` and `agent` in it. */
  readonly state: string;
  /** Unix sockets of the control plane: gRPC, and HTTP. */
  readonly controlPlane: { readonly xds: string; readonly api: string };
  readonly trustDomain: string;
  readonly certificateTtl: Duration;
  readonly envoy: EnvoySettings;
  readonly dns: DnsSettings | undefined;
  readonly log: Log;
}

/** The domain of the mesh's own names. */
const meshDomain = "cluster.local";

/** What stands beside the workloads of a host: runs them and their Envoys, and is all that talks to the control plane. */
export class Agent {
  readonly #proxies: string;
  readonly #around: Surrounding;
  readonly #names: NamesWatch;
  readonly #dns: DnsServer | undefined;
  readonly #workloads = new Map<string, Workload>();
  /** The last of what is to be done about a name: one thing after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #listeners = new Set<() => void>();
  #stopping = false;

  private constructor(options: AgentOptions, around: Surrounding, names: NamesWatch, dns: DnsServer | undefined) {
    this.#proxies = join(options.state, "proxies");
    this.#around = around;
    this.#names = names;
    this.#dns = dns;
  }

  /** @throws where DNS cannot listen, or the state directory cannot be used */
  static async start(options: AgentOptions): Promise<Agent> {
    const { state, controlPlane, trustDomain, certificateTtl, envoy, dns, log } = options;
    for (const name of ["proxies", "logs", "agent"]) mkdirSync(join(state, name), { recursive: true, mode: 0o700 });
    const upstream = new Upstream(socketPath(controlPlane.xds), log.child("control-plane"));
    const api = new ControlPlaneApi(controlPlane.api);
    const names = new NamesWatch(join(state, "agent", "names.json"), api, upstream, log.child("names"));
    let agent: Agent | undefined;
    const namesFor = (asker: string) => (agent === undefined ? undefined : agent.#namesFor(asker));
    const resolver = dns && (await DnsServer.listen({ ...dns, names: names.names, namesFor, domain: meshDomain }));
    const registrar = new Registrar(api, upstream, log.child("registry"));
    const dnsAddress = dns?.address;
    const around = { state, trustDomain, certificateTtl, envoy, dnsAddress, upstream, registrar, log };
    upstream.start();
    agent = new Agent(options, around, names, resolver);
    return agent;
  }

  /**
   * Runs a workload as it is told, in place of one of the same name that was told otherwise.
   *
   * @param application  `hold` gets its Envoy ready, and leaves the application for when it is put without that
   */
  put(spec: WorkloadSpec, application: "start" | "hold" = "start"): Promise<"started" | "replaced" | "unchanged"> {
    return this.#inTurn(spec.name, async () => {
      const running = this.#workloads.get(spec.name);
      if (running !== undefined && stableJson(running.spec) === stableJson(spec)) {
        if (application === "start") running.release();
        return "unchanged";
      }
      await running?.stop("unhealthy");
      await this.#start(spec, application);
      return running === undefined ? "started" : "replaced";
    });
  }

  /** Ends a workload once requests in flight are through; `false` if there is none of that name. */
  remove(name: string): Promise<boolean> {
    return this.#inTurn(name, async () => {
      const running = this.#workloads.get(name);
      await running?.stop("gone");
      this.#workloads.delete(name);
      this.#changed();
      return running !== undefined;
    });
  }

  /** Ends a workload as {@link remove} does, and starts it anew. */
  restart(name: string): Promise<boolean> {
    return this.#inTurn(name, async () => {
      const running = this.#workloads.get(name);
      if (running === undefined) return false;
      await running.stop("unhealthy");
      await this.#start(running.spec);
      return true;
    });
  }

  list(): WorkloadStatus[] {
    return [...this.#workloads.values()].map(statusOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The admin interface of a workload's Envoy. */
  admin(name: string): EnvoyAdmin | undefined {
    return this.#workloads.get(name)?.admin;
  }

  /** Calls back whenever the status of a workload may have changed. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The port that DNS listens on. */
  get dnsPort(): number | undefined {
    return this.#dns?.port;
  }

  /** Ends everything at once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#around.registrar.close();
    await Promise.all([...this.#workloads.values()].map((workload) => workload.kill()));
    this.#dns?.close();
    this.#names.close();
    this.#around.upstream.close();
  }

  /** `undefined` for whoever has a proxy, or is none of ours. */
  #namesFor(asker: string): NameLookup | undefined {
    const isDirect = [...this.#workloads.values()].some(({ spec }) => spec.address === asker && spec.proxy === "none");
    return isDirect ? directNames(this.#names.names, () => this.list(), meshDomain) : undefined;
  }

  async #start(spec: WorkloadSpec, application: "start" | "hold" = "start"): Promise<void> {
    if (this.#stopping) return;
    const running = [...this.#workloads.values()].map(({ lastGood }) => lastGood);
    const lastGood = findLastGood(this.#proxies, spec.name, siblingKey(spec), running, this.#around.log);
    const workload = new Workload(spec, lastGood, this.#around, () => this.#changed());
    this.#workloads.set(spec.name, workload);
    if (application === "hold") workload.hold();
    await workload.start();
  }

  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#turns.set(name, turn);
    const done = () => {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    };
    turn.then(done, done);
    return turn;
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
