/** The gRPC status codes that the shop uses, by their names. */
export const status = {
  OK: 0,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  UNAVAILABLE: 14,
} as const;

export type StatusName = keyof typeof status;

/** A call that ended with another status than OK. */
export class GrpcError extends Error {
  readonly status: StatusName;
  constructor(status: StatusName, message: string) {
    super(message);
    this.status = status;
  }
}

export function statusName(code: number): StatusName {
  const names = Object.keys(status) as StatusName[];
  return names.find((name) => status[name] === code) ?? "UNKNOWN";
}

/** A message as gRPC sends it: a byte that says "not compressed", four bytes of length, the message. */
export function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const maxMessageBytes = 64 * 1024;

/**
 * The messages in a stream of bytes, however the network cut it.
 *
 * @throws {GrpcError} for a message that is compressed, too long, or cut off
 */
export async function* unframe(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 5) {
      const length = held.readUInt32BE(1);
      if (held[0] !== 0) throw new GrpcError("UNIMPLEMENTED", "compressed messages are not understood");
      if (length > maxMessageBytes) throw new GrpcError("INVALID_ARGUMENT", `a message of ${length} bytes is too long`);
      if (held.length < 5 + length) break;
      yield held.subarray(5, 5 + length);
      held = held.subarray(5 + length);
    }
  }
  if (held.length > 0) throw new GrpcError("UNAVAILABLE", "the stream ended inside a message");
}
