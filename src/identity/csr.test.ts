import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeCsr, readCsr } from "#identity/csr.ts";
import { bitString, boolean, explicit, integer, octetString, oid, sequence, setOf } from "#identity/der.ts";
import { encodePem } from "#identity/pem.ts";
import type { SpiffeId } from "#identity/spiffe-id.ts";
import { encodeAltNames } from "#identity/subject-alt-name.ts";

const reviews = "spiffe://cluster.local/ns/shop/sa/reviews" as SpiffeId;
const directory = mkdtempSync(join(tmpdir(), "stod-csr-"));
after(() => rmSync(directory, { recursive: true }));

const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ecdsaSha256 = sequence(oid("1.2.840.10045.4.3.2"));
const rsaSha256 = sequence(oid("1.2.840.113549.1.1.11"), Buffer.of(5, 0));

test("openssl reads and verifies our request", () => {
  const shown = execFileSync("openssl", ["req", "-verify", "-noout", "-text"], {
    input: makeCsr(p256.privateKey, reviews),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  assert.match(shown, /URI:spiffe:\/\/cluster\.local\/ns\/shop\/sa\/reviews/);
  assert.match(shown, /prime256v1/);
});

const keys: readonly [what: string, newKey: string[], kind: string][] = [
  ["P-256", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "P-256"],
  ["P-384", ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "P-384"],
  ["RSA of 2048 bits", ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], "RSA"],
  ["Ed25519", ["ed25519"], "Ed25519"],
];

for (const [what, newKey, kind] of keys) {
  test(`a request made by openssl with a key on ${what} is taken, and only its key and URI count`, () => {
    const pem = opensslRequest(newKey, `subjectAltName=URI:${reviews},DNS:evil.example`);
    const csr = readCsr(pem);
    assert.deepEqual([csr.key.kind, csr.spiffeId], [kind, reviews]);
    assert.deepEqual(Object.keys(csr).sort(), ["key", "spiffeId"]);
  });
}

const refusedKeys: readonly [what: string, newKey: string[]][] = [
  ["RSA of 1024 bits", ["rsa", "-pkeyopt", "rsa_keygen_bits:1024"]],
  ["P-521", ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"]],
  ["secp256k1", ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"]],
  [
    "a curve given by its parameters",
    ["ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
  ],
  ["Ed448", ["ed448"]],
];

for (const [what, newKey] of refusedKeys) {
  test(`a request with a key on ${what} is refused`, () => {
    const pem = opensslRequest(newKey, `subjectAltName=URI:${reviews}`);
    assert.throws(() => readCsr(pem), { name: "CsrFault", message: /its key is not/ });
  });
}

function opensslRequest([algorithm = "", ...options]: readonly string[], extension: string): string {
  const args = ["req", "-new", "-nodes", "-newkey", algorithm, ...options, "-subj", "/CN=admin", "-addext", extension];
  const stdio = ["ignore", "pipe", "ignore"] as const;
  return execFileSync("openssl", [...args, "-keyout", join(directory, "key")], { encoding: "utf8", stdio: [...stdio] });
}

interface Parts {
  readonly version?: Buffer;
  readonly subject?: Buffer;
  readonly spki?: Buffer;
  readonly attributes?: Buffer;
  readonly more?: Buffer;
  readonly algorithm?: Buffer;
  readonly key?: KeyObject;
  readonly hash?: string;
  readonly signature?: Buffer;
}

/** A request put together by hand, signed properly unless said otherwise. */
function request(parts: Parts): Buffer {
  const info = sequence(
    parts.version ?? integer(0),
    parts.subject ?? sequence(),
    parts.spki ?? p256.publicKey.export({ type: "spki", format: "der" }),
    parts.attributes ?? explicit(0, wanting(names([reviews]))),
    parts.more ?? Buffer.alloc(0),
  );
  const signature = parts.signature ?? bitString(sign(parts.hash ?? "sha256", info, parts.key ?? p256.privateKey));
  return sequence(info, parts.algorithm ?? ecdsaSha256, signature);
}

const wanting = (...extensions: readonly Buffer[]) =>
  sequence(oid("1.2.840.113549.1.9.14"), setOf(sequence(...extensions)));
const names = (uris: readonly string[]) =>
  sequence(oid("2.5.29.17"), octetString(encodeAltNames({ uris, dnsNames: [] })));

const taken: readonly [what: string, csr: string | Buffer, spiffeId: string | undefined][] = [
  ["in DER", request({}), reviews],
  ["in PEM", encodePem("CERTIFICATE REQUEST", request({})), reviews],
  ["in PEM as bytes", Buffer.from(encodePem("CERTIFICATE REQUEST", request({}))), reviews],
  ["without attributes", request({ attributes: Buffer.alloc(0) }), undefined],
  ["without wanted extensions", request({ attributes: explicit(0, Buffer.alloc(0)) }), undefined],
  ["with an empty list of names", request({ attributes: explicit(0, wanting(names([]))) }), undefined],
  [
    "to be an authority, which does not count",
    request({
      attributes: explicit(
        0,
        wanting(names([reviews]), sequence(oid("2.5.29.19"), boolean(true), octetString(sequence(boolean(true))))),
      ),
    }),
    reviews,
  ],
];

for (const [what, csr, spiffeId] of taken) {
  test(`a request ${what} is taken`, () => assert.equal(readCsr(csr).spiffeId, spiffeId));
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const valid = request({});
const tampered = Buffer.from(valid);
tampered.write("x", tampered.indexOf("reviews"));
const pointBytes = p256.publicKey.export({ type: "spki", format: "der" });
const offCurve = Buffer.from(pointBytes);
offCurve[offCurve.length - 1] = (offCurve[offCurve.length - 1] as number) ^ 1;

const refused: readonly [what: string, csr: string | Uint8Array, says: RegExp][] = [
  ["nothing", "", /not one PEM block/],
  ["no bytes", Buffer.alloc(0), /cut off/],
  ["text", "hello", /not one PEM block/],
  ["a certificate's armour", encodePem("CERTIFICATE", valid), /not one PEM block/],
  ["two requests", encodePem("CERTIFICATE REQUEST", valid).repeat(2), /not one PEM block/],
  ["text behind the armour", `${encodePem("CERTIFICATE REQUEST", valid)}hello`, /not one PEM block/],
  ["a megabyte", "-".repeat(1_000_000), /not one PEM block/],
  ["a cut-off request", valid.subarray(0, valid.length - 1), /longer than what is around it/],
  ["bytes behind its end", Buffer.concat([valid, Buffer.of(0)]), /behind its end/],
  ["another name than was signed", tampered, /signature is wrong/],
  [
    "a signature by another key",
    request({ key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey }),
    /signature is wrong/,
  ],
  ["an empty signature", request({ signature: bitString(Buffer.alloc(0)) }), /signature is not made of whole bytes/],
  ["a signature of zeros", request({ signature: bitString(sequence(integer(0), integer(0))) }), /signature is wrong/],
  [
    "a signature with SHA-1",
    request({ algorithm: sequence(oid("1.2.840.10045.4.1")), hash: "sha1" }),
    /does not go with its key/,
  ],
  [
    "the signature of another kind of key",
    request({ key: rsa.privateKey, algorithm: rsaSha256 }),
    /does not go with its key/,
  ],
  ["an EC signature named RSA", request({ algorithm: rsaSha256 }), /does not go with its key/],
  ["version 2", request({ version: integer(1) }), /version is not 1/],
  ["a version that is text", request({ version: octetString(Buffer.of(0)) }), /version is of another type/],
  ["no subject", request({ subject: integer(0) }), /subject is of another type/],
  ["a key that is a number", request({ spki: integer(1) }), /public key is of another type/],
  ["a point that is not on the curve", request({ spki: offCurve }), /public key is not one/],
  ["more parts than a request has", request({ more: integer(1) }), /more parts/],
  [
    "two identities",
    request({ attributes: explicit(0, wanting(names([reviews, `${reviews}2`]))) }),
    /more than one identity/,
  ],
  ["names twice", request({ attributes: explicit(0, wanting(names([reviews]), names([reviews]))) }), /names twice/],
  [
    "extensions in two attributes",
    request({ attributes: explicit(0, Buffer.concat([wanting(names([reviews])), wanting(names([reviews]))])) }),
    /names twice/,
  ],
  [
    "an identity that is a web page",
    request({ attributes: explicit(0, wanting(names(["https://cluster.local/ns/shop/sa/reviews"]))) }),
    /not a SPIFFE id/,
  ],
  [
    "an identity with a way up in it",
    request({ attributes: explicit(0, wanting(names(["spiffe://cluster.local/ns/../sa/reviews"]))) }),
    /not a SPIFFE id/,
  ],
  [
    "an identity with a zero byte",
    request({ attributes: explicit(0, wanting(names([`${reviews}\0`]))) }),
    /not a SPIFFE id/,
  ],
  [
    "names that are no list",
    request({ attributes: explicit(0, wanting(sequence(oid("2.5.29.17"), octetString(integer(1))))) }),
    /list of names/,
  ],
];

for (const [what, csr, says] of refused) {
  test(`refused: ${what}`, () => assert.throws(() => readCsr(csr), { name: "CsrFault", message: says }));
}

test("every change of one byte gives a CsrFault, or still the same identity", () => {
  for (let at = 0; at < valid.length; at++) {
    const changed = Buffer.from(valid);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    try {
      const csr = readCsr(changed);
      assert.equal(csr.spiffeId, reviews, `byte ${at}`);
    } catch (fault) {
      assert.equal((fault as Error).name, "CsrFault", `byte ${at}: ${fault}`);
    }
  }
});
