/** The status codes of gRPC that we send or tell apart. */
export const status = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** A gRPC status code, such as 7 for PERMISSION_DENIED. */
export type StatusCode = number;

/** How a call ended, where it did not end well. Thrown by a handler, it becomes the call's status. */
export class GrpcError extends Error {
  readonly code: StatusCode;

  constructor(code: StatusCode, message: string) {
    super(message);
    this.name = "GrpcError";
    this.code = code;
  }
}

/** The status that something thrown stands for. What a stranger threw is told to nobody: it may hold secrets. */
export function statusOf(thrown: unknown): GrpcError {
  return thrown instanceof GrpcError ? thrown : new GrpcError(status.internal, "the handler failed");
}

/** A status message as the header `grpc-message` carries it: percent-encoded UTF-8, and cut where it is too long. */
export function encodeMessage(message: string): string {
  let out = "";
  for (const byte of Buffer.from(message.length > 2048 ? `${message.slice(0, 2048)}…` : message)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    out += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

/** The inverse of {@link encodeMessage}; what is not well encoded stays as it is. */
export function decodeMessage(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/**
 * How an HTTP status reads as a gRPC one, for answers that never came from a gRPC server.
 * As in gRPC's own `http-grpc-status-mapping.md`.
 */
export function statusOfHttp(httpStatus: number | undefined): StatusCode {
  switch (httpStatus) {
    case 400:
      return status.internal;
    case 401:
      return status.unauthenticated;
    case 403:
      return status.permissionDenied;
    case 404:
      return status.unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return status.unavailable;
    default:
      return status.unknown;
  }
}
