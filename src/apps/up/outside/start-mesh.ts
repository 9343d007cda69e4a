import { randomBytes } from "node:crypto";
import { createWriteStream, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type InsideEvent, parseEvent } from "#apps/up/inside/events.ts";
import { instancesOf } from "#apps/up/inside/instances.ts";
import type { MeshFile } from "#apps/up/mesh-file/mesh-file.ts";
import { readMeshFile } from "#apps/up/mesh-file/read-mesh-file.ts";
import { openDoor } from "#apps/up/outside/door.ts";
import { publishedPorts, schemeOf } from "#apps/up/published-ports.ts";
import {
  clearRun,
  defaultStateDirectory,
  lockState,
  type MeshRecord,
  prepareStateDirectory,
  writeRecord,
} from "#apps/up/state-directory.ts";
import type { Finding } from "#findings/finding.ts";
import { findEnvoy } from "#host/envoy-binary.ts";
import { HostFault } from "#host/host-fault.ts";
import { type MeshNamespace, namespaceFault, spawnInMeshNamespace } from "#host/mesh-namespace.ts";
import { portsFrom } from "#host/ports.ts";
import { meshPrograms, requirePrograms } from "#host/prerequisites.ts";
import { eachLine } from "#host/process-lines.ts";
import { relayFromPort } from "#host/relay.ts";

export interface StartOptions {
  /** Of a `stod.yaml`. */
  readonly directory: string;
  readonly state: string | undefined;
  /** The first host port; 0 for any free ones. */
  readonly portBase: number;
  readonly envoy: string | undefined;
  readonly onEvent: (event: InsideEvent) => void;
}

/** A mesh that this process has started and holds. */
export interface StartedMesh {
  readonly state: string;
  readonly record: MeshRecord;
  readonly mesh: MeshFile;
  /** Resolves when nothing of it is left: with `undefined` where it was told to end, else with what happened. */
  readonly ended: Promise<HostFault | undefined>;
  /** Lets requests in flight finish, then ends it. */
  drain(): void;
  /** Ends it at once. */
  kill(): void;
}

/** A `stod.yaml` with mistakes. */
export class MeshFileFault extends Error {
  override readonly name = "MeshFileFault";
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ says }) => says).join("; "));
    this.findings = findings;
  }
}

/**
 * Starts the mesh of a directory: takes its state and its ports, then starts the inside, and tells what happens there.
 *
 * @throws MeshFileFault, HostFault or StateFault where it cannot be started; nothing is left then
 */
export async function startMesh(options: StartOptions): Promise<StartedMesh> {
  const file = findMeshFile(options.directory);
  const { mesh, findings } = readMeshFile(readFileSync(file, "utf8"), relative(process.cwd(), file) || file);
  if (mesh === undefined) throw new MeshFileFault(findings);
  requirePrograms(meshPrograms);
  const looking = findEnvoy({ explicit: options.envoy });
  looking.catch(() => {}); // Told below, after what is nearer to the user.
  const names = instancesOf(mesh, new Map()).map(({ name }) => name);
  const state = prepareStateDirectory(options.state ?? defaultStateDirectory(mesh.name), names);
  const lock = await lockState(state);
  const open: { close(): void }[] = [{ close: () => lock.release() }];
  const closeAll = () => {
    for (const one of open.splice(0).reverse()) one.close();
  };
  try {
    clearRun(state);
    prepareStateDirectory(state, names);
    const token = randomBytes(24).toString("base64url");
    const ports = await openPorts(state, mesh, { portBase: options.portBase, token, open });
    const envoy = await looking;
    return startInside({ ...options, state, file, mesh, envoy: envoy.path, token, ports, closeAll });
  } catch (cause) {
    closeAll();
    throw cause;
  }
}

function findMeshFile(directory: string): string {
  const path = resolve(directory);
  const file = existsSync(path) && statSync(path).isFile() ? path : join(path, "stod.yaml");
  if (existsSync(file)) return join(realpathSync(dirname(file)), basename(file));
  const help = "Name the directory of one: stod up DIR. docs/stod-yaml.md says what is in it.";
  throw new HostFault(directory, "there is no stod.yaml", help);
}

interface Ports {
  readonly published: Readonly<Record<string, number>>;
  readonly gateway: number | undefined;
  readonly dashboard: number;
  readonly api: number;
}

