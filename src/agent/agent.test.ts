import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, request, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Agent } from "#agent/agent.ts";
import { serveAgentApi } from "#agent/agent-api.ts";
import { milliseconds, seconds } from "#base/duration.ts";
import { createLog } from "#base/log.ts";
import { GrpcServer } from "#grpc/server.ts";
import { listenUnix } from "#grpc/unix-socket.ts";

/** An agent with its API, and who it registers with; workloads have no Envoy, and share this machine's network. */
class Place {
  readonly directory = mkdtempSync(join(tmpdir(), "stod-agent-"));
  /** What the registry heard, in order. */
  readonly heard: string[] = [];
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    mkdirSync(join(this.directory, "run"));
  }

  static async start(t: TestContext): Promise<Place> {
    const place = new Place(t);
    const run = join(place.directory, "run");
    const grpc = new GrpcServer({ methods: new Map() });
    await grpc.listen({ unix: join(run, "xds.sock") });
    const registry = createServer((ask, answer) => place.#hear(`${ask.method} ${ask.url}`, ask, answer));
    await listenUnix(registry, join(run, "api.sock"));
    const agent = await Agent.start({
      state: place.directory,
      controlPlane: { xds: join(run, "xds.sock"), api: join(run, "api.sock") },
      trustDomain: "cluster.local",
      certificateTtl: seconds(3600),
      envoy: { envoy: "envoy", concurrency: 1, logLevel: "warning", stodVersion: "0" },
      dns: undefined,
      log: createLog("test", { level: "error", sink: () => {} }),
    });
    const api = await serveAgentApi(agent, join(run, "agent.sock"));
    t.after(async () => {
      api.close();
      await agent.stop();
      registry.close();
      registry.closeAllConnections();
      await grpc.shutdown(milliseconds(0));
      rmSync(place.directory, { recursive: true });
    });
    return place;
  }

  async #hear(line: string, ask: AsyncIterable<Buffer>, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of ask) chunks.push(chunk);
    if (line.startsWith("GET")) {
      answer.writeHead(404).end();
      return;
    }
    const [method, path] = line.split(/[ ?]/);
    const health = chunks.length === 0 ? "" : ` healthy=${JSON.parse(Buffer.concat(chunks).toString()).healthy}`;
    this.heard.push(`${method} ${path}${health}`);
    answer.end(JSON.stringify({ rollout: { proxies: 0, live: 0 } }));
  }

  async call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const ask = request({ socketPath: join(this.directory, "run", "agent.sock"), method, path, agent: false });
    ask.end(body && JSON.stringify(body));
    const [response] = await once(ask, "response");
    const chunks: Buffer[] = await response.toArray();
    return { status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) };
  }

  put(fields: object) {
    return this.call("PUT", "/v1/workloads/worker-0?wait", { ...worker, ...fields });
  }

  async worker(): Promise<{ ready: boolean; pid: number; restarts: number; problem?: string }> {
    const [status] = (await this.call("GET", "/v1/workloads")).body as [Awaited<ReturnType<Place["worker"]>>];
    return status;
  }

  output(): string {
    return readFileSync(join(this.directory, "logs", "worker-0.log"), "utf8");
  }

  /** Waits until something is so, which the test's own limit ends. */
  async until(isSo: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await isSo()) && !this.#t.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const forever = 'trap "echo bye; exit 0" TERM; echo hello; while :; do sleep 0.05; done';
const worker = {
  name: "worker-0",
  namespace: "shop",
  workload: "worker",
  serviceAccount: "worker",
  address: "127.0.0.1",
  sidecar: false,
  command: ["sh", "-c", forever],
  env: { PATH: process.env.PATH },
};
const limit = { timeout: 30_000 };
const registered = "/v1/workloads/shop/worker-0";

test(
  "a workload is registered, healthy when it is ready, and off the registry before it is asked to end",
  limit,
  async (t) => {
    const place = await Place.start(t);
    const { status } = await place.put({});
    assert.equal(status, 200);
    await place.until(() => place.heard.at(-1) === `PUT ${registered} healthy=true`);
    await place.until(() => place.output().includes("hello"));
    await place.call("DELETE", "/v1/workloads/worker-0");
    assert.equal(place.heard.at(-1), `DELETE ${registered}`);
    assert.match(place.output(), /^hello\n(Terminated\n)?bye\n/);
    assert.deepEqual((await place.call("GET", "/v1/workloads")).body, []);
  },
);

test("an application that dies is unhealthy until it is back, and says why it was away", limit, async (t) => {
  const place = await Place.start(t);
  await place.put({});
  process.kill((await place.worker()).pid, "SIGKILL");
  await place.until(async () => {
    const { ready, restarts } = await place.worker();
    return ready && restarts === 1;
  });
  await place.until(() => place.heard.filter((line) => line.endsWith("healthy=true")).length === 2);
  assert.deepEqual(place.heard.slice(-3), [
    `PUT ${registered} healthy=true`,
    `PUT ${registered} healthy=false`,
    `PUT ${registered} healthy=true`,
  ]);
  assert.match(place.output(), /\[stod\] sh was ended by SIGKILL and starts again in \d+ms/);
});

test("a command that does not exist is a problem that the status tells", limit, async (t) => {
  const place = await Place.start(t);
  const put = place.call("PUT", "/v1/workloads/worker-0", { ...worker, command: ["/no/such/program"] });
  assert.equal((await put).status, 200);
  await place.until(async () => (await place.worker()).problem !== undefined);
  assert.match((await place.worker()).problem ?? "", /no\/such\/program/);
  assert.equal((await place.worker()).ready, false);
});

test("a changed workload replaces the one that runs, the same again does not", limit, async (t) => {
  const place = await Place.start(t);
  const results: unknown[] = [];
  for (const fields of [{}, {}, { labels: { version: "v2" } }]) {
    results.push(((await place.put(fields)).body as { result: string }).result);
  }
  assert.deepEqual(results, ["started", "unchanged", "replaced"]);
});

test("readiness by a port is there when something listens on it", limit, async (t) => {
  const place = await Place.start(t);
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await place.put({ readiness: { tcp: port } });
  assert.equal((await place.worker()).ready, true);
});

const refused: readonly [method: string, path: string, body: object | undefined, status: number, says: RegExp][] = [
  ["PUT", "/v1/workloads/worker-0", { ...worker, address: "here" }, 400, /^address is "here"/],
  ["PUT", "/v1/workloads/other-0", worker, 400, /the path says other-0/],
  ["DELETE", "/v1/workloads/nobody-0", undefined, 404, /no workload nobody-0/],
  ["POST", "/v1/workloads/nobody-0/restart", undefined, 404, /no workload nobody-0/],
  ["GET", "/v1/workloads/nobody-0/proxy/stats", undefined, 404, /no proxy/],
  ["GET", "/v2", undefined, 404, /no \/v2/],
];

test("the API refuses what it cannot do, in words, and only its owner can open its socket", limit, async (t) => {
  const place = await Place.start(t);
  assert.equal(statSync(join(place.directory, "run", "agent.sock")).mode & 0o777, 0o600);
  for (const [method, path, body, status, says] of refused) {
    const answer = await place.call(method, path, body);
    assert.equal(answer.status, status, path);
    assert.match((answer.body as { error: { says: string } }).error.says, says);
  }
});
