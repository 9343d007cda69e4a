import { stableJson } from "#base/stable-json.ts";

/**
 * A pure function that remembers its latest answers, for where many ask the same: what was asked is compared by content.
 *
 * @param most  how many answers it keeps
 */
export function remembering<Asked extends readonly unknown[], Answer>(
  most: number,
  answer: (...asked: Asked) => Answer,
): (...asked: Asked) => Answer {
  const known = new Map<string, Answer>();
  return (...asked) => {
    const key = stableJson(asked);
    const before = known.get(key);
    if (before !== undefined) return before;
    const now = answer(...asked);
    known.set(key, now);
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return now;
  };
}
