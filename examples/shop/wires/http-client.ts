import { parseServedBy, type ServedBy } from "./identity.ts";
import type { PassedOn } from "./passed-on.ts";

export interface Answered<T> {
  readonly value: T;
  readonly servedBy: readonly ServedBy[];
}

/** A service that gave no answer to work with; the message is short enough to show. */
export class NoAnswer extends Error {
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

const patienceMs = 3000;

/**
 * Asks another service of the shop for JSON.
 *
 * No retry here: that is the mesh's work. The limit is only there so that a page never hangs.
 *
 * @throws {NoAnswer} for any answer but 200, and for none
 */
export async function getJson<T>(url: string, headers: PassedOn): Promise<Answered<T>> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(patienceMs) });
    const body = await response.text();
    if (response.status !== 200) throw new NoAnswer(`${response.status} ${body.trim().slice(0, 80)}`, response.status);
    return { value: JSON.parse(body) as T, servedBy: parseServedBy(response.headers.get("served-by")) };
  } catch (reason) {
    throw reason instanceof NoAnswer ? reason : new NoAnswer(because(reason));
  }
}

function because(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  if (reason.name === "TimeoutError") return `no answer in ${patienceMs / 1000} s`;
  const cause = reason.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? reason.message;
}
