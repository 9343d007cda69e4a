import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { seconds } from "#base/duration.ts";
import { StateFault } from "#base/state-fault.ts";
import { type Authority, openAuthority, type SignRequest } from "#identity/authority.ts";
import { spiffeIdOf } from "#identity/peer.ts";
import { spiffeId } from "#identity/spiffe-id.ts";
import { generateKeyAndCsr } from "#identity/svid.ts";

const reviews = spiffeId({ trustDomain: "cluster.local", namespace: "shop", serviceAccount: "reviews" });
const day = seconds(86_400);
const temporary = mkdtempSync(join(tmpdir(), "stod-ca-"));
after(() => rmSync(temporary, { recursive: true }));

let count = 0;
const fresh = () => join(temporary, `ca-${count++}`);
const open = (directory: string, now = () => new Date()) =>
  openAuthority(directory, { trustDomain: "cluster.local", now });
const fileNames = ["intermediate.crt", "intermediate.key", "root.crt", "root.key"];
const contentOf = (directory: string) => fileNames.map((name) => readFileSync(join(directory, name), "utf8"));

function request(changes: Partial<SignRequest> = {}): SignRequest {
  const { csr } = generateKeyAndCsr(reviews);
  return {
    for: { csr },
    spiffeId: reviews,
    dnsNames: ["reviews.shop.svc.cluster.local"],
    subject: { workload: "reviews-v1", app: "reviews", version: "v1" },
    ttl: day,
    ...changes,
  };
}

/** Has openssl check a chain as a peer would. */
function opensslVerify(authority: Authority, chain: string, ...options: readonly string[]): string {
  const directory = mkdtempSync(join(temporary, "verify-"));
  const [leaf = "", ...others] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
  writeFileSync(join(directory, "root"), authority.rootBundle);
  writeFileSync(join(directory, "others"), others.join("") || authority.rootBundle);
  writeFileSync(join(directory, "leaf"), leaf);
  const args = ["verify", "-x509_strict", "-CAfile", "root", "-untrusted", "others", ...options, "leaf"];
  return execFileSync("openssl", args, { cwd: directory, encoding: "utf8", stdio: "pipe" });
}

function opensslText(pem: string): string {
  return execFileSync("openssl", ["x509", "-noout", "-text", "-nameopt", "RFC2253"], { input: pem, encoding: "utf8" });
}

test("a workload's certificate is what peers check", () => {
  const authority = open(fresh());
  const { certificate, chain } = authority.sign(request());
  for (const purpose of ["sslserver", "sslclient"]) {
    assert.match(opensslVerify(authority, chain, "-purpose", purpose), /leaf: OK/);
  }
  const text = opensslText(certificate);
  const wanted = [
    /Version: 3 /,
    /Signature Algorithm: ecdsa-with-SHA256/,
    /Issuer: CN=stod intermediate [0-9a-f]{8},O=cluster\.local/,
    /Subject: CN=reviews-v1,OU=v1,O=reviews\n/,
    /ASN1 OID: prime256v1/,
    /Key Usage: critical\s+Digital Signature\n/,
    /Extended Key Usage: \s+TLS Web Server Authentication, TLS Web Client Authentication/,
    /Basic Constraints: critical\s+CA:FALSE/,
    /Subject Key Identifier: \s+(?:[0-9A-F]{2}:){19}/,
    /Authority Key Identifier: \s+(?:[0-9A-F]{2}:){19}/,
    /Alternative Name: \s+URI:spiffe:\/\/cluster\.local\/ns\/shop\/sa\/reviews, DNS:reviews\.shop\.svc\.cluster\.local/,
  ];
  for (const pattern of wanted) assert.match(text, pattern);
  const parsed = new X509Certificate(certificate);
  assert.match(parsed.serialNumber, /^[4-7][0-9A-F]{31}$/, "a serial number of 16 bytes");
  assert.equal(spiffeIdOf(parsed), reviews);
});

test("the root and the intermediate are authorities, each of its depth, for the trust domain", () => {
  const directory = fresh();
  const authority = open(directory);
  const rows = [
    ["root", /CA:TRUE, pathlen:1/, 10],
    ["intermediate", /CA:TRUE, pathlen:0/, 1],
  ] as const;
  for (const [name, depth, years] of rows) {
    const pem = readFileSync(join(directory, `${name}.crt`), "utf8");
    const text = opensslText(pem);
    for (const pattern of [
      depth,
      /Key Usage: critical\s+Certificate Sign, CRL Sign/,
      /URI:spiffe:\/\/cluster\.local\n/,
    ]) {
      assert.match(text, pattern);
    }
    const { validFromDate, validToDate } = new X509Certificate(pem);
    assert.equal(Math.round((validToDate.getTime() - validFromDate.getTime()) / (365 * day.ms)), years);
    assert.match(opensslVerify(authority, pem), /leaf: OK/);
  }
  assert.equal(spiffeIdOf(new X509Certificate(authority.rootBundle)), undefined, "an authority is no workload");
});

