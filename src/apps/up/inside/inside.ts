import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, ControlPlane } from "#apps/cli/api-client.ts";
import type { Capture } from "#apps/up/capture.ts";
import { BridgedPlaces } from "#apps/up/inside/bridged-places.ts";
import { serveControl } from "#apps/up/inside/control-socket.ts";
import type { Tell } from "#apps/up/inside/events.ts";
import { tellFindings } from "#apps/up/inside/finding-teller.ts";
import { Fleet } from "#apps/up/inside/fleet.ts";
import { LoopbackPlaces } from "#apps/up/inside/loopback-places.ts";
import { watchMeshFile } from "#apps/up/inside/mesh-file-watch.ts";
import type { Places } from "#apps/up/inside/places.ts";
import { startProgram } from "#apps/up/inside/programs.ts";
import { ServiceRegistry } from "#apps/up/inside/service-registry.ts";
import type { MeshFile } from "#apps/up/mesh-file/mesh-file.ts";
import type { ReadMeshFile } from "#apps/up/mesh-file/read-mesh-file.ts";
import { publishedPorts } from "#apps/up/published-ports.ts";
import { seconds } from "#base/duration.ts";
import { writePrivateFile } from "#base/private-file.ts";
import { stableJson } from "#base/stable-json.ts";
import { printFinding } from "#findings/print.ts";
import { relayFromSocket } from "#host/relay.ts";

/** A mesh that is not serving after this long has its findings told all the same. */
const patience = seconds(8);

export interface InsideOptions {
  readonly stateDirectory: string;
  readonly capture: Capture;
}

/** What the outside says first, as a line of JSON. */
export interface FirstWords {
  /** The `stod.yaml`. */
  readonly file: string;
  readonly text: string;
  /** What it says. */
  readonly mesh: MeshFile;
  readonly envoy: string;
}

/**
 * What runs inside the mesh's namespaces, where it has any: makes its network, starts its programs, and keeps its instances those of `stod.yaml`.
 * Resolves when it was told to end and everything has drained. A standard input that ends without a word means that the outside is
 * gone: then everything ends at once.
 */
export async function runInside({ stateDirectory, capture }: InsideOptions): Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const controlPlane = new ControlPlane(stateDirectory);
  const serving = Promise.withResolvers<void>();
  const tell: Tell = (event) => {
    const isServing = event.is === "serving";
    // Proxies may serve from what they had last.
    const told = isServing ? { ...event, withoutControlPlane: !controlPlane.isThere } : event;
    process.stdout.write(`${JSON.stringify(told)}\n`);
    if (isServing) serving.resolve();
  };
  // Not at once: until all services are registered, routes lead to hosts that are not there.
  const late = delay(patience.ms, undefined, { signal }).catch(() => {});
  Promise.race([serving.promise, late]).then(() => tellFindings(controlPlane, tell, signal));
  const outside = hearOutside();
  const [first, places] = await Promise.all([outside.first, makePlaces(capture)]);
  const { mesh, file, text, envoy } = first;
  process.env.STOD_ENVOY = envoy;
  tell({ is: "inside" });

  const registry = new ServiceRegistry(controlPlane, tell, signal);
  const fleet = new Fleet(new Agent(stateDirectory), registry, places, tell);
  const programs = startPrograms(stateDirectory, mesh, tell, {
    controlPlane: () => registry.startAgain(),
    agent: () => fleet.tellAgent(signal).catch(complain(tell)),
  });
  fleet.become(mesh).catch(complain(tell));
  fleet.watch(signal).catch(complain(tell));
  const control = await serveControl(join(stateDirectory, "run", "up.sock"), fleet);
  await openDoors(stateDirectory, mesh, fleet, places);
  watchMeshFile(file, text, (read) => reload(read, mesh, fleet, tell), signal);

  await outside.end;
  control.close();
  await fleet.drain().catch(complain(tell));
  ending.abort();
  // The agent first: its Envoys have a control plane as long as they are there.
  await programs.agent.stop();
  await programs.controlPlane.stop();
}

