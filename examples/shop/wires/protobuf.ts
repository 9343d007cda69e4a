/**
 * Protobuf messages that have just strings and unsigned numbers, which is all that this shop needs.
 * A message is described by its fields in the order of their numbers, from 1.
 */
export type Shape = Readonly<Record<string, "string" | "uint32">>;

export type MessageOf<S extends Shape> = { -readonly [F in keyof S]: S[F] extends "string" ? string : number };

export function encode<S extends Shape>(shape: S, message: MessageOf<S>): Buffer {
  const parts = Object.entries(shape).map(([name, type], index) => {
    const value = message[name as keyof S];
    if (type === "uint32") return Buffer.from([...varint(((index + 1) << 3) | 0), ...varint(Number(value))]);
    const text = Buffer.from(String(value));
    return Buffer.concat([Buffer.from([...varint(((index + 1) << 3) | 2), ...varint(text.length)]), text]);
  });
  return Buffer.concat(parts);
}

/**
 * Fields that are absent come out empty or 0, unknown ones are skipped.
 *
 * @throws {RangeError} for bytes that are no message
 */
export function decode<S extends Shape>(shape: S, bytes: Uint8Array): MessageOf<S> {
  const fields = Object.entries(shape);
  const message = Object.fromEntries(fields.map(([name, type]) => [name, type === "string" ? "" : 0]));
  const reader = new Reader(bytes);
  while (!reader.atEnd) {
    const tag = reader.varint();
    const [name, type] = fields[(tag >>> 3) - 1] ?? [];
    const wireType = tag & 7;
    const value = wireType === 0 ? reader.varint() : wireType === 2 ? reader.text() : reader.skip(wireType);
    if (name !== undefined && wireType === (type === "string" ? 2 : 0)) message[name] = value;
  }
  return message as MessageOf<S>;
}

function* varint(value: number): Iterable<number> {
  let rest = value >>> 0;
  for (; rest > 127; rest >>>= 7) yield (rest & 127) | 128;
  yield rest;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new RangeError("a number has no end");
  }

  text(): string {
    return Buffer.from(this.#take(this.varint())).toString();
  }

  /** Steps over a field of 64 or 32 bits. */
  skip(wireType: number): string {
    if (wireType !== 1 && wireType !== 5) throw new RangeError(`no wire type ${wireType}`);
    this.#take(wireType === 1 ? 8 : 4);
    return "";
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("a field is longer than its message");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