for (const [what, type, options] of [
  ["P-256", "ec", { namedCurve: "P-256" }],
  ["P-384", "ec", { namedCurve: "P-384" }],
  ["RSA", "rsa", { modulusLength: 2048 }],
  ["Ed25519", "ed25519", {}],
] as const) {
  test(`a certificate for a key on ${what} passes openssl`, () => {
    const authority = open(fresh());
    const { publicKey } = generateKeyPairSync(type as "ec", options as { namedCurve: string });
    const { certificate, chain } = authority.sign(request({ for: { publicKey } }));
    assert.match(opensslVerify(authority, chain), /leaf: OK/);
    const same = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "pem" });
    assert.equal(same, publicKey.export({ type: "spki", format: "pem" }));
  });
}

test("a certificate without a subject has critical names, and passes", () => {
  const authority = open(fresh());
  const { certificate, chain } = authority.sign(request({ subject: {}, dnsNames: [] }));
  assert.match(opensslText(certificate), /Alternative Name: critical\s+URI:/);
  assert.match(opensslVerify(authority, chain), /leaf: OK/);
});

test("a certificate lives as long as asked, from some minutes ago, and not past its intermediate", () => {
  let now = new Date("2027-01-01T00:00:00.500Z");
  const authority = open(fresh(), () => now);
  const rows: readonly [at: string, hours: number, from: string, to: string][] = [
    ["2027-01-01T00:00:00.500Z", 24, "2026-12-31T23:55:00Z", "2027-01-02T00:00:00Z"],
    ["2027-01-01T00:00:00.500Z", 0.1, "2026-12-31T23:59:24Z", "2027-01-01T00:06:00Z"],
    ["2036-12-28T12:00:00Z", 24, "2036-12-28T11:55:00Z", "2036-12-29T00:00:00Z"],
  ];
  for (const [at, hours, from, to] of rows) {
    now = new Date(at);
    const signed = authority.sign(request({ ttl: seconds(hours * 3600) }));
    const { validFromDate, validToDate } = new X509Certificate(signed.certificate);
    assert.deepEqual([validFromDate, validToDate], [new Date(from), new Date(to)]);
    assert.deepEqual([signed.notBefore, signed.notAfter], [validFromDate, validToDate]);
  }
  now = new Date("2036-12-30T00:00:00Z");
  assert.throws(() => authority.sign(request()), { name: "StateFault", says: /its certificate expired at 2036/ });
});

const refusals: readonly [what: string, changes: Partial<SignRequest>, says: RegExp][] = [
  [
    "another trust domain",
    { spiffeId: "spiffe://evil/ns/shop/sa/reviews" as SignRequest["spiffeId"] },
    /not of the trust domain/,
  ],
  [
    "a request for another identity",
    { spiffeId: "spiffe://cluster.local/ns/shop/sa/admin" as SignRequest["spiffeId"] },
    /is for .*reviews, and its sender is .*admin/,
  ],
  ["no life", { ttl: seconds(0) }, /lives from 1s/],
  ["a life of 91 days", { ttl: seconds(91 * 86_400) }, /lives from 1s to/],
  ["a life that is no number", { ttl: { ms: Number.NaN } }, /lives from 1s/],
  ["a DNS name with a blank", { dnsNames: ["a b"] }, /not a DNS name/],
  ["a subject that needs escapes", { subject: { workload: "a,CN=b" } }, /cannot be the workload/],
  [
    "a key on P-521",
    { for: { publicKey: generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey } },
    /its key is not/,
  ],
];

test("what is not signed", async (t) => {
  const authority = open(fresh());
  for (const [what, changes, says] of refusals) {
    await t.test(what, () => assert.throws(() => authority.sign(request(changes)), says));
  }
});

test("the files are the owner's only, and opening again gives the same authority", () => {
  const directory = fresh();
  const { rootBundle } = open(directory);
  const before = contentOf(directory);
  assert.deepEqual(readdirSync(directory).sort(), fileNames);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  for (const name of fileNames) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name);
  const again = open(directory);
  assert.equal(again.rootBundle, rootBundle);
  assert.deepEqual(contentOf(directory), before);
  assert.match(opensslVerify(again, again.sign(request()).chain), /leaf: OK/);
});

