/** A field that has a length: its number, and where its bytes are. */
type Take = (field: number, from: number, to: number) => void;

/**
 * Walks over the fields of an encoded message that have a length (strings, messages), and steps over the others.
 *
 * Nothing is cut out of the message on the way: a request may bear thousands of names, and there may be thousands of
 * such requests at a time.
 *
 * @throws RangeError  where the bytes are no message
 */
export function walk(message: Uint8Array, take: Take, start = 0, end: number = message.length): void {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= end || scale > 2 ** 63) throw notAMessage();
      const byte = message[at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < end) {
    const tag = varint();
    const kind = tag % 8;
    if (kind === 2) {
      const bytes = varint();
      if (at + bytes > end) throw notAMessage();
      take(Math.floor(tag / 8), at, at + bytes);
      at += bytes;
    } else if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else throw notAMessage();
  }
  if (at !== end) throw notAMessage();
}

/** The same bytes as a Buffer, not copied, for its quick `toString`. */
export function asBuffer(message: Uint8Array): Buffer {
  return Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}

/** The text of a field that was cut out. */
export function text(value: Uint8Array): string {
  return asBuffer(value).toString();
}

function notAMessage(): RangeError {
  return new RangeError("not a protobuf message");
}
