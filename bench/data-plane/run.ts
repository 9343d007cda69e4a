import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findEnvoy } from "#host/envoy-binary.ts";
import { scratchDirectory } from "../measure/at-end.ts";
import { anonymousMiB, threadSeconds } from "../measure/process-cost.ts";
import { median } from "../measure/statistics.ts";
import type { Inside } from "../measure/stod-mesh.ts";
import { StodMesh } from "../measure/stod-mesh.ts";
import { figure, printTable } from "../measure/table.ts";
import { BareGround, serverAddress } from "./bare-ground.ts";
import { type Hop, ports, writeApplication } from "./envoy-files.ts";
import { fullSpeed, type Seen, steady } from "./load.ts";

/** One way from a client to a server. */
interface Way {
  readonly name: string;
  readonly client: Inside;
  readonly url: string;
  /** The proxies on the way: the client's, the server's. */
  readonly proxies: readonly number[];
}

interface Slice extends Seen {
  /** CPU of each proxy, in microseconds a request. */
  readonly cpu: readonly number[];
  readonly memory: readonly number[];
}

/** Measures what our sidecars cost beside a hand-written pair and beside none; see bench/README.md. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
      "log-all": { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 10));
  const seconds = Number(values.seconds ?? (values.quick ? 3 : 6));
  const { path: directory, remove } = scratchDirectory();
  const { path: envoy } = await findEnvoy();
  writeMesh(directory, envoy, values["log-all"]);
  const bare = await startBare(directory, envoy, "h2");
  const bareHttp1 = await startBare(directory, envoy, "http/1.1");
  const mesh = StodMesh.start(directory);
  try {
    const ways = waysOf(bare, bareHttp1, mesh);
    for (const load of [steady, fullSpeed]) {
      const slices = new Map<Way, Slice[]>(ways.map((way) => [way, []]));
      for (const way of ways) await measure(way, load, 1); // connections, caches
      for (let round = 0; round < rounds; round++) {
        // In changing order, so that whatever else the machine does meets each of them alike.
        const order = ways.map((_, at) => ways[(at + round) % ways.length] as Way);
        for (const way of order) slices.get(way)?.push(await measure(way, load, seconds));
      }
      report(load === steady ? "1,000 requests a second" : "Full speed", load === steady ? 1.05 : 1.15, slices);
    }
  } finally {
    mesh.stop();
    await bare.stop();
    await bareHttp1.stop();
    remove();
  }
}

function startBare(directory: string, envoy: string, hop: Hop): Promise<BareGround> {
  const own = join(directory, hop.replace("/", "-"));
  mkdirSync(own);
  return BareGround.start(own, envoy, hop, { pair: 2, application: 1 });
}

function writeMesh(directory: string, envoy: string, logAll: boolean): void {
  const application = writeApplication(directory, ports.application + 1);
  const command = `${envoy} --config-path ${application} --concurrency 1 --disable-hot-restart --log-level error`;
  const file = {
    name: "bench",
    ...(logAll && { meshConfig: { accessLogFile: "/dev/stdout" } }),
    services: {
      server: { ports: [`${ports.application + 1}/http`], command },
      client: { command: "sleep infinity" },
    },
  };
  writeFileSync(join(directory, "stod.yaml"), JSON.stringify(file)); // which is YAML as well
}

function waysOf(bare: BareGround, bareHttp1: BareGround, mesh: StodMesh): readonly Way[] {
  const sidecars = ["client-0", "server-0"].map((instance) => mesh.inside(instance, "proxy").pid);
  return [
    { name: "no proxy", client: bare.client, url: `http://${serverAddress}:${ports.application}/`, proxies: [] },
    throughBare("bare pair", bare),
    throughBare("bare pair, HTTP/1.1 between", bareHttp1),
    {
      name: "stod's sidecars",
      client: mesh.inside("client-0", "application"),
      url: `http://server:${ports.application + 1}/`,
      proxies: sidecars,
    },
  ];
}

function throughBare(name: string, { client, server }: BareGround): Way {
  return { name, client, url: `http://127.0.0.1:${ports.client}/`, proxies: [client.pid, server.pid] };
}

async function measure({ client, url, proxies }: Way, load: typeof steady, seconds: number): Promise<Slice> {
  const before = proxies.map(threadSeconds);
  const seen = await load(client, url, seconds);
  const cpu = proxies.map((pid, nth) => ((threadSeconds(pid) - (before[nth] ?? 0)) * 1e6) / seen.requests);
  return { ...seen, cpu, memory: proxies.map(anonymousMiB) };
}

function report(title: string, goal: number, slices: ReadonlyMap<Way, readonly Slice[]>): void {
  const both = ({ cpu }: Slice) => cpu.reduce((sum, each) => sum + each, 0);
  const bare = [...slices].find(([{ name }]) => name === "bare pair")?.[1] ?? [];
  console.log(
    `\n${title} (medians of ${bare.length} slices; the goal is ${goal} times the bare pair's CPU a request)\n`,
  );
  const rows = [...slices].map(([{ name, proxies }, of]) => {
    const middle = (value: (slice: Slice) => number) => figure(median(of.map(value)));
    const isProxied = proxies.length > 0;
    // Slices of one round were taken one right after the other.
    const ratios = of.map((slice, round) => both(slice) / both(bare[round] as Slice));
    return [
      name,
      middle(({ perSecond }) => perSecond),
      middle(({ p50Ms }) => p50Ms),
      middle(({ p99Ms }) => p99Ms),
      ...[0, 1].map((nth) => (isProxied ? middle(({ cpu }) => cpu[nth] ?? Number.NaN) : "")),
      isProxied ? middle(both) : "",
      isProxied ? figure(median(ratios)) : "",
      ...[0, 1].map((nth) => (isProxied ? middle(({ memory }) => memory[nth] ?? Number.NaN) : "")),
    ];
  });
  const headings = ["", "requests/s", "p50 ms", "p99 ms", "client's µs", "server's µs", "both µs", "÷ bare"];
  printTable([...headings, "client's own MiB", "server's own MiB"], rows);
}