test("an empty directory is filled, in directories made for the owner only", () => {
  const directory = join(fresh(), "deep", "ca");
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  open(directory);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
});

test("the intermediate is renewed in time, keeps its key, and what it signed before stays good", () => {
  const directory = fresh();
  let now = new Date();
  const authority = open(directory, () => now);
  const old = authority.sign(request({ ttl: seconds(80 * 86_400) }));
  const [certificate, key] = contentOf(directory);
  now = new Date(now.getTime() + 250 * day.ms);
  const renewed = authority.sign(request());
  assert.notEqual(contentOf(directory)[0], certificate);
  assert.equal(contentOf(directory)[1], key);
  const at = ["-attime", String(Math.floor(now.getTime() / 1000))];
  assert.match(opensslVerify(authority, renewed.chain, ...at), /leaf: OK/);
  const crossed = old.certificate + renewed.chain.slice(renewed.certificate.length);
  const ownEnd = Math.floor(old.notAfter.getTime() / 1000) - 1;
  assert.match(opensslVerify(authority, old.chain, "-attime", String(ownEnd)), /leaf: OK/);
  assert.match(opensslVerify(authority, crossed, "-no_check_time"), /leaf: OK/, "the new one signed the old, too");
  assert.match(
    opensslVerify(
      open(directory, () => now),
      renewed.chain,
      ...at,
    ),
    /leaf: OK/,
  );
});

test("a control plane that was away for longer than its intermediate lived just renews it", () => {
  const directory = fresh();
  open(directory);
  const later = new Date(Date.now() + 800 * day.ms);
  const authority = open(directory, () => later);
  const { chain } = authority.sign(request());
  assert.match(opensslVerify(authority, chain, "-attime", String(Math.floor(later.getTime() / 1000))), /leaf: OK/);
});

test("a deleted intermediate is made again under the same root", () => {
  for (const gone of [["intermediate.crt"], ["intermediate.crt", "intermediate.key"]]) {
    const directory = fresh();
    const { rootBundle } = open(directory);
    for (const name of gone) rmSync(join(directory, name));
    const authority = open(directory);
    assert.equal(authority.rootBundle, rootBundle);
    assert.match(opensslVerify(authority, authority.sign(request()).chain), /leaf: OK/);
  }
});

const rightOne = () => {
  const directory = fresh();
  open(directory);
  return directory;
};

const damages: readonly [
  what: string,
  damage: (directory: string) => void,
  file: string,
  says: RegExp,
  help: RegExp,
][] = [
  [
    "garbage in root.crt",
    (d) => writeFileSync(join(d, "root.crt"), "hello"),
    "root.crt",
    /no certificate that can be read/,
    /mv .*\.broken/,
  ],
  ["an empty root.key", (d) => writeFileSync(join(d, "root.key"), ""), "root.key", /no key that can be read/, /mv /],
  [
    "a cut-off intermediate.crt",
    (d) => truncate(join(d, "intermediate.crt")),
    "intermediate.crt",
    /no certificate that can be read/,
    /rm -f .*intermediate\.crt .*intermediate\.key/,
  ],
  [
    "a cut-off intermediate.key",
    (d) => truncate(join(d, "intermediate.key")),
    "intermediate.key",
    /no key that can be read/,
    /rm -f /,
  ],
  ["a missing root.key", (d) => rmSync(join(d, "root.key")), "root.key", /it is missing/, /mv /],
  ["a missing root.crt", (d) => rmSync(join(d, "root.crt")), "root.crt", /it is missing/, /mv /],
  [
    "a missing intermediate.key",
    (d) => rmSync(join(d, "intermediate.key")),
    "intermediate.key",
    /it is missing/,
    /rm -f /,
  ],
  ["another root's key", (d) => copy(d, "root.key"), "root.key", /does not belong to the certificate/, /mv /],
  ["another intermediate's key", (d) => copy(d, "intermediate.key"), "intermediate.key", /does not belong/, /rm -f /],
  [
    "another root's intermediate",
    (d) => copy(d, "intermediate.key", "intermediate.crt"),
    "intermediate.crt",
    /not signed by root\.crt/,
    /rm -f /,
  ],
  [
    "an RSA key",
    (d) =>
      writeFileSync(
        join(d, "root.key"),
        generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }),
      ),
    "root.key",
    /type rsa, and only P-256/,
    /mv /,
  ],
  [
    "a workload's certificate as root",
    (d) => writeFileSync(join(d, "root.crt"), open(rightOne()).sign(request()).certificate),
    "root.crt",
    /not an authority/,
    /mv /,
  ],
  ["a directory open to the group", (d) => chmodSync(d, 0o750), "", /mode is 750/, /chmod 700 /],
  [
    "a key that everybody may read",
    (d) => chmodSync(join(d, "root.key"), 0o644),
    "root.key",
    /mode is 644/,
    /chmod 600 .*root\.key/,
  ],
  [
    "a certificate that the group may write",
    (d) => chmodSync(join(d, "root.crt"), 0o620),
    "root.crt",
    /mode is 620/,
    /chmod 600 /,
  ],
  [
    "a root.crt of a megabyte",
    (d) => writeFileSync(join(d, "root.crt"), "x".repeat(1_000_000)),
    "root.crt",
    /1000000 bytes/,
    /right file/,
  ],
];

