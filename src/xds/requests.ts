import type { TypeUrl } from "./resource.ts";
import { asBuffer, walk } from "./wire-reader.ts";
import { concat, field, numberField } from "./wire-writer.ts";

/** What a client refused, in its own words. */
export interface Refused {
  readonly message: string;
}

/** A DeltaDiscoveryRequest. */
export interface DeltaRequest {
  readonly typeUrl: TypeUrl;
  /** The node, still encoded: Envoy sends it with every request, some 30 KB of it, and the first one is enough. */
  readonly node: Uint8Array | undefined;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** What the client has from an earlier stream: names and versions. */
  readonly initialVersions: ReadonlyMap<string, string>;
  readonly nonce: string;
  /** Present where the client refuses the response with that nonce. */
  readonly refused: Refused | undefined;
}

/** A DiscoveryRequest, of the state of the world. */
export interface SotwRequest {
  readonly typeUrl: TypeUrl;
  readonly node: Uint8Array | undefined;
  /** Everything the client is subscribed to. */
  readonly names: readonly string[];
  readonly version: string;
  readonly nonce: string;
  readonly refused: Refused | undefined;
}

/** @throws RangeError  where the bytes are no such message */
export function readDeltaRequest(message: Uint8Array): DeltaRequest {
  const bytes = asBuffer(message);
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const initialVersions = new Map<string, string>();
  let typeUrl = "";
  let nonce = "";
  let node: Uint8Array | undefined;
  let refused: Refused | undefined;
  walk(bytes, (field, from, to) => {
    if (field === 1) node = bytes.subarray(from, to);
    else if (field === 2) typeUrl = bytes.toString("utf8", from, to);
    else if (field === 3) subscribe.push(bytes.toString("utf8", from, to));
    else if (field === 4) unsubscribe.push(bytes.toString("utf8", from, to));
    else if (field === 5) addVersion(initialVersions, bytes, from, to);
    else if (field === 6) nonce = bytes.toString("utf8", from, to);
    else if (field === 7) refused = readStatus(bytes, from, to);
  });
  return { typeUrl, node, subscribe, unsubscribe, initialVersions, nonce, refused };
}

/** @throws RangeError  where the bytes are no such message */
export function readSotwRequest(message: Uint8Array): SotwRequest {
  const bytes = asBuffer(message);
  const names: string[] = [];
  let typeUrl = "";
  let version = "";
  let nonce = "";
  let node: Uint8Array | undefined;
  let refused: Refused | undefined;
  walk(bytes, (field, from, to) => {
    if (field === 1) version = bytes.toString("utf8", from, to);
    else if (field === 2) node = bytes.subarray(from, to);
    else if (field === 3) names.push(bytes.toString("utf8", from, to));
    else if (field === 4) typeUrl = bytes.toString("utf8", from, to);
    else if (field === 5) nonce = bytes.toString("utf8", from, to);
    else if (field === 6) refused = readStatus(bytes, from, to);
  });
  return { typeUrl, node, names, version, nonce, refused };
}

/** The encoded form; what is `undefined` or empty is left out. */
export function writeDeltaRequest(request: Partial<DeltaRequest>): Uint8Array {
  const pieces: Uint8Array[] = [];
  if (request.node !== undefined) pieces.push(field(1, request.node));
  if (request.typeUrl !== undefined) pieces.push(field(2, request.typeUrl));
  for (const name of request.subscribe ?? []) pieces.push(field(3, name));
  for (const name of request.unsubscribe ?? []) pieces.push(field(4, name));
  for (const [name, version] of request.initialVersions ?? []) {
    pieces.push(field(5, concat([field(1, name), field(2, version)])));
  }
  if (request.nonce) pieces.push(field(6, request.nonce));
  if (request.refused !== undefined) pieces.push(field(7, writeStatus(request.refused)));
  return Buffer.concat(pieces);
}

/** The encoded form; what is `undefined` or empty is left out. */
export function writeSotwRequest(request: Partial<SotwRequest>): Uint8Array {
  const pieces: Uint8Array[] = [];
  if (request.version) pieces.push(field(1, request.version));
  if (request.node !== undefined) pieces.push(field(2, request.node));
  for (const name of request.names ?? []) pieces.push(field(3, name));
  if (request.typeUrl !== undefined) pieces.push(field(4, request.typeUrl));
  if (request.nonce) pieces.push(field(5, request.nonce));
  if (request.refused !== undefined) pieces.push(field(6, writeStatus(request.refused)));
  return Buffer.concat(pieces);
}

function addVersion(versions: Map<string, string>, bytes: Buffer, start: number, end: number): void {
  let name = "";
  let version = "";
  const take = (field: number, from: number, to: number) => {
    if (field === 1) name = bytes.toString("utf8", from, to);
    else if (field === 2) version = bytes.toString("utf8", from, to);
  };
  walk(bytes, take, start, end);
  versions.set(name, version);
}

function readStatus(bytes: Buffer, start: number, end: number): Refused {
  let message = "";
  const take = (field: number, from: number, to: number) => {
    if (field === 2) message = bytes.toString("utf8", from, to);
  };
  walk(bytes, take, start, end);
  return { message };
}

/** A google.rpc.Status with INTERNAL, as Envoy sends it. */
function writeStatus({ message }: Refused): Uint8Array {
  return concat([numberField(1, 13), field(2, message)]);
}
