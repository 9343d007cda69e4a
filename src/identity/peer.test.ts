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

/** A server that answers with who its client is, and refuses clients that this mesh did not sign. */
async function listening(t: { after(end: () => void): void }): Promise<number> {
  const options = { ...svidOf("reviews"), ca: mesh.rootBundle, requestCert: true, minVersion: "TLSv1.3" } as const;
  const server = createServer(options, (socket: TLSSocket) => {
    const certificate = socket.getPeerX509Certificate();
    socket.end(String(certificate && spiffeIdOf(certificate)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, client: { key?: string; cert?: string }): Promise<string> {
  // Names are not checked: a workload's certificate says who it is by its URI.
  const socket = connect({
    port,
    host: "127.0.0.1",
    ca: mesh.rootBundle,
    checkServerIdentity: () => undefined,
    ...client,
  });
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

test("over mTLS, a server knows which workload its client is", async (t) => {
  assert.equal(await ask(await listening(t), svidOf("client")), "spiffe://cluster.local/ns/shop/sa/client");
});

test("a client without a certificate is refused", async (t) => {
  const port = await listening(t);
  await assert.rejects(ask(port, {}), /certificate required/i);
});

test("a client of another mesh with the same trust domain is refused", async (t) => {
  const port = await listening(t);
  await assert.rejects(ask(port, svidOf("client", meshOf("other"))), /unknown ca|certificate/i);
});
