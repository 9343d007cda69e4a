import { parseServedBy } from "../wires/identity.ts";

interface Visit {
  readonly path: string;
  /** HTTP status, or the error where no answer came. */
  readonly status: number | string;
  readonly servedBy: string | null;
  readonly ms: number;
}

/** What became of the requests since the last report. */
export class Tally {
  readonly #visits: Visit[] = [];

  add(visit: Visit): void {
    this.#visits.push(visit);
  }

  /** Such as `28 requests, all well · 5 orders · reviews v1 90% v2 10% · p50 9 ms, p99 31 ms`. */
  summary(): string {
    if (this.#visits.length === 0) return "no answers yet";
    const orders = this.#visits.filter(({ path, status }) => path === "/orders" && status === 303).length;
    return [
      `${this.#visits.length} requests, ${this.#failures()}`,
      `${orders} orders`,
      `reviews ${this.#shares("reviews")}`,
      `p50 ${this.#quantile(0.5)} ms, p99 ${this.#quantile(0.99)} ms`,
    ].join(" · ");
  }

  #failures(): string {
    // 409 is a sold-out product: an answer like any other.
    const failed = this.#visits.filter(({ status }) => typeof status === "string" || status >= 500);
    if (failed.length === 0) return "all well";
    const counts = Map.groupBy(failed, ({ path, status }) => `${status} at ${path}`);
    return `${failed.length} failed (${[...counts].map(([what, { length }]) => `${what} ×${length}`).join(", ")})`;
  }

  /** Which versions of a service took part, and how often. */
  #shares(service: string): string {
    const entries = this.#visits.flatMap(({ servedBy }) => parseServedBy(servedBy));
    const versions = entries.map((entry) => entry.split("/")).filter(([name]) => name === service);
    const counts = Map.groupBy(versions, ([, version]) => version);
    const shares = [...counts].map(
      ([version, { length }]) => `${version} ${Math.round((100 * length) / versions.length)}%`,
    );
    return shares.sort().join(" ") || "nowhere";
  }

  #quantile(share: number): number {
    const sorted = this.#visits.map(({ ms }) => ms).sort((a, b) => a - b);
    return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
  }
}
