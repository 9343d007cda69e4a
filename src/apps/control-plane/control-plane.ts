import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { writePrivateFile } from "#base/private-file.ts";
import { GrpcServer } from "#grpc/server.ts";
import { listenUnix } from "#grpc/unix-socket.ts";
import { type Authority, openAuthority } from "#identity/authority.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import { type WatchedDirectory, watchDirectory } from "#sources/files.ts";
import { openStore } from "#sources/store/store.ts";
import { createMeshGraph } from "#translate/mesh-graph.ts";
import { XdsServer } from "#xds/server.ts";
import { giveAddresses } from "./addresses.ts";
import { serveRoutes } from "./api/http.ts";
import { objectRoutes } from "./api/objects.ts";
import { proxyRoutes } from "./api/proxies.ts";
import { registryRoutes } from "./api/registry.ts";
import { statusRoutes } from "./api/status.ts";
import { certificateService } from "./certificate-service.ts";
import { dashboardRoutes } from "./dashboard/pages.ts";
import { Directory } from "./directory.ts";
import { FindingBook } from "./finding-book.ts";
import { NameFeed } from "./names.ts";
import { ObjectBook } from "./object-book.ts";
import type { ControlPlaneParts } from "./parts.ts";
import { Publisher } from "./publisher.ts";
import { Settler } from "./settler.ts";
import { followStore } from "./stored-objects.ts";
import { listenTls } from "./tls-listener.ts";

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
const shutdownLimit = seconds(5);

/** Starts a control plane; it serves when this is fulfilled, and not before all that it knows is in. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { stateDirectory, settings, log } = options;
  const authority = openAuthority(join(stateDirectory, "ca"), {
    trustDomain: settings.trustDomain,
    now: () => new Date(),
  });
  const store = openStore(join(stateDirectory, "store.db"), {
    now: () => new Date(),
    maxRevisions,
    addresses: { range: settings.virtualAddresses, quarantine: seconds(600) },
  });

  const mesh = createMeshGraph();
  mesh.inputs.settings.set(settings);
  const directory = new Directory(mesh, settings.trustDomain, log.child("proxies"));
  const server = xdsServer(directory, log.child("xds"));
  const publisher = new Publisher(mesh, server);
  const settler = new Settler(mesh, publisher, log);
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
  const files = await followFiles(options, parts);
  await settler.gently();

  const { grpc, port: xdsPort } = await listenForProxies(options, server, authority);
  const apis = await listenForUsers(options, parts);
  log.info("serving", { services: mesh.mesh.services.size, xds: xdsPort, api: apis.port });
  return {
    parts,
    ports: { xds: xdsPort, api: apis.port },
    async close() {
      await files?.close();
      server.shutdown();
      for (const api of apis.servers) {
        api.closeAllConnections();
        api.close();
      }
      await grpc.shutdown(shutdownLimit);
      store.close();
    },
  };
}

function xdsServer(directory: Directory, log: Log): XdsServer {
  return new XdsServer({
    open: (client) => directory.open(client),
    events: {
      connected: (client) => log.debug("connected", { node: client.node.id }),
      disconnected: (client) => directory.close(client),
      refused: ({ client, typeUrl, names, message }) =>
        log.warn("a proxy refused what it was sent", {
          node: client.node.id,
          typeUrl,
          names: names.join(","),
          message,
        }),
    },
  });
}

/** The directory of objects, in force when this is fulfilled. */
async function followFiles(
  { config, defaultNamespace, log }: ControlPlaneOptions,
  { book, settler, findings }: ControlPlaneParts,
): Promise<WatchedDirectory | undefined> {
  if (config === undefined) return undefined;
  const files = watchDirectory({
    directory: config,
    defaultNamespace,
    log: log.child("files"),
    onFindings: (told) => findings.setOfFiles(told),
    onObjects: ({ set, deleted }) => {
      for (const { kind, key } of deleted) book.delete("files", kind, key);
      for (const object of set) book.set("files", object);
      settler.soon();
    },
  });
  await files.ready;
  return files;
}

async function listenForProxies(
  { stateDirectory, xds, log }: ControlPlaneOptions,
  server: XdsServer,
  authority: Authority,
) {
  const methods = new Map([...server.methods, ...certificateService(authority, log.child("ca"))]);
  const grpc = new GrpcServer({ methods });
  await grpc.listen({ unix: join(stateDirectory, "run", "xds.sock") });
  if (xds === undefined) return { grpc, port: undefined };
  return { grpc, port: await listenTls(grpc, authority, xds) };
}

/** The API and the dashboard's pages on sockets that only our user can open, and the API over TCP for who has the token. */
async function listenForUsers({ stateDirectory, api, log }: ControlPlaneOptions, parts: ControlPlaneParts) {
  const routes = { ...statusRoutes(parts), ...objectRoutes(parts), ...proxyRoutes(parts), ...registryRoutes(parts) };
  const scope = log.child("api");
  const local = createServer(serveRoutes(routes, { token: undefined }, scope));
  const pages = createServer(serveRoutes(dashboardRoutes(), { token: undefined }, scope));
  await listenUnix(local, join(stateDirectory, "run", "api.sock"));
  await listenUnix(pages, join(stateDirectory, "run", "dashboard.sock"));
  if (api === undefined) return { servers: [local, pages], port: undefined };
  const token = randomBytes(24).toString("base64url");
  writePrivateFile(join(stateDirectory, "api-token"), token);
  const remote = createServer(serveRoutes(routes, { token }, scope));
  await new Promise<void>((resolve, reject) => {
    remote.once("error", reject);
    remote.listen(api.port, api.host, () => resolve());
  });
  const address = remote.address();
  return { servers: [local, pages, remote], port: typeof address === "object" ? address?.port : undefined };
}
