import assert from "node:assert/strict";
import { test } from "node:test";
import { type Listener, ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import type { Labels } from "#model/labels.ts";
import { meshOf, sent, sidecar, written } from "../../../test/control-plane/mesh-of.ts";

const app = sidecar("app");

function inboundOf(ports: string, authentication: string, labels: Readonly<Record<string, string>> = { app: "app" }) {
  const proxy = { ...app, labels };
  const service = written("Service", { app: `{ selector: { app: app }, ports: [${ports}] }` });
  const mesh = meshOf(service + authentication, [proxy]);
  return sent(mesh, proxy, ListenerSchema, "virtualInbound");
}

/** `NAME: what it matches → what it does`, for the chains of a port. */
function chainsOf(listener: Listener | undefined, port: number | undefined): string[] {
  return (listener?.filterChains ?? [])
    .filter(({ filterChainMatch }) => filterChainMatch?.destinationPort === port)
    .map(({ name, filterChainMatch, transportSocket, filters }) => {
      const { transportProtocol = "", applicationProtocols = [] } = filterChainMatch ?? {};
      const match = [transportProtocol || "any", ...applicationProtocols].join(" ");
      const does = filters.map((filter) => (filter.name.endsWith("tcp_proxy") ? "tcp" : "http")).join("+");
      return `${name}: ${match} → ${transportSocket === undefined ? "" : "mTLS "}${does}`;
    });
}

const authentication = (spec: string, namespace = "shop") =>
  written("PeerAuthentication", { [`${namespace}/all`]: spec });
const mode = (mtls: string) => authentication(`{ mtls: { mode: ${mtls} } }`);
const offered = "istio-http/1.0 istio-http/1.1 istio-h2";
const offeredTcp = "istio-peer-exchange istio";

const rows: readonly [protocol: string, mode: string, wanted: string[]][] = [
  ["http", "PERMISSIVE", [`9080-mtls: tls ${offered} → mTLS http`, "9080-plaintext: any → http"]],
  ["http", "STRICT", ["9080-mtls: tls → mTLS http"]],
  ["http", "DISABLE", ["9080-plaintext: any → http"]],
  ["tcp", "PERMISSIVE", [`9080-mtls: tls ${offeredTcp} → mTLS tcp`, "9080-plaintext: any → tcp"]],
  ["tcp", "STRICT", ["9080-mtls: tls → mTLS tcp"]],
  ["tcp", "DISABLE", ["9080-plaintext: any → tcp"]],
  [
    "any",
    "PERMISSIVE",
    [
      `9080-mtls-http: tls ${offered} → mTLS http`,
      `9080-mtls-tcp: tls ${offeredTcp} → mTLS tcp`,
      "9080-http: raw_buffer http/1.1 h2c → http",
      "9080-tcp: any → tcp",
    ],
  ],
  ["any", "STRICT", [`9080-mtls-http: tls ${offered} → mTLS http`, "9080-mtls-tcp: tls → mTLS tcp"]],
  ["any", "DISABLE", ["9080-http: raw_buffer http/1.1 h2c → http", "9080-tcp: any → tcp"]],
];

for (const [protocol, mtls, wanted] of rows) {
  test(`a port that carries ${protocol} under ${mtls}`, () => {
    const listener = inboundOf(`{ name: ${protocol}, port: 80, targetPort: 9080 }`, mode(mtls));
    assert.deepEqual(chainsOf(listener, 9080), wanted);
  });
}

const http = "{ name: http, port: 80, targetPort: 9080 }";
const others: readonly [why: string, authentication: string, port: number | undefined, wanted: string[]][] = [
  [
    "all that no service names is passed on",
    mode("PERMISSIVE"),
    undefined,
    [`virtualInbound-mtls: tls ${offered} ${offeredTcp} → mTLS tcp`, "virtualInbound-catchall-tcp: any → tcp"],
  ],
  ["also there mTLS may be a must", mode("STRICT"), undefined, ["virtualInbound-mtls: tls → mTLS tcp"]],
  [
    "a port that no service names may be an exception",
    authentication(
      "{ selector: { matchLabels: { app: app } }, mtls: { mode: STRICT }, portLevelMtls: { 9090: { mode: DISABLE } } }",
    ),
    9090,
    ["9090-catchall-tcp: any → tcp"],
  ],
  [
    "a port that a service names may be one",
    authentication(
      "{ selector: { matchLabels: { app: app } }, mtls: { mode: STRICT }, portLevelMtls: { 9080: { mode: DISABLE } } }",
    ),
    9080,
    ["9080-plaintext: any → http"],
  ],
  [
    "what holds for the mesh holds here",
    authentication("{ mtls: { mode: STRICT } }", "istio-system"),
    9080,
    ["9080-mtls: tls → mTLS http"],
  ],
];

for (const [why, policy, port, wanted] of others) {
  test(`the way in: ${why}`, () => assert.deepEqual(chainsOf(inboundOf(http, policy), port), wanted));
}

test("what nobody has registered yet, or nobody has given labels, is under the policy of its namespace all the same", () => {
  for (const labels of [{ app: "app" }, {}] as readonly Labels[]) {
    const listener = inboundOf(http, mode("STRICT"), labels);
    assert.deepEqual(chainsOf(listener, undefined), ["virtualInbound-mtls: tls → mTLS tcp"]);
  }
});

const inspected: readonly [ports: string, wanted: unknown][] = [
  [http, "no port"],
  ["{ name: a, port: 81 }", "all but 81"],
  [`${http}, { name: a, port: 81 }, { name: b, port: 82 }`, "all but 81, 82"],
];

for (const [ports, wanted] of inspected) {
  test(`with ports ${ports} the HTTP inspector is off on ${wanted}`, () => {
    const inspector = inboundOf(ports, "")?.listenerFilters.find(({ name }) => name.endsWith("http_inspector"));
    const rule = inspector?.filterDisabled?.rule;
    if (rule?.case === "anyMatch") {
      assert.equal("no port", wanted);
      return;
    }
    assert.equal(rule?.case, "notMatch");
    const inner = rule.value as {
      rule: { case: string; value: { rules?: { rule: { value: { start: number } } }[]; start?: number } };
    };
    const { rules, start } = inner.rule.value;
    const starts = rules?.map((each) => each.rule.value.start) ?? [start];
    assert.equal(`all but ${starts.join(", ")}`, wanted);
  });
}
