import type { EncodedResource, TypeUrl } from "./resource.ts";

// The few outer fields of discovery messages, written by hand: what is inside a resource is copied as it is, once, and
// shared by all streams. Field numbers are those of envoy/service/discovery/v3/discovery.proto.

/** Bytes of a field that has a length: a string, bytes or a message. */
export function field(number: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? Buffer.byteLength(value) : value.length;
  const tag = number * 8 + 2;
  const out = Buffer.allocUnsafe(varintLength(tag) + varintLength(bytes) + bytes);
  const at = writeVarint(out, writeVarint(out, 0, tag), bytes);
  if (typeof value === "string") out.write(value, at);
  else out.set(value, at);
  return out;
}

/** Bytes of a field with a whole number. */
export function numberField(number: number, value: number): Uint8Array {
  const out = Buffer.allocUnsafe(varintLength(number * 8) + varintLength(value));
  writeVarint(out, writeVarint(out, 0, number * 8), value);
  return out;
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}

interface Encodings {
  /** As an entry of `DeltaDiscoveryResponse.resources`. */
  readonly delta: Uint8Array;
  /** As an entry of `DiscoveryResponse.resources`. */
  readonly sotw: Uint8Array;
}

const encodings = new WeakMap<EncodedResource, Encodings>();

/**
 * A resource as an entry of a response, encoded at the first call and shared by all later ones.
 *
 * Both forms are the same bytes: `Resource.resource` and `DiscoveryResponse.resources` both are an Any in field 2.
 */
export function entryOf(resource: EncodedResource): Encodings {
  let encoded = encodings.get(resource);
  if (encoded === undefined) {
    const any = field(2, concat([field(1, resource.typeUrl), field(2, resource.body)]));
    const delta = field(2, concat([field(3, resource.name), field(1, resource.version), any]));
    encoded = { delta, sotw: delta.subarray(delta.length - any.length) };
    encodings.set(resource, encoded);
  }
  return encoded;
}

/** An entry of a delta response that says that there is no resource of a name that was asked for. */
export function unresolvedEntry(name: string): Uint8Array {
  return field(2, concat([field(3, name), field(4, name)]));
}

export interface DeltaHeader {
  readonly version: string;
  readonly typeUrl: TypeUrl;
  readonly nonce: string;
  readonly removed: readonly string[];
}

/** A DeltaDiscoveryResponse without its resources; their entries follow it, in as many pieces as they come. */
export function deltaHeader({ version, typeUrl, nonce, removed }: DeltaHeader): Uint8Array {
  return concat([field(1, version), field(4, typeUrl), field(5, nonce), ...removed.map((name) => field(6, name))]);
}

/** A DiscoveryResponse without its resources. */
export function sotwHeader({ version, typeUrl, nonce }: Omit<DeltaHeader, "removed">): Uint8Array {
  return concat([field(1, version), field(4, typeUrl), field(5, nonce)]);
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

function writeVarint(out: Buffer, at: number, value: number): number {
  let rest = value;
  let next = at;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out[next++] = (rest % 128) + 128;
  out[next++] = rest;
  return next;
}
