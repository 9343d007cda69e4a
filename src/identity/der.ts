/**
 * DER, the encoding of certificates, written. Every function gives the whole element: tag, length, content.
 * What others send is read by `der-reader.ts`.
 */

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag of `[n] IMPLICIT` over a primitive element, such as a name in a SubjectAltName. */
export function contextTag(n: number): number {
  return 0x80 | n;
}

/** The tag of `[n] EXPLICIT`, and of `[n] IMPLICIT` over a constructed element. */
export function constructedContextTag(n: number): number {
  return 0xa0 | n;
}

export function element(withTag: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(withTag, length), content]);
  const size = length.toString(16);
  const lengthBytes = Buffer.from(size.padStart(size.length + (size.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.of(withTag, 0x80 | lengthBytes.length), lengthBytes, content]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return element(tag.sequence, Buffer.concat(items));
}

/** A SET OF: DER wants its items in the order of their bytes. */
export function setOf(...items: readonly Uint8Array[]): Buffer {
  return element(tag.set, Buffer.concat([...items].sort(Buffer.compare)));
}

export function explicit(n: number, content: Uint8Array): Buffer {
  return element(constructedContextTag(n), content);
}

/** A non-negative integer, as a number or as big-endian bytes. */
export function integer(value: number | Uint8Array): Buffer {
  let bytes: Uint8Array;
  if (typeof value === "number") {
    const hex = value.toString(16);
    bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  } else {
    const first = value.findIndex((byte) => byte !== 0);
    bytes = first === -1 ? Buffer.of(0) : value.subarray(first);
  }
  const signed = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return element(tag.integer, signed);
}

export function boolean(value: boolean): Buffer {
  return element(tag.boolean, Buffer.of(value ? 0xff : 0));
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const part of [first * 40 + second, ...rest]) {
    const groups = [part & 0x7f];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(0x80 | (left & 0x7f));
    bytes.push(...groups);
  }
  return element(tag.oid, Buffer.from(bytes));
}

export function utf8String(text: string): Buffer {
  return element(tag.utf8String, Buffer.from(text, "utf8"));
}

export function octetString(bytes: Uint8Array): Buffer {
  return element(tag.octetString, bytes);
}

/** @param unusedBits  how many bits at the end of the last byte do not count */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return element(tag.bitString, Buffer.concat([Buffer.of(unusedBits), bytes]));
}

/** A time to the second: UTCTime up to 2049 and GeneralizedTime from then on, as RFC 5280 wants it. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  return date.getUTCFullYear() < 2050
    ? element(tag.utcTime, Buffer.from(digits.slice(2), "ascii"))
    : element(tag.generalizedTime, Buffer.from(digits, "ascii"));
}
