import { Body, type SharedBodies, type SharedBytes } from "./bodies.ts";

/** A delta response, its resources known by what they are for. */
export interface Response {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly body: Body;
}

interface Header {
  readonly typeUrl: string;
  readonly nonce: string;
  /** Where the resources begin. */
  readonly length: number;
}

/** As much of a response as is looked at before its resources: more than its own few fields need. */
const prefixBytes = 4096;

/**
 * Reads one stream's responses as their bytes come, and neither keeps nor decodes what other streams got as well:
 * a mesh's whole configuration for a thousand clients is compared, and not copied.
 */
export class ResponseReader {
  readonly #shared: SharedBodies;
  readonly #take: (response: Response) => void;
  readonly #frame = Buffer.alloc(5);
  #frameHas = 0;
  #length = 0;
  #has = 0;
  /** The message, or its beginning where the rest is shared. */
  #own: Buffer = Buffer.alloc(0);
  #header: Header | undefined;
  #same: SharedBytes | undefined;

  constructor(shared: SharedBodies, take: (response: Response) => void) {
    this.#shared = shared;
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frameHas < 5) {
        this.#frame[this.#frameHas++] = chunk[at++] as number;
        if (this.#frameHas === 5) this.#begin(this.#frame.readUInt32BE(1));
        continue;
      }
      const ofPrefix = this.#same === undefined ? this.#own.length : this.#length;
      const end = Math.min(chunk.length, at + ofPrefix - this.#has);
      this.#add(chunk.subarray(at, end));
      at = end;
      if (this.#has === this.#length) this.#finish();
    }
  }

  #begin(length: number): void {
    this.#length = length;
    this.#has = 0;
    this.#header = undefined;
    this.#same = undefined;
    this.#own = Buffer.allocUnsafe(length > 16 * prefixBytes ? prefixBytes : length);
  }

  #add(piece: Uint8Array): void {
    if (this.#same === undefined) {
      this.#own.set(piece, this.#has);
      this.#has += piece.length;
      if (this.#has === prefixBytes && this.#own.length === prefixBytes) this.#share();
    } else if (this.#same.takes(piece, this.#has - this.#headerLength)) this.#has += piece.length;
    else {
      this.#leave();
      this.#add(piece);
    }
  }

  /** The beginning is here: from now on the rest is held against what others got. */
  #share(): void {
    this.#header = headerOf(this.#own);
    const same = this.#shared.get(this.#header.typeUrl, this.#length - this.#header.length);
    if (same.takes(this.#own.subarray(this.#header.length), 0)) this.#same = same;
    else this.#alone(this.#own);
  }

  /** It is another message after all. */
  #leave(): void {
    const same = this.#same as SharedBytes;
    this.#same = undefined;
    const headerLength = this.#headerLength;
    this.#alone(Buffer.concat([this.#own.subarray(0, headerLength), same.bytes.subarray(0, this.#has - headerLength)]));
  }

  #alone(soFar: Uint8Array): void {
    this.#own = Buffer.allocUnsafeSlow(this.#length);
    this.#own.set(soFar);
  }

  get #headerLength(): number {
    return this.#header?.length ?? 0;
  }

  #finish(): void {
    this.#frameHas = 0;
    const { typeUrl, nonce, length } = this.#header ?? headerOf(this.#own);
    const body = this.#same?.body(typeUrl) ?? new Body(typeUrl, this.#own.subarray(length));
    this.#take({ typeUrl, nonce, body });
  }
}

/** The fields in front of the first resource. */
function headerOf(message: Buffer): Header {
  let at = 0;
  let typeUrl = "";
  let nonce = "";
  while (at < message.length && message[at] !== 0x12) {
    const field = (message[at++] as number) >> 3;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] as number;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const value = message.subarray(at, at + length);
    if (field === 4) typeUrl = value.toString();
    else if (field === 5) nonce = value.toString();
    at += length;
  }
  return { typeUrl, nonce, length: at };
}
