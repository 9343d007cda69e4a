import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { milliseconds } from "#base/duration.ts";
import { openAuthority } from "#identity/authority.ts";
import { isSpiffeId } from "#identity/spiffe-id.ts";
import { generateKeyAndCsr } from "#identity/svid.ts";

export interface ThrowAwayCertificate {
  readonly chain: string;
  readonly key: string;
}

/** Certificates of identities, from an authority that nobody keeps. */
export interface Certificates {
  readonly roots: string;
  of(identity: string): ThrowAwayCertificate;
}

export function throwAwayCertificates(trustDomain = "cluster.local"): Certificates {
  const directory = mkdtempSync(join(tmpdir(), "stod-authority-"));
  const authority = openAuthority(join(directory, "ca"), { trustDomain, now: () => new Date() });
  rmSync(directory, { recursive: true });
  const made = new Map<string, ThrowAwayCertificate>();

  function make(identity: string): ThrowAwayCertificate {
    if (!isSpiffeId(identity)) throw new Error(`${identity} is no SPIFFE id`);
    const { privateKey, csr } = generateKeyAndCsr(identity);
    const signed = authority.sign({
      for: { csr },
      spiffeId: identity,
      dnsNames: [],
      subject: {},
      ttl: milliseconds(3_600_000),
    });
    return { chain: signed.chain, key: privateKey };
  }

  return {
    roots: authority.rootBundle,
    of(identity) {
      const certificate = made.get(identity) ?? make(identity);
      made.set(identity, certificate);
      return certificate;
    },
  };
}
