import { generateKeyPairSync } from "node:crypto";
import { seconds } from "#base/duration.ts";
import { openAuthority } from "#identity/authority.ts";
import { spiffeId } from "#identity/spiffe-id.ts";

const trustDomain = "cluster.local";

/** What the proxies of a namespace show, and believe, when they connect over TLS. */
export function certificateFor(caDirectory: string, namespace: string) {
  const authority = openAuthority(caDirectory, { trustDomain, now: () => new Date() });
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { chain } = authority.sign({
    for: { publicKey },
    spiffeId: spiffeId({ trustDomain, namespace, serviceAccount: "default" }),
    dnsNames: [],
    subject: { workload: undefined, app: undefined, version: undefined },
    ttl: seconds(3600),
  });
  return {
    roots: authority.rootBundle,
    certificate: chain,
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}