function truncate(path: string): void {
  writeFileSync(path, readFileSync(path, "utf8").slice(0, 100));
}

function copy(to: string, ...names: readonly string[]): void {
  const from = rightOne();
  for (const name of names) writeFileSync(join(to, name), readFileSync(join(from, name)));
}

for (const [what, damage, file, says, help] of damages) {
  test(`${what}: refused, saying where, what and what to do, and nothing is changed`, () => {
    const directory = rightOne();
    damage(directory);
    const names = readdirSync(directory);
    assert.throws(
      () => open(directory),
      (fault) => {
        assert.ok(fault instanceof StateFault, String(fault));
        assert.equal(fault.path, join(directory, file));
        assert.match(fault.says, says);
        assert.match(fault.help, help);
        return true;
      },
    );
    assert.deepEqual(readdirSync(directory), names);
  });
}

test("the help for a damaged intermediate is right", () => {
  const directory = rightOne();
  truncate(join(directory, "intermediate.crt"));
  try {
    open(directory);
    assert.fail("it opened");
  } catch (fault) {
    execFileSync("sh", ["-c", /run: (.*) \(/.exec((fault as StateFault).help)?.[1] as string]);
  }
  open(directory);
});

const moments: readonly [what: string, days: number, says: RegExp][] = [
  ["an expired root", 3700, /expired at 20/],
  ["a clock before the root's time", -2, /this machine's clock says 20/],
];

for (const [what, days, says] of moments) {
  test(`${what} is refused`, () => {
    const directory = rightOne();
    assert.throws(() => open(directory, () => new Date(Date.now() + days * day.ms)), { name: "StateFault", says });
  });
}

test("an authority of another trust domain is refused", () => {
  const directory = rightOne();
  const now = () => new Date();
  assert.throws(() => openAuthority(directory, { trustDomain: "example.org", now }), {
    name: "StateFault",
    says: /is for spiffe:\/\/cluster\.local, and the mesh's trust domain is example\.org/,
  });
});

test("changed bytes in any file give a StateFault or the same root", () => {
  const directory = rightOne();
  const { rootBundle } = open(directory);
  for (const name of fileNames) {
    const path = join(directory, name);
    const right = readFileSync(path);
    for (let round = 0; round < 60; round++) {
      const changed = Buffer.from(right);
      const at = Math.floor(Math.random() * changed.length);
      changed[at] = (changed[at] as number) ^ (1 << (round % 7));
      writeFileSync(path, changed);
      try {
        assert.equal(open(directory).rootBundle, rootBundle);
      } catch (fault) {
        assert.ok(fault instanceof StateFault, `${name} byte ${at}: ${fault}`);
      }
    }
    writeFileSync(path, right);
  }
});

test("of six processes that open a new directory at once, all get one root", async () => {
  const directory = fresh();
  const script = `
    import { openAuthority } from "#identity/authority.ts";
    console.log(openAuthority(process.argv[1], { trustDomain: "cluster.local", now: () => new Date() }).rootBundle);`;
  const run = () =>
    promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", script, directory], {
      cwd: import.meta.dirname,
    });
  const bundles = await Promise.all(Array.from({ length: 6 }, run));
  assert.equal(new Set(bundles.map(({ stdout }) => stdout)).size, 1);
  assert.deepEqual(readdirSync(directory).sort(), fileNames);
  assert.deepEqual(
    readdirSync(temporary).filter((name) => name.endsWith(".tmp")),
    [],
    "no drafts stay behind",
  );
});

test("the key of a request is the key of the certificate", () => {
  const { privateKey, csr } = generateKeyAndCsr(reviews);
  const { certificate } = open(fresh()).sign(request({ for: { csr } }));
  const key = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
  assert.equal(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "pem" }), key);
});
