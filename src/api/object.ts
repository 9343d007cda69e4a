import type { Origin } from "#findings/field-path.ts";

/** What every object has, whatever its kind. Absent maps are empty, an absent namespace is the default one. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339; Istio's tie-breaker between objects that claim one thing (older wins). */
  readonly creationTimestamp: string | undefined;
  /** What a compare-and-swap write must name; `undefined` for an object of a file. */
  readonly resourceVersion: string | undefined;
}

/** An object that users write, decoded and valid against its schema. */
export interface MeshObject<Kind extends string = string, Spec = unknown> {
  /** `namespace/name`: unique among objects of one kind. */
  readonly key: string;
  readonly kind: Kind;
  readonly apiVersion: string;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  /** Where it was written, for findings. */
  readonly origin: Origin;
  /** Hash of the content and of the place it was read from: equal digests are equal objects. */
  readonly digest: string;
}
