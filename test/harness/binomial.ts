/**
 * Whether a count is believable for so many independent tries of that probability: one so far off, or farther, comes less often
 * than once in a million runs.
 */
export function isBelievable(count: number, tries: number, probability: number): boolean {
  const below = tail(tries, probability, 0, count);
  const above = tail(tries, probability, count, tries);
  return Math.min(below, above) > 0.5e-6;
}

/** The probability of a count from `least` to `most`. */
function tail(tries: number, probability: number, least: number, most: number): number {
  let sum = 0;
  // The logarithm of the probability of exactly `count`, from that of the count before it.
  let log = tries * Math.log(1 - probability);
  for (let count = 0; count <= most; count++) {
    if (count > 0) log += Math.log(((tries - count + 1) / count) * (probability / (1 - probability)));
    if (count >= least) sum += Math.exp(log);
  }
  return sum;
}