function makePlaces(capture: Capture): Promise<Places> {
  return capture === "explicit" ? Promise.resolve(new LoopbackPlaces()) : BridgedPlaces.make();
}

function startPrograms(
  stateDirectory: string,
  { config, namespace, trustDomain, meshConfig, certificateTtl }: MeshFile,
  tell: Tell,
  onStart: { readonly controlPlane: () => void; readonly agent: () => void },
) {
  const domain = trustDomain === "cluster.local" ? [] : ["--trust-domain", trustDomain];
  const shared = ["--state", stateDirectory, ...domain];
  const ttl = certificateTtl === undefined ? [] : ["--certificate-ttl", certificateTtl];
  const settings = join(stateDirectory, "mesh-config.json");
  writePrivateFile(settings, `${JSON.stringify(meshConfig, undefined, 2)}\n`);
  return {
    controlPlane: startProgram({
      name: "control-plane",
      args: [...shared, "--config", config, "--namespace", namespace, "--mesh-config", settings],
      stateDirectory,
      tell,
      onStart: onStart.controlPlane,
    }),
    agent: startProgram({ name: "agent", args: [...shared, ...ttl], stateDirectory, tell, onStart: onStart.agent }),
  };
}

/** A socket for each port that the host can reach; what comes there goes to the service's ready instances in turn. */
async function openDoors(stateDirectory: string, mesh: MeshFile, fleet: Fleet, places: Places): Promise<void> {
  await Promise.all(
    publishedPorts(mesh).map(({ socket, service, port }) => {
      let turn = 0;
      const entry = mesh.services.find(({ name }) => name === service);
      const reached = entry && places.portsOf(entry).find(({ name }) => name === port.name);
      return relayFromSocket(join(stateDirectory, "run", socket), () => {
        const addresses = fleet.readyAddresses(service);
        const host = addresses[turn++ % Math.max(1, addresses.length)];
        return host === undefined ? undefined : { host, port: (reached ?? port).targetPort };
      });
    }),
  );
}

/** What the programs are started with, and so holds until the mesh is started anew. */
const fixed = ["name", "namespace", "trustDomain", "config", "meshConfig", "certificateTtl"] as const;

/** @param began  the file as the mesh was started with */
function reload({ mesh, findings }: ReadMeshFile, began: MeshFile, fleet: Fleet, tell: Tell): void {
  if (mesh === undefined) {
    // A mistake in what several versions share is one.
    const texts = new Set(findings.map(printFinding));
    tell({ is: "note", text: [...texts, "The mesh stays as it was."].join("\n") });
    return;
  }
  tell({ is: "note", text: "stod.yaml has changed" });
  const late: string[] = fixed.filter((field) => stableJson(mesh[field] ?? null) !== stableJson(began[field] ?? null));
  if (stableJson(publishedPorts(mesh)) !== stableJson(publishedPorts(began))) late.push("publish");
  if (late.length > 0) {
    const text = `what it says now of ${late.join(", ")} holds from the next stod up on`;
    tell({ is: "note", text });
  }
  fleet.become(mesh).catch(complain(tell));
}

function complain(tell: Tell): (cause: unknown) => void {
  return (cause) => {
    if ((cause as Error).name === "AbortError") return;
    tell({ is: "note", text: `error: ${(cause as Error).message}` });
  };
}

/** Hears the outside: its first words, and then `end`. Where it just goes away, this process goes with it. */
function hearOutside(): { readonly first: Promise<FirstWords>; readonly end: Promise<void> } {
  const first = Promise.withResolvers<FirstWords>();
  const end = Promise.withResolvers<void>();
  const lines = createInterface({ input: process.stdin });
  lines.once("line", (line) => first.resolve(JSON.parse(line)));
  lines.on("line", (line) => {
    if (line === "end") end.resolve();
  });
  lines.on("close", () => process.exit(1));
  return { first: first.promise, end: end.promise };
}
