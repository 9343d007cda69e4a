import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { openAuthority } from "#identity/authority.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import { watchDirectory } from "#sources/files.ts";
import { openStore } from "#sources/store/store.ts";
import { createMeshGraph } from "#translate/mesh-graph.ts";
import { XdsServer } from "#xds/server.ts";
import { giveAddresses } from "./addresses.ts";
import { Ages } from "./ages.ts";
import { Directory } from "./directory.ts";
import { FindingBook } from "./finding-book.ts";
import { listenForProxies, listenForUsers } from "./listen.ts";
import { NameFeed } from "./names.ts";
import { ObjectBook } from "./object-book.ts";
import type { ControlPlaneParts } from "./parts.ts";
import { Publisher } from "./publisher.ts";
import { Settler } from "./settler.ts";
import { followStore } from "./stored-objects.ts";

export interface ControlPlaneOptions {
  readonly version: string;
  /** Where its store, certificate authority and sockets are. */
  readonly stateDirectory: string;
  /** A directory of objects that is watched; `undefined` for none. */
  readonly config: string | undefined;
  readonly defaultNamespace: string;
  readonly settings: MeshSettings;
  /** Where proxies of other machines connect (15012); `undefined` for the unix socket alone. */
  readonly xds: { readonly host: string; readonly port: number; readonly dnsNames: readonly string[] } | undefined;
  /** Where the API is reached over TCP, with a token; `undefined` for the unix socket alone. */
  readonly api: { readonly host: string; readonly port: number } | undefined;
  readonly log: Log;
}

export interface ControlPlane {
  readonly parts: ControlPlaneParts;
  /** Ports that were chosen, where 0 was asked for. */
  readonly ports: { readonly xds: number | undefined; readonly api: number | undefined };
  /** Ends streams so that clients connect elsewhere or later, and closes everything. */
  close(): Promise<void>;
}

const maxRevisions = 10_000;

/**
 * Starts a control plane; it serves when this is fulfilled, and not before all that it knows is in.
 *
 * @throws StateFault where something in the state directory cannot be used, or a port is taken; nothing is left open then
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  await using opened = new AsyncDisposableStack();
  const started = await start(options, opened);
  const stack = opened.move();
  return { ...started, close: () => stack.disposeAsync() };
}

/** @param opened  takes in what is to be closed, the last one first */
async function start(
  options: ControlPlaneOptions,
  opened: AsyncDisposableStack,
): Promise<Pick<ControlPlane, "parts" | "ports">> {
  const { stateDirectory, settings, log } = options;
  mkdirSync(join(stateDirectory, "run"), { recursive: true, mode: 0o700 });
  const authority = openAuthority(join(stateDirectory, "ca"), {
    trustDomain: settings.trustDomain,
    now: () => new Date(),
  });
  const store = openStore(join(stateDirectory, "store.db"), {
    now: () => new Date(),
    maxRevisions,
    addresses: { range: settings.virtualAddresses, quarantine: seconds(600) },
  });
  opened.defer(() => store.close());

  const mesh = createMeshGraph();
  mesh.inputs.settings.set(settings);
  const directory = new Directory(mesh, settings.trustDomain, log.child("proxies"));
  const server = xdsServer(directory, log.child("xds"), () => findings.changed());
  const publisher = new Publisher(mesh, server);
  const settler = new Settler(mesh, publisher, log);
  opened.defer(() => settler.stop());
  directory.connect(publisher, settler);
  const findings = new FindingBook(mesh, directory, publisher);
  const book = new ObjectBook(mesh.inputs);
  giveAddresses(mesh, store.addresses, log);
  const names = new NameFeed(mesh);
  const parts: ControlPlaneParts = {
    version: options.version,
    mesh,
    book,
    store,
    settler,
    publisher,
    directory,
    findings,
    names,
  };

  followStore(store, book, () => settler.soon(), log.child("store"));
  opened.use(await followFiles(options, parts));
  await settler.gently();

  const ports = {
    xds: await listenForProxies(options, server, authority, opened),
    api: await listenForUsers(options, parts, opened),
  };
  log.info("serving", { services: mesh.mesh.services.size, ...ports });
  return { parts, ports };
}

function xdsServer(directory: Directory, log: Log, onRefused: () => void): XdsServer {
  return new XdsServer({
    open: (client) => directory.open(client),
    events: {
      connected: (client) => log.debug("connected", { node: client.node.id }),
      disconnected: (client) => directory.close(client),
      refused: ({ client, typeUrl, names, message }) => {
        const fields = { node: client.node.id, typeUrl, names: names.join(","), message };
        log.warn("a proxy refused what it was sent", fields);
        onRefused();
      },
    },
  });
}

/** Has the directory of objects in force when this is fulfilled. */
async function followFiles(
  { stateDirectory, config, defaultNamespace, log }: ControlPlaneOptions,
  { book, settler, findings }: ControlPlaneParts,
): Promise<AsyncDisposable | undefined> {
  if (config === undefined) return undefined;
  const ages = new Ages(join(stateDirectory, "first-seen.json"), log.child("files"));
  const start = new Date();
  let isStarting = true;
  const files = watchDirectory({
    directory: config,
    defaultNamespace,
    log: log.child("files"),
    onFindings: (told) => findings.setOfFiles(told),
    onObjects: ({ set, deleted }) => {
      const now = isStarting ? start : new Date();
      for (const { kind, key } of deleted) {
        book.delete("files", kind, key);
        if (!set.some((object) => object.kind === kind && object.key === key)) ages.forget(kind, key);
      }
      for (const object of set) book.set("files", ages.aged(object, now));
      ages.save();
      settler.soon();
    },
  });
  await files.ready;
  isStarting = false;
  return { [Symbol.asyncDispose]: () => files.close() };
}
