import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { scratchDirectory } from "../measure/at-end.ts";
import { cpuSeconds, residentMiB } from "../measure/process-cost.ts";
import { median } from "../measure/statistics.ts";
import { figure, printTable } from "../measure/table.ts";
import { certificateFor } from "./certificate.ts";
import { Fleet } from "./fleet.ts";
import { changeEndpoint, changeRoute, converge, type Phase } from "./phases.ts";
import { type RunningServer, startServer } from "./server.ts";
import { namespace, type Size, serviceName, serviceObject, workloadName, workloadObject } from "./world.ts";

interface Options {
  readonly size: Size;
  readonly vhds: boolean;
  readonly tls: boolean;
  readonly changes: number;
  readonly restSeconds: number;
  readonly nodeFlags: readonly string[];
}

interface Round {
  readonly start: { readonly seconds: number; readonly cpuSeconds: number; readonly residentMiB: number };
  readonly cold: Phase;
  readonly route: Phase;
  readonly endpoint: Phase;
  readonly restMiB: number;
  readonly restCpu: number;
}

/** Measures the control plane with a thousand proxies that are given everything; see bench/README.md. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      services: { type: "string" },
      proxies: { type: "string" },
      rounds: { type: "string" },
      changes: { type: "string" },
      rest: { type: "string" },
      inline: { type: "boolean", default: false },
      tls: { type: "boolean", default: false },
      "node-flag": { type: "string", multiple: true, default: [] },
    },
  });
  const quick = values.quick;
  const options: Options = {
    size: {
      services: Number(values.services ?? 1000),
      endpointsPerService: 2,
      proxies: Number(values.proxies ?? 1000),
    },
    vhds: !values.inline,
    tls: values.tls,
    changes: Number(values.changes ?? (quick ? 5 : 20)),
    restSeconds: Number(values.rest ?? (quick ? 5 : 60)),
    nodeFlags: values["node-flag"],
  };
  const rounds: Round[] = [];
  for (let round = 0; round < Number(values.rounds ?? (quick ? 1 : 3)); round++) rounds.push(await runRound(options));
  report(options, rounds);
}

async function runRound(options: Options): Promise<Round> {
  const { path: directory, remove } = scratchDirectory();
  try {
    const filling = await startServer(directory, []);
    await fill(filling, options.size);
    await filling.stop();

    // As after a restart: all objects are in its store, no proxy has come yet.
    const server = await startServer(directory, options.nodeFlags);
    const start = {
      seconds: server.startMs / 1000,
      cpuSeconds: cpuSeconds(server.pid),
      residentMiB: residentMiB(server.pid),
    };
    const fleet = new Fleet();
    try {
      const target = options.tls
        ? { port: server.xdsPort, ...certificateFor(join(directory, "state", "ca"), namespace) }
        : { unix: server.xdsSocket };
      const cold = await converge(server, fleet, target, options);
      const route = await changeRoute(server, fleet, options);
      const endpoint = await changeEndpoint(server, fleet, options);
      const before = cpuSeconds(server.pid);
      await sleep(options.restSeconds * 1000);
      const restCpu = cpuSeconds(server.pid) - before;
      return { start, cold, route, endpoint, restMiB: residentMiB(server.pid), restCpu };
    } finally {
      fleet.end();
      await server.stop();
    }
  } finally {
    remove();
  }
}

/** Registers the mesh as `stod up` and agents do. */
async function fill({ api }: RunningServer, { services, endpointsPerService }: Size): Promise<void> {
  for (let service = 0; service < services; service++) {
    await api.ask("PUT", `/v1/services/${namespace}/${serviceName(service)}`, serviceObject(service));
    for (let endpoint = 0; endpoint < endpointsPerService; endpoint++) {
      const path = `/v1/workloads/${namespace}/${workloadName(service, endpoint)}`;
      await api.ask("PUT", path, { workloadEntry: workloadObject(service, endpoint), healthy: true });
    }
  }
}

function report({ size, vhds, tls, changes, restSeconds }: Options, rounds: readonly Round[]): void {
  const kind = vhds ? "virtual hosts one by one (VHDS)" : "route configurations whole";
  console.log(
    `\nControl plane: ${size.services} services of ${size.endpointsPerService} endpoints, ${size.proxies} delta proxies ` +
      `that are given everything, ${kind}, over ${tls ? "TLS" : "a unix socket"}; ` +
      `${rounds.length} round(s), changes: median of ${changes}.\n`,
  );
  const row = (name: string, goal: string, value: (round: Round) => number) => {
    const values = rounds.map(value);
    return [name, goal, figure(median(values)), values.map(figure).join(" ")];
  };
  printTable(
    ["", "goal", "median", "rounds"],
    [
      row("start until it serves, s", "", ({ start }) => start.seconds),
      row("start, CPU-s", "", ({ start }) => start.cpuSeconds),
      row("start, resident MiB", "", ({ start }) => start.residentMiB),
      row("cold: all proxies have all, s", "4", ({ cold }) => cold.lastMs / 1000),
      row("cold, CPU-s", "3", ({ cold }) => cold.cpuSeconds),
      row("cold, peak MiB", "250", ({ cold }) => cold.peakMiB),
      row("cold, MB on the wire", "", ({ cold }) => cold.megabytes),
      row("route change to a proxy, p50 ms", "", ({ route }) => route.p50Ms),
      row("route change to a proxy, p99 ms", "60", ({ route }) => route.p99Ms),
      row("route change to the last, ms", "", ({ route }) => route.lastMs),
      row("route change, CPU-s", "0.1", ({ route }) => route.cpuSeconds),
      row("route change, MB on the wire", "4", ({ route }) => route.megabytes),
      row("endpoint change to a proxy, p50 ms", "", ({ endpoint }) => endpoint.p50Ms),
      row("endpoint change to a proxy, p99 ms", "50", ({ endpoint }) => endpoint.p99Ms),
      row("endpoint change to the last, ms", "", ({ endpoint }) => endpoint.lastMs),
      row("endpoint change, CPU-s", "0.04", ({ endpoint }) => endpoint.cpuSeconds),
      row("endpoint change, MB on the wire", "", ({ endpoint }) => endpoint.megabytes),
      row(`at rest for ${restSeconds} s, resident MiB`, "200", ({ restMiB }) => restMiB),
      row(`at rest for ${restSeconds} s, CPU-s`, "", ({ restCpu }) => restCpu),
    ],
  );
}
