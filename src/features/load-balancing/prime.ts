/** Whether a table of this size is one that Maglev hashing takes. */
export function isPrime(size: bigint): boolean {
  if (size < 2n) return false;
  const number = Number(size);
  for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) return false;
  return true;
}
