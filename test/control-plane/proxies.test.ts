import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { status } from "#grpc/status.ts";
import { spiffeIdOf } from "#identity/peer.ts";
import { generateKeyAndCsr } from "#identity/svid.ts";
import { clusterType } from "#xds/type-urls.ts";
import { Client, type Who } from "./client.ts";
import { askCertificate, idOf, tlsOf, withoutCertificate } from "./identities.ts";
import { Running } from "./running.ts";

const strangers: readonly [what: string, who: Who, why: RegExp][] = [
  ["another namespace", { name: "client", namespace: "bank" }, /certificate is of .*ns\/shop\/sa\/client/],
  [
    "another service account",
    { name: "client", serviceAccount: "admin" },
    /node says it is client\.shop of shop\/admin/,
  ],
  [
    "a namespace that its id denies",
    { name: "client", metadata: { NAMESPACE: "bank" } },
    /its metadata "client\.bank"/,
  ],
  ["a name that its id denies", { name: "client", metadata: { NAME: "admin" } }, /its metadata "admin\.shop"/],
  ["no id", { name: "client", id: "" }, /node id "" is not of the form/],
  ["another program's id", { name: "client", id: "ztunnel~1~2~3" }, /is not of the form/],
  ["an id with more in it", { name: "client", id: "sidecar~10.0.0.1~client.shop~x~y" }, /is not of the form/],
  ["an id of a megabyte", { name: "client", id: "x".repeat(1 << 20) }, /more than 1024 characters/],
  ["labels that are no map", { name: "client", metadata: { LABELS: ["app"] } }, /not a small map of short texts/],
  ["a label that is no text", { name: "client", metadata: { LABELS: { app: 7 } } }, /not a small map/],
  ["a label of a kilobyte", { name: "client", labels: { app: "x".repeat(1024) } }, /not a small map/],
  [
    "a thousand labels",
    { name: "client", labels: Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`l${n}`, ""])) },
    /not a small map/,
  ],
];

test("a certificate opens the stream of its own identity, and no other", async () => {
  await using cp = await Running.start({ tls: true });
  const tls = await tlsOf(cp.state, idOf("client"));
  const to = { host: "127.0.0.1", port: cp.running.ports.xds ?? 0, tls };
  const own: Who = { name: "client", serviceAccount: "client" };
  using client = new Client(to, own);
  await client.until(() => client.names(clusterType).length > 0);
  for (const [what, who, why] of strangers) {
    using other = new Client(to, { serviceAccount: "client", ...who });
    const lost = await other.until(() => other.losses[0]);
    assert.equal(lost.code, status.permissionDenied, what);
    assert.match(lost.message, why, what);
    assert.ok(
      cp.logged.some((line) => line.includes("a stream was refused") && why.test(line.replaceAll('\\"', '"'))),
      `${what} is logged`,
    );
  }
  const { body } = await cp.ask("GET", "/v1/proxies");
  assert.deepEqual(
    body.proxies.map(({ name }: { name: string }) => name),
    ["client"],
  );
});

test("nobody takes a proxy's place by taking its name", async () => {
  await using cp = await Running.start({ tls: true });
  const connect = async (serviceAccount: string, labels: Record<string, string>) => {
    const tls = await tlsOf(cp.state, idOf(serviceAccount));
    return new Client(
      { host: "127.0.0.1", port: cp.running.ports.xds ?? 0, tls },
      { name: "pay-0", serviceAccount, labels },
    );
  };
  using pay = await connect("pay", { app: "pay" });
  await pay.until(() => pay.names(clusterType).length > 0);
  using thief = await connect("thief", { app: "thief" });
  await thief.until(() => thief.names(clusterType).length > 0);
  const labels = [...cp.running.parts.mesh.inputs.proxies.values()].map(({ labels }) => labels.app);
  assert.deepEqual(labels.sort(), ["pay", "thief"]);
});

test("who shows no certificate, one of another authority, or no TLS at all, is turned away", async () => {
  await using cp = await Running.start({ tls: true });
  await using elsewhere = await Running.start();
  const port = cp.running.ports.xds ?? 0;
  const foreign = { ...(await tlsOf(elsewhere.state, idOf("client"))), ...withoutCertificate(cp.state) };
  const places = [
    { host: "127.0.0.1", port, tls: withoutCertificate(cp.state) },
    { host: "127.0.0.1", port, tls: foreign },
    { loopbackPort: port },
  ];
  for (const place of places) {
    using client = new Client(place, { name: "client", serviceAccount: "client" });
    await client.until(() => client.losses.length > 1);
    assert.equal(client.names(clusterType).length, 0);
  }
  assert.equal((await cp.ask("GET", "/v1/proxies")).body.proxies.length, 0);
});

test("over TLS a caller is given a certificate of its own identity, and no other", async () => {
  await using cp = await Running.start({ tls: true });
  const tls = await tlsOf(cp.state, idOf("client"));
  const to = { host: "127.0.0.1", port: cp.running.ports.xds ?? 0, tls };
  const [leaf = "", ...rest] = await askCertificate(to, generateKeyAndCsr(idOf("client")).csr, 10 * 365 * 86_400);
  assert.equal(spiffeIdOf(new X509Certificate(leaf)), idOf("client"));
  const life = new X509Certificate(leaf).validToDate.getTime() - Date.now();
  assert.ok(life < 25 * 3_600_000, "however long it is asked for, it lives for a day");
  assert.equal(new X509Certificate(rest.at(-1) ?? "").subject, new X509Certificate(rest.at(-1) ?? "").issuer);
  const refused: readonly [csr: string, code: number][] = [
    [generateKeyAndCsr(idOf("admin")).csr, status.permissionDenied],
    [generateKeyAndCsr(idOf("client", "bank")).csr, status.permissionDenied],
    ["", status.invalidArgument],
    ["-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", status.invalidArgument],
  ];
  for (const [csr, code] of refused) {
    await assert.rejects(askCertificate(to, csr), (fault: { code?: number }) => fault.code === code);
  }
  assert.ok(cp.logged.some((line) => line.includes("a certificate was refused") && line.includes("/sa/admin")));
});

test("our own agent is given what it asks for, within the trust domain", async () => {
  await using cp = await Running.start();
  const to = { unix: join(cp.state, "run", "xds.sock") };
  const [leaf = ""] = await askCertificate(to, generateKeyAndCsr(idOf("anyone", "bank")).csr);
  assert.equal(spiffeIdOf(new X509Certificate(leaf)), idOf("anyone", "bank"));
  const foreign = idOf("anyone").replace("cluster.local", "other.example") as ReturnType<typeof idOf>;
  await assert.rejects(askCertificate(to, generateKeyAndCsr(foreign).csr), { code: status.permissionDenied });
});
