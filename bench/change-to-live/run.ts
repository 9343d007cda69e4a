import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { scratchDirectory } from "../measure/at-end.ts";
import { percentile } from "../measure/statistics.ts";
import { StodMesh } from "../measure/stod-mesh.ts";
import { figure, printTable } from "../measure/table.ts";

const port = 8000;
const application = fileURLToPath(new URL("application.ts", import.meta.url));
const poller = fileURLToPath(new URL("poller.ts", import.meta.url));

/** Measures how long a saved route takes to the first request that is routed anew; see bench/README.md. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: "boolean", default: false }, changes: { type: "string" } },
  });
  const changes = Number(values.changes ?? (values.quick ? 10 : 50));
  const { path: directory, remove } = scratchDirectory();
  writeMesh(directory);
  const mesh = StodMesh.start(directory);
  const client = new Client(mesh);
  try {
    const saved = await repeat(changes, client, (version) => save(directory, version));
    rmSync(routeFile(directory));
    const waited: number[] = [];
    const applied = await repeat(changes, client, (version) => {
      const begin = clockMs();
      const file = join(directory, "applied.yaml");
      writeFileSync(file, route(version));
      mesh.run("apply", "-f", file, "--wait");
      waited.push(clockMs() - begin);
    });
    report(changes, saved, applied, waited.slice(1));
  } finally {
    client.end();
    mesh.stop();
    remove();
  }
}

/** Makes a change again and again, and returns the milliseconds that each took to be seen by the client. */
async function repeat(times: number, client: Client, change: (version: string) => void): Promise<readonly number[]> {
  const took: number[] = [];
  for (let number = 0; number <= times; number++) {
    const version = number % 2 === 0 ? "v2" : "v1";
    const seen = client.sees(version);
    const begin = clockMs();
    change(version);
    took.push((await seen) - begin);
    // Not in step with anything that happens at intervals.
    await sleep(100 + Math.random() * 200);
  }
  return took.slice(1); // the first one meets code that has never run
}

/** The poller in the client's workload. */
class Client {
  readonly #child: ChildProcess;
  #said: readonly [at: number, said: string] = [0, ""];
  #wake: () => void = () => undefined;

  constructor(mesh: StodMesh) {
    const { enter } = mesh.inside("client-0", "application");
    const [program = "", ...args] = enter([process.execPath, poller, `http://server:${port}/`]);
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const [at = "", ...said] = line.split(" ");
      this.#said = [Number(at), said.join(" ")];
      this.#wake();
    });
  }

  /** When the answer became this, by the machine's clock. */
  async sees(version: string): Promise<number> {
    const limit = AbortSignal.timeout(10_000);
    for (;;) {
      const [at, said] = this.#said;
      if (said === version) return at;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#wake = resolve;
      limit.addEventListener("abort", () => reject(new Error(`the client still sees ${said}, and not ${version}`)));
      await promise;
    }
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function writeMesh(directory: string): void {
  const command = (version: string) => `${process.execPath} ${application} ${port} ${version}`;
  const versions = { v1: { command: command("v1") }, v2: { command: command("v2") } };
  const subsets = ["v1", "v2"].map((name) => ({ name, labels: { version: name } }));
  const file = {
    name: "bench",
    services: { server: { ports: [`${port}/http`], versions }, client: { command: "sleep infinity" } },
  };
  const rule = {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "server" },
    spec: { host: "server", subsets },
  };
  mkdirSync(join(directory, "mesh"));
  writeFileSync(join(directory, "stod.yaml"), JSON.stringify(file)); // which is YAML as well
  writeFileSync(join(directory, "mesh", "server.yaml"), JSON.stringify(rule));
  save(directory, "v1");
}

function route(version: string): string {
  return JSON.stringify({
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "server" },
    spec: { hosts: ["server"], http: [{ route: [{ destination: { host: "server", subset: version } }] }] },
  });
}

function routeFile(directory: string): string {
  return join(directory, "mesh", "route.yaml");
}

/** As editors save: a new file in the place of the old one. */
function save(directory: string, version: string): void {
  const draft = join(directory, "mesh", ".route.yaml.draft");
  writeFileSync(draft, route(version));
  renameSync(draft, routeFile(directory));
}

function report(
  changes: number,
  saved: readonly number[],
  applied: readonly number[],
  waited: readonly number[],
): void {
  console.log(`\nChange to live: ${changes} changes of a route, each until the first request that is routed anew.\n`);
  const row = (name: string, goal: string, took: readonly number[]) => [
    name,
    goal,
    ...[0.5, 0.99].map((share) => figure(percentile(took, share))),
    figure(Math.min(...took)),
    figure(Math.max(...took)),
  ];
  printTable(
    ["", "goal", "median ms", "p99 ms", "min ms", "max ms"],
    [
      row("file saved", "median 50", saved),
      row("stod apply --wait, from its start", "", applied),
      row("stod apply --wait, until it returns", "", waited),
    ],
  );
}
