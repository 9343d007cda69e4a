import { createHash } from "node:crypto";
import { type Duration, formatDuration } from "#base/duration.ts";
import { type AddressRange, formatAddress, isUsable, parseRange, sizeOf } from "#sources/store/address-range.ts";
import type { Database } from "#sources/store/database.ts";

export interface AddressOptions {
  /** Such as `240.240.0.0/16`, where Istio allocates, too. */
  readonly range: string;
  /** How long a freed address stays out of use, so that nobody who remembers it reaches another service. */
  readonly quarantine: Duration;
  readonly now: () => Date;
}

/** No address is left for a host; the message is a clause that says why. */
export class AddressesFault extends Error {
  override readonly name = "AddressesFault";
}

/** Virtual addresses: each host of the mesh has one of its own, which stays the same while the host is there, and after. */
export class Addresses {
  readonly #database: Database;
  readonly #range: AddressRange;
  readonly #quarantine: Duration;
  readonly #now: () => Date;

  /** @throws where the range is not one */
  constructor(database: Database, { range, quarantine, now }: AddressOptions) {
    this.#database = database;
    this.#range = parseRange(range);
    this.#quarantine = quarantine;
    this.#now = now;
  }

  /**
   * The address of each host, given out now where it has none. One that had one before gets it back, as long as nobody
   * else needed it.
   *
   * @throws AddressesFault where the range is used up; nothing is given out then
   */
  allocate(hosts: Iterable<string>): ReadonlyMap<string, string> {
    const addresses = new Map<string, string>();
    const missing: string[] = [];
    for (const host of hosts) {
      const address = this.#held(host);
      if (address === undefined) missing.push(host);
      else addresses.set(host, formatAddress(address));
    }
    if (missing.length === 0) return addresses;
    this.#database.transaction(() => {
      for (const host of missing) addresses.set(host, formatAddress(this.#give(host)));
    });
    return addresses;
  }

  /** Takes hosts' addresses back; they stay out of use for the quarantine. */
  free(hosts: Iterable<string>): void {
    const at = this.#now().getTime();
    this.#database.transaction(() => {
      const sql = "UPDATE addresses SET freed_at = ? WHERE host = ? AND freed_at IS NULL";
      for (const host of hosts) this.#database.run(sql, at, host);
    });
  }

  /** The address of every host that has one now. */
  list(): ReadonlyMap<string, string> {
    const rows = this.#database.all("SELECT host, address FROM addresses WHERE freed_at IS NULL ORDER BY host");
    return new Map(rows.map(({ host, address }) => [String(host), formatAddress(Number(address))]));
  }

  #held(host: string): number | undefined {
    const row = this.#database.one("SELECT address FROM addresses WHERE host = ? AND freed_at IS NULL", host);
    return row !== undefined && this.#isOurs(Number(row.address)) ? Number(row.address) : undefined;
  }

  #give(host: string): number {
    const row = this.#database.one("SELECT address FROM addresses WHERE host = ?", host);
    const address = row !== undefined && this.#isOurs(Number(row.address)) ? Number(row.address) : this.#unused(host);
    const sql =
      "INSERT INTO addresses VALUES (?, ?, NULL) ON CONFLICT (host) DO UPDATE SET address = excluded.address, freed_at = NULL";
    this.#database.run(sql, host, address);
    return address;
  }

  /** Hashed, so that a mesh made anew mostly has the same addresses; the next one on where that is taken. */
  #unused(host: string): number {
    const size = sizeOf(this.#range);
    const start = createHash("sha256").update(host).digest().readUInt32BE(0) % size;
    for (let step = 0; step < size; step++) {
      const address = this.#range.first + ((start + step) % size);
      if (!isUsable(address)) continue;
      if (this.#database.one("SELECT 1 FROM addresses WHERE address = ?", address) === undefined) return address;
    }
    return this.#longestFree();
  }

  /** All have been given out once: the one that has been free for longest, if for long enough. */
  #longestFree(): number {
    const before = this.#now().getTime() - this.#quarantine.ms;
    const sql = `SELECT host, address FROM addresses
      WHERE freed_at <= ? AND address BETWEEN ? AND ? ORDER BY freed_at, address LIMIT 1`;
    const row = this.#database.one(sql, before, this.#range.first, this.#range.last);
    if (row === undefined) {
      const { first, last } = this.#range;
      throw new AddressesFault(
        `all addresses from ${formatAddress(first)} to ${formatAddress(last)} are in use, or were until less than ${formatDuration(this.#quarantine)} ago`,
      );
    }
    this.#database.run("DELETE FROM addresses WHERE host = ?", row.host as string);
    return Number(row.address);
  }

  /** Another range than at the last start moves the hosts that are outside of it. */
  #isOurs(address: number): boolean {
    return address >= this.#range.first && address <= this.#range.last;
  }
}
