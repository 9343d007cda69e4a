import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits and fails as the environment asks, so that a mesh has something to retry and time out.
 *
 * `DELAY_MS` is added to every answer; `FAIL_RATE` (0 to 1) is the share of requests that fail.
 *
 * @throws {Trouble} for the requests that fail
 */
export async function trouble(): Promise<void> {
  const delayMs = Number(process.env.DELAY_MS ?? 0);
  if (delayMs > 0) await delay(delayMs);
  if (Math.random() < Number(process.env.FAIL_RATE ?? 0)) throw new Trouble("this instance was told to fail");
}

export class Trouble extends Error {}
