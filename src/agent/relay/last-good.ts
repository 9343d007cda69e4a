import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { appendRecords, readRecords, writeRecords } from "#agent/relay/last-good-file.ts";
import type { Log } from "#base/log.ts";
import {
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  type Resource,
} from "#envoy/gen/envoy/service/discovery/v3/discovery_pb.js";

type Resources = Map<string, Resource>;

/** The file is written anew when what is out of date in it outweighs the rest by this much. */
const slackBytes = 256 * 1024;
const quiet = 100;
const patience = 1000;

/**
 * The last configuration that an Envoy accepted, in memory and on disk: what it gets when it starts while the control
 * plane is away. A change costs an append of its own size, made once changes pause for a moment.
 */
export class LastGood {
  readonly #path: string;
  /** Who may start from it: see `siblingKey`. */
  readonly #key: string;
  readonly #types: Map<string, Resources>;
  readonly #log: Log;
  #pending: DeltaDiscoveryResponse[] = [];
  #quiet: NodeJS.Timeout | undefined;
  #late: NodeJS.Timeout | undefined;
  /** Whether there is anything to write. */
  #isDirty = false;
  /** Bytes on disk; `undefined` until we have written the file ourselves. */
  #fileBytes: number | undefined;

  private constructor(path: string, key: string, types: Map<string, Resources>, log: Log) {
    this.#path = path;
    this.#key = key;
    this.#types = types;
    this.#log = log;
  }

  /** What was kept under a path; nothing where it was kept for another workload, or cannot be read. */
  static load(path: string, key: string, log: Log): LastGood {
    return new LastGood(path, key, readTypes(path, key), log);
  }

  /** A copy of what another instance with the same key has, to start from; kept under a path of its own. */
  static seeded(path: string, from: LastGood, log: Log): LastGood {
    const types = new Map([...from.#types].map(([typeUrl, resources]) => [typeUrl, new Map(resources)]));
    const seeded = new LastGood(path, from.#key, types, log);
    seeded.#schedule();
    return seeded;
  }

  get key(): string {
    return this.#key;
  }

  get isEmpty(): boolean {
    return this.#types.size === 0;
  }

  /** The resources of a type by name; `undefined` where the control plane never answered for that type. */
  resources(typeUrl: string): ReadonlyMap<string, Resource> | undefined {
    return this.#types.get(typeUrl);
  }

  /** Takes over what an Envoy has accepted. */
  accept(typeUrl: string, resources: readonly Resource[], removedResources: readonly string[]): void {
    const known = this.#types.get(typeUrl) ?? new Map<string, Resource>();
    this.#types.set(typeUrl, known);
    const changed = resources.filter((resource) => !isSame(known.get(resource.name), resource));
    for (const name of removedResources) known.delete(name);
    for (const resource of changed) known.set(resource.name, resource);
    this.#record(typeUrl, changed, removedResources);
  }

  /** Drops the resources of a type that are not named. */
  retain(typeUrl: string, isWanted: (name: string) => boolean): void {
    const known = this.#types.get(typeUrl);
    const gone = [...(known?.keys() ?? [])].filter((name) => !isWanted(name));
    for (const name of gone) known?.delete(name);
    if (gone.length > 0) this.#record(typeUrl, [], gone);
  }

  /** Writes what is not on disk yet. Where that fails, the Envoy still has it, and so do we: the next try writes all. */
  flush(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#late);
    this.#late = undefined;
    if (!this.#isDirty) return;
    try {
      this.#write();
      this.#isDirty = false;
    } catch (fault) {
      this.#fileBytes = undefined;
      this.#log.warn("the last good configuration could not be written", { says: (fault as Error).message });
    }
  }

  #write(): void {
    const records = this.#pending.map((change) => toBinary(DeltaDiscoveryResponseSchema, change));
    this.#pending = [];
    const added = bytesOf(records);
    if (this.#fileBytes === undefined || this.#fileBytes + added > 2 * this.#liveBytes() + slackBytes) {
      const whole = this.#snapshot();
      writeRecords(this.#path, whole);
      this.#fileBytes = bytesOf(whole);
    } else if (records.length > 0) {
      appendRecords(this.#path, records);
      this.#fileBytes += added;
    }
  }

  #record(typeUrl: string, resources: readonly Resource[], removedResources: readonly string[]): void {
    this.#pending.push(
      create(DeltaDiscoveryResponseSchema, {
        typeUrl,
        resources: [...resources],
        removedResources: [...removedResources],
      }),
    );
    this.#schedule();
  }

  #schedule(): void {
    this.#isDirty = true;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.flush(), quiet);
    this.#late ??= setTimeout(() => this.flush(), patience);
  }

  #snapshot(): Uint8Array[] {
    const answers = [...this.#types].map(([typeUrl, resources]) =>
      toBinary(
        DeltaDiscoveryResponseSchema,
        create(DeltaDiscoveryResponseSchema, { typeUrl, resources: [...resources.values()] }),
      ),
    );
    return [Buffer.from(this.#key), ...answers];
  }

  #liveBytes(): number {
    let sum = 0;
    for (const resources of this.#types.values()) {
      for (const { name, version, resource } of resources.values()) {
        sum += name.length + version.length + (resource?.value.length ?? 0);
      }
    }
    return sum;
  }
}

function readTypes(path: string, key: string): Map<string, Resources> {
  const [head, ...records] = readRecords(path);
  const types = new Map<string, Resources>();
  if (head?.toString() !== key) return types;
  for (const record of records) {
    const { typeUrl, resources, removedResources } = fromBinary(DeltaDiscoveryResponseSchema, record);
    const known = types.get(typeUrl) ?? new Map<string, Resource>();
    types.set(typeUrl, known);
    for (const name of removedResources) known.delete(name);
    for (const resource of resources) known.set(resource.name, resource);
  }
  return types;
}

function isSame(a: Resource | undefined, b: Resource): boolean {
  if (a === undefined || a.version !== b.version) return false;
  return Buffer.compare(a.resource?.value ?? Buffer.alloc(0), b.resource?.value ?? Buffer.alloc(0)) === 0;
}

function bytesOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, record) => sum + record.length, 0);
}
