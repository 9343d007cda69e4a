import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";

/**
 * A file of records, each behind its length and its checksum, so that an append is as good as its bytes: what a crash
 * left half-written at the end is passed over.
 */

const magic = Buffer.from("stod last good configuration 1\n");
const headBytes = 8;
/** A longer record is not one of ours. */
const maxRecordBytes = 256 * 1024 * 1024;

/** Reads all whole records; none where there is no such file, or it is none of ours. */
export function readRecords(path: string): Buffer[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return [];
  }
  if (!bytes.subarray(0, magic.length).equals(magic)) return [];
  const records: Buffer[] = [];
  for (let at = magic.length; at + headBytes <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const record = bytes.subarray(at + headBytes, at + headBytes + length);
    if (length > maxRecordBytes || record.length < length || crc32(record) !== bytes.readUInt32LE(at + 4)) break;
    records.push(record);
    at += headBytes + length;
  }
  return records;
}

/**
 * Replaces the file, whole or not at all. It is not forced to the disk: what a power cut leaves of it is found out by the
 * checksums, and the control plane has it all.
 */
export function writeRecords(path: string, records: readonly Uint8Array[]): void {
  const draft = `${path}.tmp`;
  writeFileSync(draft, Buffer.concat([magic, ...records.map(framed)]), { mode: 0o600 });
  renameSync(draft, path);
}

/** Adds records to a file that {@link writeRecords} has made. */
export function appendRecords(path: string, records: readonly Uint8Array[]): void {
  appendFileSync(path, Buffer.concat(records.map(framed)), { mode: 0o600 });
}

function framed(record: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(record.length, 0);
  head.writeUInt32LE(crc32(record), 4);
  return Buffer.concat([head, record]);
}
