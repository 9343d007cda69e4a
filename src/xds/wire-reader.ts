/** A field of a protobuf message: its number and, where it has a length, its bytes. */
type Take = (field: number, value: Uint8Array) => void;

/**
 * Walks over the fields of an encoded message that have a length (strings, messages), and steps over the others.
 * @throws RangeError  where the bytes are no message
 */
export function walk(message: Uint8Array, take: Take): void {
  walkAll(message, take, () => undefined);
}

/** As {@link walk}, with the whole numbers too. */
export function walkAll(message: Uint8Array, take: Take, takeNumber: (field: number, value: number) => void): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 63) throw new RangeError("not a protobuf message");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === 2) {
      const bytes = varint();
      if (at + bytes > message.length) throw new RangeError("not a protobuf message");
      take(field, message.subarray(at, at + bytes));
      at += bytes;
    } else if (kind === 0) takeNumber(field, varint());
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else throw new RangeError("not a protobuf message");
  }
  if (at !== message.length) throw new RangeError("not a protobuf message");
}

export function text(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
}
