import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { appCommand, endMesh, type Mesh, startMesh, until } from "../harness/mesh.ts";
import type { RemoteConnection } from "../harness/mesh-app-remote.ts";
import { startCapture } from "../harness/mesh-capture.ts";

const yaml = `
name: mtls
namespace: town
certificateTtl: 1m
services:
  server:
    ports: [80:8000/http, 81:8001/http, 90:9000/tcp, 91:9001]
    command: ${appCommand}
    env: { LISTEN: "8000/http 8001/http 9000/tcp 9001/tcp" }
  other:
    ports: [80:8000/http]
    command: ${appCommand}
    env: { LISTEN: 8000/http }
  caller:
    namespace: village
    command: ${appCommand}
  stranger:
    namespace: village
    sidecar: false
    command: ${appCommand}
`;

let mesh: Mesh;
let addressOf: Readonly<Record<string, string>>;
/** A connection from before the first renewal of certificates. */
let old: { readonly connection: RemoteConnection; readonly serials: readonly string[] };

before(async () => {
  mesh = await startMesh(yaml);
  addressOf = Object.fromEntries((await mesh.workloads()).map(({ name, address }) => [name, address]));
  const connection = await mesh.app("caller-0").connect("server.town", 90);
  old = { connection, serials: await serials() };
});
after(() => endMesh(mesh));

/** Serial numbers of the certificates that the Envoys of both ends use. */
async function serials(): Promise<readonly string[]> {
  const both = await Promise.all(["caller-0", "server-0"].map((name) => mesh.admin(name, "certs")));
  return both.map((text) => {
    const certificates = JSON.parse(text).certificates as { cert_chain: { serial_number: string }[] }[];
    return certificates.flatMap(({ cert_chain: chain }) => chain)[0]?.serial_number ?? "";
  });
}

test("a request arrives with the client's SPIFFE id, over mTLS", async () => {
  const { status, echo, error } = await mesh.app("caller-0").ask("http://server.town/");
  assert.equal(status, 200, error);
  assert.match(
    echo?.headers["x-forwarded-client-cert"] ?? "",
    /^By=spiffe:\/\/cluster\.local\/ns\/town\/sa\/server;.*;URI=spiffe:\/\/cluster\.local\/ns\/village\/sa\/caller$/,
  );
  assert.ok((await mesh.statistic("server-0", /^listener\.0\.0\.0\.0_15006\.ssl\.handshake$/)) > 0);
});

test("a client cannot claim to be somebody else", async () => {
  const headers = { "x-forwarded-client-cert": "URI=spiffe://cluster.local/ns/town/sa/admin" };
  const fromMesh = await mesh.app("caller-0").ask("http://server.town/", { headers });
  assert.doesNotMatch(fromMesh.echo?.headers["x-forwarded-client-cert"] ?? "", /admin/);
  const fromStranger = await mesh.app("stranger-0").ask(`http://${addressOf["server-0"]}:8000/`, { headers });
  assert.equal(fromStranger.echo?.headers["x-forwarded-client-cert"], undefined);
});

test("there is no plaintext between namespaces, whatever the protocol", async () => {
  const secret = "kept-between-the-two";
  const open = "said-in-the-open";
  const capture = await startCapture(mesh, secret, open);
  const caller = mesh.app("caller-0");
  for (const http of ["1.1", "2", "grpc"] as const) {
    const answer = await caller.ask(`http://server.town/${secret}`, { http });
    assert.equal(answer.status, 200, answer.error);
  }
  for (const port of [90, 91]) {
    const connection = await caller.connect("server.town", port);
    await connection.send({ text: secret });
    assert.equal((await connection.read(secret.length)).text, secret);
    await connection.close();
  }
  const plain = await mesh.app("stranger-0").ask(`http://${addressOf["server-0"]}:8000/${open}`);
  assert.equal(plain.status, 200, plain.error);
  const counts = await capture.stop();
  assert.equal(counts[secret], 0);
  assert.ok((counts[open] ?? 0) > 0, "what a client without a sidecar says is seen, so the capture works");
});

test("certificates are renewed, and no connection is dropped for it", async () => {
  await until(
    "both have new certificates",
    async () => (await serials()).every((serial, nth) => serial !== old.serials[nth]),
    60_000,
  );
  const { connection } = old;
  await connection.send({ text: "still there?" });
  const { text, closed, error } = await connection.read(12);
  assert.deepEqual([text, closed, error], ["still there?", false, undefined]);
  const fresh = await mesh.app("caller-0").ask("http://server.town/", { fresh: true });
  assert.equal(fresh.status, 200, fresh.error);
});

const peerAuthentication = (namespace: string, name: string, spec: string) => `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { namespace: ${namespace}, name: ${name} }
spec: ${spec}
`;
const strict = "{ mtls: { mode: STRICT } }";
const permissive = "{ mtls: { mode: PERMISSIVE } }";
const ofServer = "selector: { matchLabels: { app: server } }";

/** What a client without a sidecar reaches: server's two ports, and other. */
const rows: readonly [what: string, policies: readonly [namespace: string, spec: string][], reached: string][] = [
  ["no policy at all: everything", [], "server:8000 server:8001 other:8000"],
  ["STRICT in the mesh: nothing", [["istio-system", strict]], ""],
  [
    "STRICT in the mesh, PERMISSIVE in the namespace: everything there",
    [
      ["istio-system", strict],
      ["town", permissive],
    ],
    "server:8000 server:8001 other:8000",
  ],
  [
    "STRICT in the namespace, PERMISSIVE for the workload: just that",
    [
      ["town", strict],
      ["town", `{ ${ofServer}, mtls: { mode: PERMISSIVE } }`],
    ],
    "server:8000 server:8001",
  ],
  ["STRICT for the workload: all but that", [["town", `{ ${ofServer}, mtls: { mode: STRICT } }`]], "other:8000"],
  [
    "STRICT for the workload, PERMISSIVE for one port of it: that port, and the others",
    [["town", `{ ${ofServer}, mtls: { mode: STRICT }, portLevelMtls: { 8001: { mode: PERMISSIVE } } }`]],
    "server:8001 other:8000",
  ],
  ["STRICT in another namespace: everything here", [["village", strict]], "server:8000 server:8001 other:8000"],
];

for (const [what, policies, reached] of rows) {
  test(`a client without a sidecar reaches, with ${what}; one with a sidecar reaches all`, async () => {
    const named = policies.map(([namespace, spec], nth) => ({ namespace, name: `policy-${nth}`, spec }));
    if (named.length > 0)
      await mesh.apply(named.map(({ namespace, name, spec }) => peerAuthentication(namespace, name, spec)).join("---"));
    try {
      await until(`it reaches "${reached}"`, async () => (await reachedByStranger()) === reached);
      for (const url of ["http://server.town/", "http://server.town:81/", "http://other.town/"]) {
        const answer = await mesh.app("caller-0").ask(url, { fresh: true });
        assert.equal(answer.status, 200, answer.error ?? answer.body);
      }
    } finally {
      for (const { namespace, name } of named) await mesh.delete("PeerAuthentication", namespace, name);
    }
  });
}

/** Whoever has no sidecar calls instances by their addresses. */
async function reachedByStranger(): Promise<string> {
  const places = ["server:8000", "server:8001", "other:8000"];
  const tried = await Promise.all(
    places.map(async (place) => {
      const [name, port] = place.split(":");
      const answer = await mesh.app("stranger-0").ask(`http://${addressOf[`${name}-0`]}:${port}/`, { fresh: true });
      return answer.status === 200;
    }),
  );
  return places.filter((_, nth) => tried[nth]).join(" ");
}
