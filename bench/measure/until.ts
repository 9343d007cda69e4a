import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until the answer is no longer `undefined`. @throws after a while, with what it waited for */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await sleep(20);
  }
}
