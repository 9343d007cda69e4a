import { SocketApi } from "#apps/cli/socket-api.ts";
import type { Finding } from "#findings/finding.ts";

/** An object's name among all objects. */
export interface ObjectName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A piece of YAML, with the name of its file for findings. */
export interface Document {
  readonly file: string;
  readonly text: string;
}

export interface Refusal {
  readonly proxy: string;
  readonly typeUrl: string;
  readonly resource: string;
  readonly madeFrom: readonly (ObjectName | string)[];
  readonly envoySays: string;
}

/** How a change reached the proxies. */
export interface Rollout {
  readonly version: number | string;
  /** Proxies that the change concerns. */
  readonly proxies: number;
  /** Those of them that have it. */
  readonly live: number;
  readonly ms: number;
  readonly refusals: readonly Refusal[];
}

export interface ApplyAnswer {
  readonly results: readonly {
    readonly object: ObjectName;
    readonly action: string;
    readonly findings?: readonly Finding[];
  }[];
  readonly findings: readonly Finding[];
  readonly rollout?: Rollout;
}

/** What applying documents would change. */
export interface DiffAnswer {
  readonly findings: readonly Finding[];
  readonly objects: readonly {
    readonly object: ObjectName;
    readonly action: string;
    /** As YAML; empty where there is none. */
    readonly before: string;
    readonly after: string;
  }[];
}

/** One write in the history of the store. */
export interface Change extends ObjectName {
  readonly [more: string]: unknown;
}

export interface ControlPlaneStatus {
  readonly version: string;
  readonly services: number;
  readonly workloads: number;
  readonly proxies: { readonly connected: number; readonly synced: number };
  readonly findings: { readonly error: number; readonly warning: number; readonly info: number };
}

export interface ProxyStatus {
  readonly name: string;
  readonly namespace: string;
  readonly nodeId: string;
  readonly version: string;
  /** The Envoy's version; empty for a proxy that does not say. */
  readonly envoy?: string;
  readonly connectedAt: string;
  /** By short type name, such as `CDS`. */
  readonly types: Readonly<Record<string, { readonly state: string }>>;
}

/** An object as the API shows it. */
export interface ShownObject {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

/** The control plane's API, on `run/api.sock`. */
export class ControlPlane {
  readonly #api: SocketApi;

  constructor(stateDirectory: string) {
    this.#api = new SocketApi(`${stateDirectory}/run/api.sock`, "the control plane");
  }

  get isThere(): boolean {
    return this.#api.isThere;
  }
  status(): Promise<ControlPlaneStatus> {
    return this.#api.json("GET", "/v1/status");
  }

