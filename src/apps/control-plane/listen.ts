import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { seconds } from "#base/duration.ts";
import { writePrivateFile } from "#base/private-file.ts";
import { StateFault } from "#base/state-fault.ts";
import { GrpcServer } from "#grpc/server.ts";
import { listenUnix } from "#grpc/unix-socket.ts";
import type { Authority } from "#identity/authority.ts";
import type { XdsServer } from "#xds/server.ts";
import { apiRoutes } from "./api/api.ts";
import { type Routes, serveRoutes } from "./api/http.ts";
import { certificateService } from "./certificate-service.ts";
import type { ControlPlaneOptions } from "./control-plane.ts";
import { dashboardRoutes } from "./dashboard/pages.ts";
import type { ControlPlaneParts } from "./parts.ts";
import { listenTls } from "./tls-listener.ts";

const shutdownLimit = seconds(5);

/** @returns the port of TLS, if it is served */
export async function listenForProxies(
  { stateDirectory, xds, log }: ControlPlaneOptions,
  server: XdsServer,
  authority: Authority,
  opened: AsyncDisposableStack,
): Promise<number | undefined> {
  const methods = new Map([...server.methods, ...certificateService(authority, log.child("ca"))]);
  const grpc = new GrpcServer({ methods });
  opened.defer(() => grpc.shutdown(shutdownLimit));
  opened.defer(() => server.shutdown());
  const socket = join(stateDirectory, "run", "xds.sock");
  await orFault(socket, grpc.listen({ unix: socket }));
  if (xds === undefined) return undefined;
  const tls = await orFault(`${xds.host}:${xds.port}`, listenTls(grpc, authority, xds));
  opened.defer(() => tls.stop());
  return tls.port;
}

/**
 * Serves the API and the dashboard's pages on sockets that only our user can open, and the API over TCP for who has the
 * token.
 *
 * @returns the port of TCP, if it is served
 */
export async function listenForUsers(
  { stateDirectory, api, log }: ControlPlaneOptions,
  parts: ControlPlaneParts,
  opened: AsyncDisposableStack,
): Promise<number | undefined> {
  const routes = apiRoutes(parts);
  const serve = (served: Routes, token: string | undefined) => {
    const http = createServer(serveRoutes(served, { token }, log.child("api")));
    opened.defer(() => {
      http.closeAllConnections();
      http.close();
    });
    return http;
  };
  for (const [name, served] of [["api", routes] as const, ["dashboard", dashboardRoutes()] as const]) {
    const socket = join(stateDirectory, "run", `${name}.sock`);
    await orFault(socket, listenUnix(serve(served, undefined), socket));
  }
  if (api === undefined) return undefined;
  const token = randomBytes(24).toString("base64url");
  writePrivateFile(join(stateDirectory, "api-token"), token);
  const remote = serve(routes, token);
  await orFault(`${api.host}:${api.port}`, listenTcp(remote, api));
  const address = remote.address();
  return typeof address === "object" ? address?.port : undefined;
}

function listenTcp(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

/** Says of a place where we cannot listen what is so, and what to do. */
async function orFault<T>(place: string, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      const help = "Is another control plane running there? Stop it, or choose another place.";
      throw new StateFault(place, "somebody listens there already", help, { cause });
    }
    throw new StateFault(place, `it cannot be listened at: ${message}`, "Choose another place.", { cause });
  }
}
