import { createServer, type Server } from "node:net";
import type { Instance } from "#apps/up/inside/instances.ts";
import { Numbers } from "#apps/up/inside/numbers.ts";
import type { Place, Places } from "#apps/up/inside/places.ts";
import type { PortEntry, ServiceEntry } from "#apps/up/mesh-file/mesh-file.ts";
import {
  applicationAddress,
  callingAddress,
  frontAddress,
  httpProxyPort,
  lastPlace,
  lastService,
  openPort,
  virtualAddress,
} from "#host/explicit-capture.ts";
import { insideMark } from "#host/left-over.ts";
import { listening } from "#host/ports.ts";

interface Taken {
  readonly number: number;
  readonly lock: Server;
}

/** Addresses of this machine's loopback for each instance: explicit capture. */
export class LoopbackPlaces implements Places {
  readonly #taken = new Map<string, Taken>();
  readonly #services = new Numbers(1, lastService);
  #next = 1;

  /** @throws where this machine has no place left: then none of them is taken */
  async add(instances: readonly Instance[]): Promise<readonly Place[]> {
    const news = instances.filter(({ name }) => !this.#taken.has(name));
    try {
      for (const { name } of news) this.#taken.set(name, await this.#take());
    } catch (fault) {
      for (const { name } of news) await this.remove(name);
      throw fault;
    }
    return instances.map(({ name, service }) => {
      const number = this.#taken.get(name)?.number ?? 0;
      // Without an Envoy in front, the application itself is what others reach.
      return { address: frontAddress(number), surroundings: service.proxy === "none" ? {} : { explicit: number } };
    });
  }

  async remove(name: string): Promise<void> {
    this.#taken.get(name)?.lock.close();
    this.#taken.delete(name);
  }

  virtualAddressOf({ namespace, name }: ServiceEntry): string | undefined {
    const number = this.#services.of(`${namespace}/${name}`);
    return number === undefined ? undefined : virtualAddress(number);
  }

  portsOf({ proxy, ports }: ServiceEntry): readonly PortEntry[] {
    if (proxy !== "gateway") return ports;
    return ports.map((port) => ({ ...port, targetPort: openPort(port.targetPort) }));
  }

  environmentOf(
    { service }: Instance,
    { address, surroundings }: Place,
    services: readonly ServiceEntry[],
  ): Record<string, string> {
    const { explicit } = surroundings;
    const own = explicit === undefined ? address : applicationAddress(explicit);
    const [first] = service.ports;
    return {
      HOST: own,
      STOD_ADDRESS: own,
      [insideMark]: process.env[insideMark] ?? "",
      ...(first && { PORT: `${first.targetPort}` }),
      ...(explicit !== undefined && this.#waysOut(explicit, address, services)),
    };
  }

  /** Where the services of the mesh are called from a place, in Kubernetes' own variables, and the proxy that knows all hosts. */
  #waysOut(place: number, front: string, services: readonly ServiceEntry[]): Record<string, string> {
    const callable = services.flatMap((service) => {
      const [port] = service.ports;
      const host = callingAddress(this.virtualAddressOf(service) ?? "", place);
      if (port === undefined || host === undefined) return [];
      const name = service.name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
      return [{ name, host, port: openPort(port.port) }];
    });
    const variables = callable.flatMap(({ name, host, port }) => [
      [`${name}_SERVICE_HOST`, host],
      [`${name}_SERVICE_PORT`, `${port}`],
    ]);
    return {
      ...Object.fromEntries(variables),
      ...proxyVariables(
        front,
        callable.map(({ host }) => host),
      ),
    };
  }

  /**
   * A number that no mesh of this machine has. Its lock is a name in the kernel, which ends with this process, and is known where
   * the loopback is the same.
   */
  async #take(): Promise<Taken> {
    for (let tried = 0; tried < lastPlace; tried++) {
      const number = this.#next;
      this.#next = number === lastPlace ? 1 : number + 1;
      const lock = await lockPlace(number);
      if (lock !== undefined) return { number, lock };
    }
    throw new Error(
      `with explicit capture this machine has places for ${lastPlace} instances of all meshes, and all are taken`,
    );
  }
}

async function lockPlace(number: number): Promise<Server | undefined> {
  const lock = createServer((connection) => connection.destroy());
  try {
    await listening(lock, { path: `\0stod-place:${number}` });
    return lock;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw cause;
  }
}

/**
 * Tells HTTP clients to ask the Envoy for any host. Node's own heeds that only where it is told to.
 *
 * @param ways  addresses at which the Envoy is called anyway
 */
function proxyVariables(front: string, ways: readonly string[]): Record<string, string> {
  const url = `http://${front}:${httpProxyPort}`;
  // Not every client knows ranges.
  const direct = ["localhost", "127.0.0.1", "127.0.0.0/8", ...ways].join(",");
  return { HTTP_PROXY: url, http_proxy: url, NO_PROXY: direct, no_proxy: direct, NODE_USE_ENV_PROXY: "1" };
}
