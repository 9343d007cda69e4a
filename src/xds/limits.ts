import { GrpcError, status } from "#grpc/status.ts";

/** What one client may ask for. */
export interface Limits {
  readonly maxTypes: number;
  /** Names of one type that it is subscribed to. */
  readonly maxNames: number;
  readonly maxNameLength: number;
}

export const defaultLimits: Limits = { maxTypes: 64, maxNames: 100_000, maxNameLength: 2048 };

/** @throws GrpcError  where a name or type URL is too long */
export function checkLengths(limits: Limits, typeUrl: string, names: Iterable<string>): void {
  const all = [typeUrl, ...names];
  if (all.some((name) => name.length > limits.maxNameLength)) {
    throw new GrpcError(status.invalidArgument, `a name is longer than ${limits.maxNameLength} characters`);
  }
}

/** @throws GrpcError  where there are too many */
export function checkCount(what: string, count: number, most: number): void {
  if (count > most)
    throw new GrpcError(status.resourceExhausted, `${count} ${what} are more than the ${most} that are taken`);
}
