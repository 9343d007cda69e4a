import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import type { ClusterTarget } from "#features/cluster-feature.ts";
import { briefly, clusterShown, here, trafficPolicy } from "../../../test/features/shown.ts";
import { clientTls } from "./index.ts";

const file = (filename: string): JsonObject => ({ filename });
const systemRoots = file("/etc/ssl/certs/ca-certificates.crt");

/** The socket that a policy leads to, and the options of HTTP beside it. */
async function shownOf(tls: JsonObject, target?: Partial<ClusterTarget>) {
  const shown = await clusterShown(clientTls, { tls }, target);
  assert.ok(shown);
  const { transport_socket: socket } = shown.cluster as {
    transport_socket: { name: string; typed_config: JsonObject };
  };
  return { socket, options: (shown.http as JsonObject).upstream_http_protocol_options };
}

async function contextOf(tls: JsonObject, target?: Partial<ClusterTarget>): Promise<JsonObject> {
  const { socket, options } = await shownOf(tls, target);
  const { "@type": _, ...context } = socket.typed_config;
  return { ...context, ...(options !== undefined && { options }) };
}

const versions = { tls_minimum_protocol_version: "TLSv1_2", tls_maximum_protocol_version: "TLSv1_3" };
const toServer = (own: JsonObject, rest: JsonObject = {}): JsonObject => ({
  ...rest,
  common_tls_context: { tls_params: versions, ...own },
});
const byHost = { auto_sni: true, auto_san_validation: true };

const rows: readonly [tls: JsonObject, context: JsonObject, target?: Partial<ClusterTarget>, why?: string][] = [
  [
    { mode: "SIMPLE" },
    toServer({ validation_context: { trusted_ca: systemRoots } }, { options: byHost }),
    undefined,
    "the host of the request is called and proven",
  ],
  [
    { mode: "SIMPLE", sni: "shop.example" },
    toServer({ validation_context: { trusted_ca: systemRoots } }, { sni: "shop.example" }),
  ],
  [
    { mode: "SIMPLE", caCertificates: "/etc/ca.pem", caCrl: "/etc/crl.pem", subjectAltNames: ["shop.example"] },
    toServer(
      {
        validation_context: {
          trusted_ca: file("/etc/ca.pem"),
          crl: file("/etc/crl.pem"),
          match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "shop.example" } }],
        },
      },
      { options: { auto_sni: true } },
    ),
  ],
  [
    { mode: "SIMPLE" },
    toServer(
      {
        validation_context: {
          trusted_ca: systemRoots,
          match_typed_subject_alt_names: [
            { san_type: "URI", matcher: { exact: "spiffe://bank/ns/pay/sa/pay" } },
            { san_type: "IP_ADDRESS", matcher: { exact: "192.0.2.1" } },
          ],
        },
      },
      { options: { auto_sni: true } },
    ),
    { subjectAltNames: ["spiffe://bank/ns/pay/sa/pay", "192.0.2.1"] },
    "the names that the ServiceEntry expects",
  ],
  [
    { mode: "SIMPLE", insecureSkipVerify: true },
    toServer({ validation_context: {} }, { options: { auto_sni: true } }),
    { subjectAltNames: ["shop.example"] },
    "any server will do",
  ],
  [
    { mode: "SIMPLE" },
    toServer(
      {
        validation_context: {
          trusted_ca: systemRoots,
          match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "db.example" } }],
        },
      },
      { sni: "db.example", options: byHost },
    ),
    { carries: "tcp", host: "db.example" },
    "without HTTP no request says the host, so it is the service's",
  ],
  [
    { mode: "SIMPLE" },
    toServer({ validation_context: { trusted_ca: systemRoots } }, { options: byHost }),
    { carries: "tcp", host: "*.example" },
    "any host of a wildcard will do",
  ],
  [
    { mode: "MUTUAL", clientCertificate: "/c.pem", privateKey: "/k.pem", caCertificates: "/ca.pem" },
    toServer(
      {
        tls_certificates: [{ certificate_chain: file("/c.pem"), private_key: file("/k.pem") }],
        validation_context: { trusted_ca: file("/ca.pem") },
      },
      { options: byHost },
    ),
  ],
  [
    { mode: "MUTUAL", credentialName: "shop-cert" },
    toServer({ validation_context: { trusted_ca: systemRoots } }, { options: byHost }),
    undefined,
    "never plaintext for want of a certificate",
  ],
];

for (const [tls, context, target, why] of rows) {
  test(`tls ${JSON.stringify(tls)}${why ? `: ${why}` : ""}`, async () => {
    assert.deepEqual(await contextOf(tls, target), context);
  });
}

test("DISABLE is plaintext to all endpoints, whatever they take", async () => {
  const { socket } = await shownOf({ mode: "DISABLE" });
  assert.equal(socket.name, "envoy.transport_sockets.raw_buffer");
});

test("ISTIO_MUTUAL shows the workload's own certificate to all endpoints", async () => {
  const context = await contextOf({ mode: "ISTIO_MUTUAL" });
  const { tls_certificate_sds_secret_configs: secrets } = context.common_tls_context as JsonObject;
  assert.equal((secrets as JsonObject[])[0]?.name, "default");
  assert.equal(context.sni, "outbound_.80_._.reviews.shop.svc.cluster.local");
  assert.match(JSON.stringify(context), /ns\/shop\/sa\/reviews/);
});

test("ISTIO_MUTUAL with names of its own expects those", async () => {
  const tls = { mode: "ISTIO_MUTUAL", sni: "reviews", subjectAltNames: ["spiffe://cluster.local/ns/shop/sa/other"] };
  const context = await contextOf(tls);
  assert.equal(context.sni, "reviews");
  assert.match(JSON.stringify(context), /sa\/other/);
  assert.doesNotMatch(JSON.stringify(context), /sa\/reviews/);
});

const checks: readonly [tls: JsonObject, ...found: string[]][] = [
  [{ mode: "SIMPLE", caCertificates: "/ca.pem" }],
  [{ mode: "SIMPLE", sni: "shop.example" }, "STOD0334 tls.sni"],
  [{ mode: "SIMPLE", sni: "shop.example", subjectAltNames: ["shop.example"] }],
  [{ mode: "DISABLE", caCertificates: "/ca.pem" }, "STOD0333 tls.caCertificates"],
  [{ mode: "SIMPLE", clientCertificate: "/c.pem" }, "STOD0333 tls.clientCertificate"],
  [{ mode: "MUTUAL" }, "STOD0331 tls"],
  [{ mode: "MUTUAL", credentialName: "shop" }],
  [{ mode: "SIMPLE", insecureSkipVerify: true }],
  [{ mode: "SIMPLE", insecureSkipVerify: true, subjectAltNames: ["a"] }, "STOD0332 tls.subjectAltNames"],
];

for (const [tls, ...found] of checks) {
  test(`checking ${JSON.stringify(tls)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(clientTls.check?.(trafficPolicy({ tls }), here) ?? []), found);
  });
}