  async objects(only: { kind?: string; namespace?: string; name?: string }): Promise<readonly ShownObject[]> {
    return (await this.#api.json<{ objects: ShownObject[] }>("GET", `/v1/objects${query(only)}`)).objects;
  }

  apply(body: {
    documents: readonly Document[];
    dryRun?: boolean;
    wait?: boolean;
    namespace?: string;
  }): Promise<ApplyAnswer> {
    return this.#api.json("POST", "/v1/apply", body);
  }

  delete(
    { kind, namespace, name }: ObjectName,
    options: { wait?: boolean } = {},
  ): Promise<Partial<ApplyAnswer> | undefined> {
    return this.#api.json("DELETE", `/v1/objects/${path(kind, namespace, name)}${query(options)}`);
  }

  diff(documents: readonly Document[], namespace?: string): Promise<DiffAnswer> {
    return this.#api.json("POST", "/v1/diff", { documents, namespace });
  }

  async history(only: { kind?: string; namespace?: string; name?: string }): Promise<readonly Change[]> {
    return (await this.#api.json<{ changes: Change[] }>("GET", `/v1/history${query(only)}`)).changes;
  }

  async proxies(): Promise<readonly ProxyStatus[]> {
    return (await this.#api.json<{ proxies: ProxyStatus[] }>("GET", "/v1/proxies")).proxies;
  }

  async findings(): Promise<readonly Finding[]> {
    return (await this.#api.json<{ findings: Finding[] }>("GET", "/v1/findings")).findings;
  }

  /** Calls back with all findings, now and whenever there are others, until the control plane goes away or the signal comes. */
  async watchFindings(onChange: (findings: readonly Finding[]) => void, signal: AbortSignal): Promise<void> {
    const onLine = (value: unknown) => onChange((value as { findings: Finding[] }).findings);
    await this.#api.lines("/v1/findings?watch", onLine, signal);
  }

  /** Registers a Service of `stod.yaml`, or takes it off where there is none. */
  async setService(namespace: string, name: string, service: ShownObject | undefined): Promise<void> {
    await this.#api.json(service === undefined ? "DELETE" : "PUT", `/v1/services/${path(namespace, name)}`, service);
  }
}

/** An instance as the agent reports it. */
export interface AgentWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly workload?: string;
  readonly service?: string;
  readonly version?: string;
  readonly address: string;
  readonly ready: boolean;
  /** `running` once its application has been started. */
  readonly phase?: string;
  /** As the inside of the mesh counts. */
  readonly pid?: number;
  readonly proxyPid?: number;
  readonly restarts?: number;
  readonly proxyRestarts?: number;
  /** Why it does not run, as a clause. */
  readonly problem?: string;
  /** What its Envoy is. */
  readonly kind?: "sidecar" | "gateway" | "none";
}

/** The agent's API, on `run/agent.sock`. */
export class Agent {
  readonly #api: SocketApi;

  constructor(stateDirectory: string) {
    this.#api = new SocketApi(`${stateDirectory}/run/agent.sock`, "the agent");
  }

  get isThere(): boolean {
    return this.#api.isThere;
  }
  async workloads(): Promise<readonly AgentWorkload[]> {
    return workloadsIn(await this.#api.json("GET", "/v1/workloads"));
  }

  /** Calls back with all instances, now and at each change, until the agent goes away or the signal comes. */
  async watch(onChange: (workloads: readonly AgentWorkload[]) => void, signal: AbortSignal): Promise<void> {
    await this.#api.lines("/v1/workloads?watch", (value) => onChange(workloadsIn(value)), signal);
  }

  /** Starts an instance; one that runs with the same spec is left alone. */
  async put(name: string, spec: object): Promise<void> {
    await this.#api.json("PUT", `/v1/workloads/${path(name)}`, spec);
  }

  /** Gets an instance's Envoy ready; its application starts when it is {@link put}. */
  async hold(name: string, spec: object): Promise<void> {
    await this.#api.json("PUT", `/v1/workloads/${path(name)}?hold`, spec);
  }

  /** Drains an instance and ends it. */
  async delete(name: string): Promise<void> {
    await this.#api.json("DELETE", `/v1/workloads/${path(name)}`);
  }

  /** Drains an instance, and starts it again. */
  async restart(name: string): Promise<void> {
    await this.#api.json("POST", `/v1/workloads/${path(name)}/restart`);
  }

  /** What the instance's Envoy answers on its admin interface. */
  proxy(name: string, adminPath: string): Promise<string> {
    return this.#api.text("GET", `/v1/workloads/${path(name)}/proxy/${adminPath}`);
  }
}

function workloadsIn(answer: unknown): readonly AgentWorkload[] {
  return Array.isArray(answer) ? answer : [];
}

/** An instance as `stod up` wants it. */
export interface UpInstance {
  readonly name: string;
  readonly workload: string;
  readonly service: string;
  readonly version: string;
  readonly namespace: string;
  readonly address: string;
  readonly ready: boolean;
  /** Such as `waiting for reviews`, `starting`, `ready`. */
  readonly state: string;
}

/** The API of the mesh's inner `stod up`, on `run/up.sock`. */
export class Up {
  readonly #api: SocketApi;

  constructor(stateDirectory: string) {
    this.#api = new SocketApi(`${stateDirectory}/run/up.sock`, "the mesh's supervisor");
  }

  async instances(): Promise<readonly UpInstance[]> {
    return (await this.#api.json<{ instances: UpInstance[] }>("GET", "/v1/instances")).instances;
  }

  /** Resolves when the instances are there and ready, or drained and gone. */
  scale(
    service: string,
    version: string | undefined,
    replicas: number,
  ): Promise<{ readonly scaled: readonly string[] }> {
    return this.#api.json("POST", "/v1/scale", { service, version, replicas });
  }

  /** Restarts instances one after the other; resolves when the last one is ready again. */
  restart(name: string): Promise<{ readonly restarted: readonly string[] }> {
    return this.#api.json("POST", "/v1/restart", { name });
  }
}

function path(...parts: string[]): string {
  return parts.map(encodeURIComponent).join("/");
}

function query(fields: Readonly<Record<string, string | boolean | undefined>>): string {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
  return said.length === 0
    ? ""
    : `?${new URLSearchParams(said.map(([key, value]): [string, string] => [key, String(value)]))}`;
}
