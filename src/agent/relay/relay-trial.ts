/**
 * What `relay.test.ts` runs in a network namespace of its own: a real Envoy behind the relay, and a control plane that is
 * killed and comes back. Prints what was seen.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { SecretsSource } from "#agent/identity/secrets-source.ts";
import { SupervisedEnvoy } from "#agent/proxy/supervised-envoy.ts";
import { findLastGood } from "#agent/relay/find-last-good.ts";
import type { LastGood } from "#agent/relay/last-good.ts";
import { Upstream } from "#agent/relay/upstream.ts";
import { parseSpec } from "#agent/workload/parse-spec.ts";
import { siblingKey } from "#agent/workload/spec.ts";
import { seconds } from "#base/duration.ts";
import { createLog } from "#base/log.ts";
import { findEnvoy } from "#host/envoy-binary.ts";
import { openAuthority } from "#identity/authority.ts";
import { spiffeId } from "#identity/spiffe-id.ts";
import { generateKeyAndCsr, makeSvid } from "#identity/svid.ts";

execFileSync("ip", ["link", "set", "lo", "up"]);
const directory = mkdtempSync(join(tmpdir(), "stod-relay-"));
const socket = join(directory, "xds.sock");
const log = createLog("trial", { level: "error" });
const { path: envoyPath } = await findEnvoy();

/** Requests to `/slow` are answered when this is called. */
let answerSlow = () => {};
const application = createServer((request: IncomingMessage, response: ServerResponse) => {
  if (request.url === "/slow") answerSlow = () => response.end("at last");
  else response.end("hello");
}).listen(0, "127.0.0.1");
await once(application, "listening");

async function controlPlane(startsAs = ""): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("./trial-control-plane.ts", import.meta.url));
  const args = [program, socket, `${(application.address() as AddressInfo).port}`, startsAs];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** Says how a request to the Envoy's listener ends: the route that it took, or its status. */
function ask(path: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port: 10_000, path, agent: false }, (response) => {
      response.resume();
      response.once("end", () => resolve(`${response.headers["x-route"] ?? response.statusCode}`));
    });
    request.once("error", (fault: NodeJS.ErrnoException) => resolve(`${fault.code}`));
  });
}

async function until<T>(what: string, look: () => Promise<T | false> | T | false): Promise<T> {
  for (const start = performance.now(); performance.now() - start < 10_000; await delay(5)) {
    const seen = await look();
    if (seen !== false) return seen;
  }
  throw new Error(`waited in vain for ${what}`);
}

const authority = openAuthority(join(directory, "ca"), { trustDomain: "cluster.local", now: () => new Date() });
const secrets = new SecretsSource();

/** Gives the Envoys a certificate that they did not have before. */
function newCertificate(): void {
  const id = spiffeId({ trustDomain: "cluster.local", namespace: "shop", serviceAccount: "trial" });
  const { privateKey, csr } = generateKeyAndCsr(id);
  const { chain } = authority.sign({ for: { csr }, spiffeId: id, dnsNames: [], subject: {}, ttl: seconds(3600) });
  secrets.set({ svid: makeSvid({ privateKey, chain }), roots: authority.rootBundle });
}
newCertificate();

/** A connection over TLS, and the serial number of the certificate that the Envoy shows on it. */
async function connected(): Promise<{ socket: TLSSocket; serial: string }> {
  const socket = connectTls({ host: "127.0.0.1", port: 10_001, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  return { socket, serial: socket.getPeerCertificate().serialNumber };
}

/** The first line of the answer to a request on a connection that was there before. */
async function askOn(socket: TLSSocket): Promise<string> {
  const answer = once(socket, "data");
  socket.write("GET / HTTP/1.1\r\nhost: trial\r\n\r\n");
  return `${(await answer)[0]}`.split("\r\n")[0] as string;
}

const running: LastGood[] = [];

async function envoy(name: string): Promise<SupervisedEnvoy> {
  const identity = { namespace: "shop", workload: "trial", serviceAccount: "trial", address: "127.0.0.1" };
  const spec = parseSpec({ ...identity, name, command: ["true"] });
  const lastGood = findLastGood(directory, name, siblingKey(spec), running, log);
  running.push(lastGood);
  return SupervisedEnvoy.start({
    spec,
    settings: { envoy: envoyPath, concurrency: 1, logLevel: "warning", stodVersion: "0" },
    directory: join(directory, name),
    state: directory,
    upstream,
    lastGood,
    secrets,
    log,
    onLine: (line) => /\[(error|critical)\]/.test(line) && console.error(line),
    onStanding: () => {},
  });
}

async function ready(one: SupervisedEnvoy, what: string): Promise<void> {
  await until(what, () => one.admin.isReady());
}

/** How often listeners and clusters came and were changed, and how many bytes of configuration have arrived in all. */
async function updates(one: SupervisedEnvoy): Promise<string> {
  const managers = "(listener_manager.listener|cluster_manager.cluster)_(added|modified|removed)";
  const filter = `${managers}|cluster.xds-grpc.upstream_cx_rx_bytes_total`;
  const { body } = await one.admin.ask("GET", `/stats?filter=${encodeURIComponent(filter)}`);
  return body.toString().trim().split("\n").join(" ");
}

const seen: Record<string, unknown> = {};
const upstream = new Upstream(socket, log);
upstream.start();

let control = await controlPlane();
const first = await envoy("trial-0");
await ready(first, "the first configuration");
seen["with the control plane"] = await until("the route", async () => (await ask("/")) === "first" && "first");

const old = await connected();
newCertificate();
seen["a new certificate"] = await until("it to be shown", async () => {
  const { socket, serial } = await connected();
  socket.destroy();
  return serial !== old.serial && "is shown";
});
seen["the connections of the one before"] = await askOn(old.socket);
old.socket.destroy();

const before = await updates(first);
const slow = ask("/slow");
await killed(control);
await until("the loss to be noticed", () => upstream.reach === "down");
seen["while it is away"] = await ask("/");

control = await controlPlane();
await until("the control plane to be found", () => upstream.reach === "up");
await delay(300);
seen["when it is back"] = await ask("/");
seen["nothing was sent again"] = (await updates(first)) === before || `${before} / ${await updates(first)}`;
answerSlow();
seen["a request that was in flight all the time"] = await slow;

control.kill("SIGUSR1");
seen["a change after that"] = await until("the change", async () => (await ask("/")) === "changed" && "changed");

await delay(200);
await killed(control);
await until("the loss to be noticed", () => upstream.reach === "down");
process.kill(first.pid as number, "SIGKILL");
await until("the Envoy to be started again", () => first.restarts === 1 && first.pid !== undefined);
await ready(first, "the configuration from disk");
seen["an Envoy killed meanwhile"] = await until(
  "the kept route",
  async () => (await ask("/")) === "changed" && "changed",
);

const sibling = await envoy("trial-1");
await ready(sibling, "a sibling's configuration");
await first.stop();
seen["a new Envoy meanwhile"] = await until(
  "the sibling's route",
  async () => (await ask("/")) === "changed" && "changed",
);
const siblings = await updates(sibling);
control = await controlPlane("changed");
await until("the control plane to be found", () => upstream.reach === "up");
await delay(300);
seen["is handed over without a change"] =
  (await updates(sibling)) === siblings || `${siblings} / ${await updates(sibling)}`;
control.kill("SIGUSR1");
await killed(control);

console.log(JSON.stringify(seen));
await sibling.stop();
upstream.close();
application.close();
rmSync(directory, { recursive: true });
process.exit(0);
