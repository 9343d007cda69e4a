import { createServer, type IncomingMessage, type Server } from "node:http";
import { nearestName } from "#api/field-names.ts";
import type { Fleet } from "#apps/up/inside/fleet.ts";
import { instancesOf } from "#apps/up/inside/instances.ts";
import { listenUnix } from "#grpc/unix-socket.ts";

/** A request that cannot be carried out, in words for whoever asked. */
class Refusal extends Error {
  readonly help: string;

  constructor(says: string, help: string) {
    super(says);
    this.help = help;
  }
}

const maxBodyBytes = 64 << 10;

/** Serves `run/up.sock`: the instances, scaling and restarting. */
export async function serveControl(path: string, fleet: Fleet): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, fleet).then(
      (body) => response.setHeader("content-type", "application/json").end(JSON.stringify(body)),
      (fault: Error) => {
        response.statusCode = fault instanceof Refusal ? 422 : 500;
        const help = fault instanceof Refusal ? fault.help : "The mesh's log may say more: stod logs up";
        response
          .setHeader("content-type", "application/json")
          .end(JSON.stringify({ error: { says: fault.message, help } }));
      },
    );
  });
  await listenUnix(server, path);
  return server;
}

async function answer(request: IncomingMessage, fleet: Fleet): Promise<object> {
  switch (`${request.method} ${request.url}`) {
    case "GET /v1/instances":
      return { instances: fleet.instances };
    case "POST /v1/scale":
      return { scaled: await scale(fleet, await bodyOf(request)) };
    case "POST /v1/restart":
      return { restarted: await restart(fleet, await bodyOf(request)) };
    default:
      throw new Refusal(`there is no ${request.method} ${request.url}`, "Is this stod as old as the mesh?");
  }
}

async function scale(
  fleet: Fleet,
  { service: asked, version, replicas }: Record<string, unknown>,
): Promise<readonly string[]> {
  const services = fleet.mesh?.services ?? [];
  const service = services.find(({ name }) => name === asked);
  if (service === undefined)
    throw unknown(
      "service",
      String(asked),
      services.map(({ name }) => name),
    );
  if (!Number.isInteger(replicas) || (replicas as number) < 0 || (replicas as number) > 50) {
    throw new Refusal(`${JSON.stringify(replicas)} is no number of replicas`, "Give a whole number from 0 to 50.");
  }
  const { workloads } = service;
  if (version === undefined && workloads.length > 1) {
    const versions = workloads.map((workload) => workload.version);
    const help = `Say which, as in: stod scale ${service.name}/${versions[0]}=${replicas}`;
    throw new Refusal(`${service.name} has the versions ${versions.join(", ")}`, help);
  }
  const workload = version === undefined ? workloads[0] : workloads.find((candidate) => candidate.version === version);
  if (workload === undefined)
    throw unknown(
      `version of ${service.name}`,
      String(version),
      workloads.map((one) => one.version),
    );
  return await fleet.scale(workload.name, replicas as number);
}

async function restart(fleet: Fleet, { name: asked }: Record<string, unknown>): Promise<readonly string[]> {
  const running = new Set(fleet.instances.map(({ name }) => name));
  const replicas = new Map(
    Object.entries(Object.groupBy(fleet.instances, ({ workload }) => workload)).map(([name, of]) => [
      name,
      of?.length ?? 0,
    ]),
  );
  const all = fleet.mesh === undefined ? [] : instancesOf(fleet.mesh, replicas).filter(({ name }) => running.has(name));
  const meant = all.filter(({ name, service, workload }) =>
    [name, service.name, workload.name].includes(String(asked)),
  );
  if (meant.length === 0) {
    throw unknown(
      "service, workload or instance",
      String(asked),
      all.flatMap(({ name, service }) => [name, service.name]),
    );
  }
  await fleet.restart(meant);
  return meant.map(({ name }) => name);
}

function unknown(what: string, name: string, known: readonly string[]): Refusal {
  const meant = nearestName(name, known);
  const help = meant === undefined ? `There are: ${[...new Set(known)].join(", ")}.` : `Did you mean ${meant}?`;
  return new Refusal(`there is no ${what} ${name}`, help);
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new Refusal("the request is too long", "Send less.");
    chunks.push(chunk);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new Refusal("the request is no JSON object", "Send one.");
}
