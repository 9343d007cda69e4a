import type { TypeUrl } from "./resource.ts";
import { asBuffer, walk } from "./wire-reader.ts";

/** One resource of a delta response, still encoded. */
export interface ResourceEntry {
  readonly name: string;
  readonly version: string;
  /** The encoded message; `undefined` where the server says that there is none of that name. */
  readonly body: Uint8Array | undefined;
}

/** A DeltaDiscoveryResponse. */
export interface DeltaResponse {
  readonly typeUrl: TypeUrl;
  readonly version: string;
  readonly nonce: string;
  readonly resources: readonly ResourceEntry[];
  readonly removed: readonly string[];
}

/** A DiscoveryResponse, of the state of the world. */
export interface SotwResponse {
  readonly typeUrl: TypeUrl;
  readonly version: string;
  readonly nonce: string;
  /** The encoded messages; their names are inside. */
  readonly bodies: readonly Uint8Array[];
}

/** @throws RangeError  where the bytes are no such message */
export function readDeltaResponse(message: Uint8Array): DeltaResponse {
  const bytes = asBuffer(message);
  const resources: ResourceEntry[] = [];
  const removed: string[] = [];
  let typeUrl = "";
  let version = "";
  let nonce = "";
  walk(bytes, (field, from, to) => {
    if (field === 1) version = bytes.toString("utf8", from, to);
    else if (field === 2) resources.push(readEntry(bytes, from, to));
    else if (field === 4) typeUrl = bytes.toString("utf8", from, to);
    else if (field === 5) nonce = bytes.toString("utf8", from, to);
    else if (field === 6) removed.push(bytes.toString("utf8", from, to));
  });
  return { typeUrl, version, nonce, resources, removed };
}

/** @throws RangeError  where the bytes are no such message */
export function readSotwResponse(message: Uint8Array): SotwResponse {
  const bytes = asBuffer(message);
  const bodies: Uint8Array[] = [];
  let typeUrl = "";
  let version = "";
  let nonce = "";
  walk(bytes, (field, from, to) => {
    if (field === 1) version = bytes.toString("utf8", from, to);
    else if (field === 2) bodies.push(readAny(bytes, from, to));
    else if (field === 4) typeUrl = bytes.toString("utf8", from, to);
    else if (field === 5) nonce = bytes.toString("utf8", from, to);
  });
  return { typeUrl, version, nonce, bodies };
}

function readEntry(bytes: Buffer, start: number, end: number): ResourceEntry {
  let name = "";
  let version = "";
  let body: Uint8Array | undefined;
  const take = (field: number, from: number, to: number) => {
    if (field === 1) version = bytes.toString("utf8", from, to);
    else if (field === 2) body = readAny(bytes, from, to);
    else if (field === 3) name = bytes.toString("utf8", from, to);
  };
  walk(bytes, take, start, end);
  return { name, version, body };
}

function readAny(bytes: Buffer, start: number, end: number): Uint8Array {
  let body: Uint8Array = new Uint8Array(0);
  const take = (field: number, from: number, to: number) => {
    if (field === 2) body = bytes.subarray(from, to);
  };
  walk(bytes, take, start, end);
  return body;
}
