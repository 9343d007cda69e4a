import { tag } from "#identity/der.ts";

/** Bytes that are not the DER that was expected; the message is a clause that says what is wrong. */
export class DerFault extends Error {
  override readonly name = "DerFault";
}

/** One element as it was read. */
export interface DerNode {
  readonly tag: number;
  /** The whole element: what a signature covers. */
  readonly bytes: Buffer;
  readonly content: Buffer;
  /** The elements inside a constructed one; empty for a primitive one. */
  readonly children: readonly DerNode[];
}

export interface DerLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxElements: number;
}

/** More than any certificate or request of a workload needs, and little work for us. */
export const usualLimits: DerLimits = { maxBytes: 16_384, maxDepth: 16, maxElements: 512 };

/**
 * Reads one element that fills the bytes to their end. DER only: definite, minimal lengths and one-byte tags.
 *
 * @throws DerFault
 */
export function readDer(bytes: Uint8Array, limits: DerLimits = usualLimits): DerNode {
  if (bytes.length > limits.maxBytes) throw new DerFault(`it has ${bytes.length} bytes, more than ${limits.maxBytes}`);
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let elements = 0;

  const readOne = (from: number, end: number, depth: number): DerNode => {
    if (depth > limits.maxDepth) throw new DerFault(`its elements are nested deeper than ${limits.maxDepth}`);
    if (++elements > limits.maxElements) throw new DerFault(`it has more than ${limits.maxElements} elements`);
    const { nodeTag, start, stop } = readHeader(whole, from, end);
    const children: DerNode[] = [];
    if ((nodeTag & 0x20) !== 0) {
      for (let at = start; at < stop; ) {
        const child = readOne(at, stop, depth + 1);
        children.push(child);
        at += child.bytes.length;
      }
    }
    return { tag: nodeTag, bytes: whole.subarray(from, stop), content: whole.subarray(start, stop), children };
  };

  const root = readOne(0, whole.length, 1);
  if (root.bytes.length !== whole.length) throw new DerFault("there are bytes behind its end");
  return root;
}

function readHeader(whole: Buffer, from: number, end: number): { nodeTag: number; start: number; stop: number } {
  if (end - from < 2) throw new DerFault("it is cut off");
  const nodeTag = whole[from] as number;
  if ((nodeTag & 0x1f) === 0x1f || nodeTag === 0) throw new DerFault("it has a tag that certificates do not use");
  const first = whole[from + 1] as number;
  let start = from + 2;
  let length = first;
  if (first === 0x80) throw new DerFault("it has an indefinite length, which DER does not allow");
  if (first > 0x80) {
    const size = first & 0x7f;
    if (size > 4) throw new DerFault("it claims a length of more than 4 bytes");
    if (start + size > end) throw new DerFault("it is cut off");
    length = whole.readUIntBE(start, size);
    start += size;
    if (length < 0x80 || length < 2 ** (8 * (size - 1)))
      throw new DerFault("it has a length in a longer form than needed");
  }
  if (length > end - start) throw new DerFault("an element is longer than what is around it");
  return { nodeTag, start, stop: start + length };
}

/** The children of a constructed element with this tag. */
export function childrenOf(node: DerNode | undefined, withTag: number, what: string): readonly DerNode[] {
  return expect(node, withTag, what).children;
}

export function expect(node: DerNode | undefined, withTag: number, what: string): DerNode {
  if (node === undefined) throw new DerFault(`${what} is missing`);
  if (node.tag !== withTag) throw new DerFault(`${what} is of another type than it should be`);
  return node;
}

/** A small non-negative integer, such as a version. */
export function smallInteger(node: DerNode | undefined, what: string): number {
  const { content } = expect(node, tag.integer, what);
  if (content.length === 0 || content.length > 4) throw new DerFault(`${what} is not a small number`);
  if (content.length > 1 && content[0] === 0 && (content[1] as number) < 0x80) {
    throw new DerFault(`${what} has needless zeros`);
  }
  const value = content.readIntBE(0, content.length);
  if (value < 0) throw new DerFault(`${what} is negative`);
  return value;
}

/** An object identifier in its dotted form. */
export function dottedOid(node: DerNode | undefined, what: string): string {
  const { content } = expect(node, tag.oid, what);
  if (content.length === 0 || content.length > 32) throw new DerFault(`${what} is not an object identifier`);
  const parts: number[] = [];
  let part = 0;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw new DerFault(`${what} has needless zeros`);
    part = part * 128 + (byte & 0x7f);
    if (part > 0xffff_ffff) throw new DerFault(`${what} has a part over 32 bits`);
    fresh = byte < 0x80;
    if (fresh) {
      parts.push(part);
      part = 0;
    }
  }
  if (!fresh) throw new DerFault(`${what} is cut off`);
  const [joined = 0, ...rest] = parts;
  const root = Math.min(2, Math.floor(joined / 40));
  return [root, joined - root * 40, ...rest].join(".");
}

/** The bytes of a bit string that has only whole bytes, such as a key or a signature. */
export function wholeBytes(node: DerNode | undefined, what: string): Buffer {
  const { content } = expect(node, tag.bitString, what);
  if (content.length < 2 || content[0] !== 0) throw new DerFault(`${what} is not made of whole bytes`);
  return content.subarray(1);
}

export function booleanOf(node: DerNode | undefined, what: string): boolean {
  const { content } = expect(node, tag.boolean, what);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerFault(`${what} is not a boolean`);
  return content[0] === 0xff;
}
