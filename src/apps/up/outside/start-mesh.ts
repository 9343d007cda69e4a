import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Capture, CaptureChoice } from "#apps/up/capture.ts";
import type { InsideEvent } from "#apps/up/inside/events.ts";
import { instancesOf } from "#apps/up/inside/instances.ts";
import type { MeshFile } from "#apps/up/mesh-file/mesh-file.ts";
import { readMeshFile } from "#apps/up/mesh-file/read-mesh-file.ts";
import { chooseCapture } from "#apps/up/outside/choose-capture.ts";
import { openDoor } from "#apps/up/outside/door.ts";
import { Inside } from "#apps/up/outside/inside.ts";
import { publishedPorts, schemeOf } from "#apps/up/published-ports.ts";
import {
  clearRun,
  defaultStateDirectory,
  lockState,
  type MeshRecord,
  prepareStateDirectory,
} from "#apps/up/state-directory.ts";
import type { Finding } from "#findings/finding.ts";
import { findEnvoy } from "#host/envoy-binary.ts";
import { HostFault } from "#host/host-fault.ts";
import { type MeshNamespace, spawnInMeshNamespace, spawnUnderSweeper } from "#host/mesh-namespace.ts";
import { portsFrom } from "#host/ports.ts";
import { relayFromPort } from "#host/relay.ts";

export interface StartOptions {
  /** Of a `stod.yaml`. */
  readonly directory: string;
  readonly state: string | undefined;
  /** The first host port; 0 for any free ones. */
  readonly portBase: number;
  readonly envoy: string | undefined;
  readonly capture: CaptureChoice;
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
  const text = readFileSync(file, "utf8");
  const { mesh, findings } = readMeshFile(text, relative(process.cwd(), file) || file);
  if (mesh === undefined) throw new MeshFileFault(findings);
  const capture = chooseCapture(options.capture, (text) => options.onEvent({ is: "note", text }));
  const looking = findEnvoy({ explicit: options.envoy });
  looking.catch(() => {}); // Told below, after what is nearer to the user.
  const names = instancesOf(mesh, new Map()).map(({ name }) => name);
  const state = prepareStateDirectory(options.state ?? defaultStateDirectory(mesh.name), names);
  const lock = await lockState(state);
  const holding = new Holding();
  holding.add({ close: () => lock.release() });
  clearRun(state);
  prepareStateDirectory(state, names);
  const token = randomBytes(24).toString("base64url");
  // The inside takes a moment to be there, in which the ports are opened.
  const inside = new Inside(state, spawnInside(state, capture), options.onEvent, () => holding.closeAll());
  try {
    const ports = await openPorts(state, mesh, { portBase: options.portBase, token, holding });
    const record = recordOf({ mesh, file, token, ports, capture });
    inside.begin({ file, text, mesh, envoy: (await looking).path }, record);
    return { state, record, mesh, ended: inside.ended, drain: () => inside.drain(), kill: () => void inside.kill() };
  } catch (cause) {
    await inside.kill();
    throw cause;
  }
}

/** What is open as long as the mesh runs, closed in the opposite order. */
class Holding {
  #open: { close(): void }[] | undefined = [];

  add(one: { close(): void }): void {
    if (this.#open === undefined) one.close();
    else this.#open.push(one);
  }

  closeAll(): void {
    for (const one of this.#open?.reverse() ?? []) one.close();
    this.#open = undefined;
  }
}

function recordOf({
  mesh,
  file,
  token,
  ports,
  capture,
}: {
  mesh: MeshFile;
  file: string;
  token: string;
  ports: Ports;
  capture: Capture;
}): MeshRecord {
  return {
    name: mesh.name,
    directory: dirname(file),
    pid: process.pid,
    innerPid: undefined,
    ports: { gateway: ports.gateway, dashboard: ports.dashboard, api: ports.api },
    published: ports.published,
    scheme: schemeOf(publishedPorts(mesh)),
    capture,
    startedAt: new Date().toISOString(),
    token,
  };
}

function findMeshFile(directory: string): string {
  const path = resolve(directory);
  const file = existsSync(path) && statSync(path).isFile() ? path : join(path, "stod.yaml");
  if (existsSync(file)) return join(realpathSync(dirname(file)), basename(file));
  const help = "Name the directory of one: stod up DIR. docs/stod-yaml.md says what is in it.";
  throw new HostFault(path, "there is no stod.yaml", help);
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
  { portBase, token, holding }: { portBase: number; token: string; holding: Holding },
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
    holding.add(relay);
    numbers[`${one.service}:${one.port.port}`] = relay.port ?? 0;
  }
  const ofApi = await openDoor({ wanted: api, token, isPublic: () => false, socketFor: () => socket("api.sock") });
  holding.add(ofApi);
  const ofDashboard = await openDoor({
    wanted: dashboard,
    token,
    isPublic: (path) => !isOfApi(path),
    socketFor: (path) => socket(isOfApi(path) ? "api.sock" : "dashboard.sock"),
  });
  holding.add(ofDashboard);
  const [first] = Object.values(numbers);
  return { published: numbers, gateway: first, dashboard: ofDashboard.port, api: ofApi.port };
}

/** The rest are the dashboard's page and what it consists of, which know nothing of a mesh. */
function isOfApi(path: string): boolean {
  return path.startsWith("/v1/");
}

function spawnInside(state: string, capture: Capture): MeshNamespace {
  const command = [process.execPath, ...process.execArgv, process.argv[1] ?? "", "inside"];
  const flags = ["--state", state, "--capture", capture];
  const env = { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(state, "cache") };
  const spawnIt = capture === "explicit" ? spawnUnderSweeper : spawnInMeshNamespace;
  return spawnIt([...command, ...flags], { stdio: ["pipe", "pipe"], env });
}
