import { hash } from "node:crypto";
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { typeUrlOf } from "#envoy/any.ts";
import { deterministicBytes } from "#envoy/deterministic.ts";

/** A resource as xDS carries it. Equal content has an equal version, on every control plane. */
export interface Encoded {
  readonly typeUrl: string;
  readonly name: string;
  /** 96 bits of the SHA-256 of `body`, as 16 characters. */
  readonly version: string;
  /** The encoded message: what goes into the `value` of its `google.protobuf.Any`. */
  readonly body: Uint8Array;
}

/** Encodes a resource, once for all the streams that it goes to. */
export function encodeResource<Desc extends DescMessage>(
  schema: Desc,
  init: MessageInitShape<Desc>,
  name: string,
): Encoded {
  return encodeBytes(schema, deterministicBytes(schema, init), name);
}

/** A resource whose message is encoded already. */
export function encodeBytes(schema: DescMessage, body: Uint8Array, name: string): Encoded {
  return { typeUrl: typeUrlOf(schema), name, version: hash("sha256", body, "base64url").slice(0, 16), body };
}