async function openPorts(
  state: string,
  mesh: MeshFile,
  { portBase, token, open }: { portBase: number; token: string; open: { close(): void }[] },
): Promise<Ports> {
  const published = publishedPorts(mesh);
  const uses = [
    "gateway",
    "dashboard",
    "API",
    ...published.slice(1).map(({ service, port }) => `${service}:${port.port}`),
  ];
  const [gateway, dashboard, api, ...others] = portsFrom(portBase, uses);
  if (gateway === undefined || dashboard === undefined || api === undefined)
    throw new Error("three ports are always there");
  const socket = (name: string) => join(state, "run", name);
  const numbers: Record<string, number> = {};
  for (const [nth, one] of published.entries()) {
    const wanted = nth === 0 ? gateway : others[nth - 1];
    if (wanted === undefined) continue;
    const relay = await relayFromPort(wanted, () => ({ path: socket(one.socket) }));
    open.push(relay);
    numbers[`${one.service}:${one.port.port}`] = relay.port ?? 0;
  }
  const ofApi = await openDoor({ wanted: api, token, forBrowsers: false, socketFor: () => socket("api.sock") });
  open.push(ofApi);
  const ofDashboard = await openDoor({
    wanted: dashboard,
    token,
    forBrowsers: true,
    socketFor: (path) => socket(path.startsWith("/v1/") ? "api.sock" : "dashboard.sock"),
  });
  open.push(ofDashboard);
  const [first] = Object.values(numbers);
  return { published: numbers, gateway: first, dashboard: ofDashboard.port, api: ofApi.port };
}

interface InsideStart extends StartOptions {
  readonly state: string;
  readonly file: string;
  readonly mesh: MeshFile;
  readonly envoy: string;
  readonly token: string;
  readonly ports: Ports;
  readonly closeAll: () => void;
}

function startInside({ state, file, mesh, envoy, token, ports, closeAll, onEvent }: InsideStart): StartedMesh {
  const command = [
    process.execPath,
    ...process.execArgv,
    process.argv[1] ?? "",
    "inside",
    "--state",
    state,
    "--file",
    file,
  ];
  const env = {
    ...process.env,
    STOD_ENVOY: envoy,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(state, "cache"),
  };
  const inside = spawnInMeshNamespace(command, { stdio: ["pipe", "pipe"], env });
  const record: MeshRecord = {
    name: mesh.name,
    directory: dirname(file),
    pid: process.pid,
    innerPid: undefined,
    ports: { gateway: ports.gateway, dashboard: ports.dashboard, api: ports.api },
    published: ports.published,
    scheme: schemeOf(publishedPorts(mesh)),
    startedAt: new Date().toISOString(),
    token,
  };
  writeRecord(state, record);
  const asked = { toEnd: false };
  const onInside = (innerPid: number | undefined) => writeRecord(state, { ...record, innerPid });
  const ended = watchInside(inside, { state, closeAll, onEvent, onInside, asked });
  return {
    state,
    record,
    mesh,
    ended,
    drain() {
      asked.toEnd = true;
      inside.child.stdin?.write("end\n");
    },
    kill() {
      asked.toEnd = true;
      inside.kill();
    },
  };
}

interface Watching {
  readonly state: string;
  readonly closeAll: () => void;
  readonly onEvent: (event: InsideEvent) => void;
  readonly onInside: (innerPid: number | undefined) => void;
  /** Set before the inside is told to end. */
  readonly asked: { readonly toEnd: boolean };
}

/** Hands on what the inside tells; resolves when it has ended and its traces are cleared away. */
function watchInside(inside: MeshNamespace, options: Watching): Promise<HostFault | undefined> {
  const { state, closeAll, onEvent, onInside, asked } = options;
  const { child } = inside;
  const log = createWriteStream(join(state, "logs", "up.log"), { flags: "a", mode: 0o600 });
  log.on("error", () => {});
  let reached = false;
  let fault: HostFault | undefined;
  let lastWords = "";
  const hear = (event: InsideEvent | undefined) => {
    if (event === undefined) return;
    if (event.is === "inside") {
      reached = true;
      onInside(inside.innerPid());
    }
    if (event.is === "note") log.write(`${event.text}\n`);
    if (event.is === "fault") fault = new HostFault(event.where, event.says, event.help);
    else onEvent(event);
  };
  if (child.stdout !== null) eachLine(child.stdout, (line) => hear(parseEvent(line)));
  if (child.stderr !== null)
    eachLine(child.stderr, (line) => {
      lastWords = `${lastWords}${line}\n`.slice(-4096);
      log.write(`${line}\n`);
    });
  return new Promise((resolve) => {
    const end = (code: number | null, cause?: NodeJS.ErrnoException) => {
      log.end();
      clearRun(state);
      closeAll();
      resolve(fault ?? whyEnded({ code, reached, lastWords, cause, state, asked }));
    };
    child.once("error", (cause) => end(null, cause));
    child.once("close", (code) => end(code));
  });
}

function whyEnded(how: {
  code: number | null;
  reached: boolean;
  lastWords: string;
  cause: NodeJS.ErrnoException | undefined;
  state: string;
  asked: { readonly toEnd: boolean };
}): HostFault | undefined {
  const { code, reached, lastWords, cause, state, asked } = how;
  if (cause !== undefined) return namespaceFault("", cause);
  if (!reached && /^(unshare|setpriv|mount):/m.test(lastWords)) return namespaceFault(lastWords);
  if (asked.toEnd) return undefined;
  const says = `it ended by itself (${lastWords.trim().split("\n").at(-1) || `status ${code}`})`;
  return new HostFault("the mesh's inside", says, `More is in ${join(state, "logs", "up.log")}.`);
}
