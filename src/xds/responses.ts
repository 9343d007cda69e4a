import type { TypeUrl } from "./resource.ts";
import { text, walk } from "./wire-reader.ts";

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
  const resources: ResourceEntry[] = [];
  const removed: string[] = [];
  let typeUrl = "";
  let version = "";
  let nonce = "";
  walk(message, (field, value) => {
    if (field === 1) version = text(value);
    else if (field === 2) resources.push(readEntry(value));
    else if (field === 4) typeUrl = text(value);
    else if (field === 5) nonce = text(value);
    else if (field === 6) removed.push(text(value));
  });
  return { typeUrl, version, nonce, resources, removed };
}

/** @throws RangeError  where the bytes are no such message */
export function readSotwResponse(message: Uint8Array): SotwResponse {
  const bodies: Uint8Array[] = [];
  let typeUrl = "";
  let version = "";
  let nonce = "";
  walk(message, (field, value) => {
    if (field === 1) version = text(value);
    else if (field === 2) bodies.push(readAny(value));
    else if (field === 4) typeUrl = text(value);
    else if (field === 5) nonce = text(value);
  });
  return { typeUrl, version, nonce, bodies };
}

function readEntry(entry: Uint8Array): ResourceEntry {
  let name = "";
  let version = "";
  let body: Uint8Array | undefined;
  walk(entry, (field, value) => {
    if (field === 1) version = text(value);
    else if (field === 2) body = readAny(value);
    else if (field === 3) name = text(value);
  });
  return { name, version, body };
}

function readAny(any: Uint8Array): Uint8Array {
  let body: Uint8Array = new Uint8Array(0);
  walk(any, (field, value) => {
    if (field === 2) body = value;
  });
  return body;
}
