import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { seconds } from "#base/duration.ts";
import { openAuthority } from "#identity/authority.ts";
import { spiffeIdOf } from "#identity/peer.ts";
import { spiffeId } from "#identity/spiffe-id.ts";
import { generateKeyAndCsr } from "#identity/svid.ts";

const directory = mkdtempSync(join(tmpdir(), "stod-peer-"));
after(() => rmSync(directory, { recursive: true }));

const meshOf = (name: string) =>
  openAuthority(join(directory, name), { trustDomain: "cluster.local", now: () => new Date() });
const mesh = meshOf("ca");

function svidOf(serviceAccount: string, authority = mesh) {
  const id = spiffeId({ trustDomain: "cluster.local", namespace: "shop", serviceAccount });
  const { privateKey, csr } = generateKeyAndCsr(id);
  const { chain } = authority.sign({ for: { csr }, spiffeId: id, dnsNames: [], subject: {}, ttl: seconds(60) });
  return { key: privateKey, cert: chain };
}

/** A server that answers with who its client is, or why it would not be let in. */
async function listening(t: { after(end: () => void): void }): Promise<number> {
  // Node hangs up without a word where it rejects by itself, so the reason is asked for.
  const checks = { ca: mesh.rootBundle, requestCert: true, rejectUnauthorized: false } as const;
  const server = createServer({ ...svidOf("reviews"), ...checks, minVersion: "TLSv1.3" }, (socket: TLSSocket) => {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) socket.end("no certificate");
    else if (socket.authorized) socket.end(String(spiffeIdOf(certificate)));
    else socket.end(String(socket.authorizationError));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, client: { key?: string; cert?: string }): Promise<string> {
  // Names are not checked: a workload's certificate says who it is by its URI.
  const checks = { ca: mesh.rootBundle, checkServerIdentity: () => undefined };
  const socket = connect({ port, host: "127.0.0.1", ...checks, ...client });
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

const clients: readonly [what: string, client: () => { key?: string; cert?: string }, answer: RegExp][] = [
  [
    "of this mesh is known by its identity",
    () => svidOf("client"),
    /^spiffe:\/\/cluster\.local\/ns\/shop\/sa\/client$/,
  ],
  ["without a certificate has no identity", () => ({}), /^no certificate$/],
  [
    "of another mesh with the same trust domain does not pass",
    () => svidOf("client", meshOf("other")),
    /^UNABLE_TO_GET_ISSUER_CERT_LOCALLY$/,
  ],
];

for (const [what, client, answer] of clients) {
  test(`over mTLS, a client ${what}`, async (t) => assert.match(await ask(await listening(t), client()), answer));
}
