import { stableJson } from "#base/stable-json.ts";

/**
 * Which object. A kind that several APIs have says which one it is (`Gateway.gateway.networking.k8s.io`); to the store
 * it is just a word.
 */
export interface ObjectKey {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What a user wrote. */
export interface ObjectBody {
  /** The YAML document, as it was written. */
  readonly text: string;
  /** The same as data. */
  readonly json: unknown;
  /** The file as the user named it, `undefined` where there was none, and the line of it where the document starts. */
  readonly file: string | undefined;
  readonly line: number;
}

/** As large as etcd takes objects. */
export const maxObjectBytes = 1_572_864;

/** What counts against {@link maxObjectBytes}. */
export function sizeOf({ text, json }: ObjectBody): number {
  return Buffer.byteLength(text) + Buffer.byteLength(stableJson(json));
}

export interface StoredObject extends ObjectKey, ObjectBody {
  /** The revision that last changed it: what a compare-and-swap names. */
  readonly version: number;
  readonly createdAt: Date;
}

/** Who wrote, and in which words it is shown in the history, such as `stod apply -f reviews.yaml`. */
export interface Author {
  readonly who: string;
  readonly what: string;
}
