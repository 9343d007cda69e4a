import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { WorkloadIdentity } from "#agent/identity/workload-identity.ts";
import { Upstream } from "#agent/relay/upstream.ts";
import { milliseconds, seconds } from "#base/duration.ts";
import { createLog } from "#base/log.ts";
import { IstioCertificateRequestSchema, IstioCertificateResponseSchema } from "#envoy/gen/security/v1alpha1/ca_pb.js";
import { ownSecret, rootsSecret } from "#envoy/names.ts";
import { GrpcServer } from "#grpc/server.ts";
import { type Authority, openAuthority } from "#identity/authority.ts";
import { readCsr } from "#identity/csr.ts";
import { type SpiffeId, spiffeId } from "#identity/spiffe-id.ts";

const log = createLog("test", { level: "error" });
const reviews = spiffeId({ trustDomain: "cluster.local", namespace: "shop", serviceAccount: "reviews" });
const ratings = spiffeId({ trustDomain: "cluster.local", namespace: "shop", serviceAccount: "ratings" });

/** A control plane that signs, on a socket in a directory of the test's own. */
class Place {
  readonly directory = mkdtempSync(join(tmpdir(), "stod-identity-"));
  readonly #authority: Authority;
  #server: GrpcServer | undefined;
  signed = 0;

  constructor(t: TestContext) {
    this.#authority = openAuthority(join(this.directory, "ca"), {
      trustDomain: "cluster.local",
      now: () => new Date(),
    });
    mkdirSync(join(this.directory, "proxies"));
    t.after(async () => {
      await this.stop();
      rmSync(this.directory, { recursive: true });
    });
  }

  get socket(): string {
    return join(this.directory, "xds.sock");
  }

  async serve(): Promise<void> {
    const handle = (bytes: Uint8Array) => this.#sign(bytes);
    const path = "/istio.v1.auth.IstioCertificateService/CreateCertificate";
    this.#server = new GrpcServer({ methods: new Map([[path, { kind: "unary", handle }]]) });
    await this.#server.listen({ unix: this.socket });
  }

  async stop(): Promise<void> {
    await this.#server?.shutdown(milliseconds(0));
    this.#server = undefined;
  }

  #sign(bytes: Uint8Array): Uint8Array {
    const { csr, validityDuration } = fromBinary(IstioCertificateRequestSchema, bytes);
    const ttl = seconds(Number(validityDuration));
    const id = readCsr(csr).spiffeId as SpiffeId;
    const { chain } = this.#authority.sign({ for: { csr }, spiffeId: id, dnsNames: [], subject: {}, ttl });
    this.signed++;
    const certChain = [chain, this.#authority.rootBundle];
    return toBinary(IstioCertificateResponseSchema, create(IstioCertificateResponseSchema, { certChain }));
  }

  identity(t: TestContext, name: string, change: { id?: SpiffeId; ttl?: number; others?: string[] } = {}) {
    const upstream = new Upstream(this.socket, log);
    const identity = new WorkloadIdentity({
      spiffeId: change.id ?? reviews,
      subject: { workload: "reviews-v1" },
      ttl: seconds(change.ttl ?? 3600),
      path: this.file(name),
      others: () => change.others ?? [],
      upstream,
      log,
    });
    upstream.start();
    const close = () => {
      identity.close();
      upstream.close();
    };
    t.after(close);
    return { identity, upstream, close };
  }

  file(name: string): string {
    return join(this.directory, "proxies", name);
  }
}

test("a workload gets a certificate, kept where only we can read it", async (t) => {
  const place = new Place(t);
  await place.serve();
  const { identity } = place.identity(t, "reviews-0");
  await identity.ready;
  assert.ok(identity.secrets.get(ownSecret) && identity.secrets.get(rootsSecret));
  assert.equal(statSync(place.file("reviews-0")).mode & 0o777, 0o600);
});

test("a certificate is renewed at half of its life, with a new key and the same roots", async (t) => {
  const place = new Place(t);
  await place.serve();
  const { identity } = place.identity(t, "reviews-0", { ttl: 2 });
  await identity.ready;
  const before = [ownSecret, rootsSecret].map((name) => identity.secrets.get(name)?.version);
  await new Promise<void>((resolve) => identity.secrets.onChange(resolve));
  const after = [ownSecret, rootsSecret].map((name) => identity.secrets.get(name)?.version);
  assert.notEqual(after[0], before[0]);
  assert.equal(after[1], before[1]);
});

test("while nobody signs, the certificate on disk serves; when somebody does again, a new one", async (t) => {
  const place = new Place(t);
  await place.serve();
  const first = place.identity(t, "reviews-0");
  await first.identity.ready;
  const before = first.identity.secrets.get(ownSecret)?.version;
  first.close();
  await place.stop();

  const { identity } = place.identity(t, "reviews-0");
  await identity.ready;
  assert.equal(identity.secrets.get(ownSecret)?.version, before);
  const renewed = new Promise<void>((resolve) => identity.secrets.onChange(resolve));
  await place.serve();
  await renewed;
  assert.equal(place.signed, 2);
});

const helpers: readonly [says: string, id: SpiffeId, isTaken: boolean][] = [
  ["a replica's serves a new instance", reviews, true],
  ["one of another identity does not", ratings, false],
];

for (const [says, id, isTaken] of helpers) {
  test(`while nobody signs, of certificates on disk ${says}`, async (t) => {
    const place = new Place(t);
    await place.serve();
    const first = place.identity(t, "first-0", { id });
    await first.identity.ready;
    first.close();
    await place.stop();
    const { identity, upstream } = place.identity(t, "reviews-1", { others: [place.file("first-0")] });
    await new Promise<void>((resolve) => upstream.onChange(() => resolve()));
    assert.equal(upstream.reach, "down");
    assert.equal(identity.secrets.get(ownSecret) !== undefined, isTaken);
  });
}
