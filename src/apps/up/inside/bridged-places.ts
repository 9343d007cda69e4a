import { bridgeAddress, meshBridge, onBridge } from "#apps/up/inside/addresses.ts";
import type { Instance } from "#apps/up/inside/instances.ts";
import { Numbers } from "#apps/up/inside/numbers.ts";
import type { Place, Places } from "#apps/up/inside/places.ts";
import { makeRun, writeOverlays } from "#apps/up/inside/surroundings.ts";
import type { PortEntry, ServiceEntry } from "#apps/up/mesh-file/mesh-file.ts";
import { addNamespaces, makeBridge, namespacePath, removeNamespaces } from "#host/namespaces.ts";

/** A network namespace for each instance, with an address on the mesh's bridge. */
export class BridgedPlaces implements Places {
  readonly #numbers = new Numbers(onBridge.first, onBridge.last);

  /** @throws HostFault where the bridge cannot be made */
  static async make(): Promise<BridgedPlaces> {
    makeRun();
    await makeBridge(meshBridge);
    return new BridgedPlaces();
  }

  async add(instances: readonly Instance[]): Promise<readonly Place[]> {
    await addNamespaces(
      meshBridge,
      instances.map(({ name }) => ({ name, address: this.#addressOf(name) })),
    );
    return instances.map(({ name, service }) => {
      const address = this.#addressOf(name);
      const files = writeOverlays(name, service.namespace, address);
      return { address, surroundings: { netns: namespacePath(name), hostname: name, files } };
    });
  }

  async remove(name: string): Promise<void> {
    await removeNamespaces([{ name, address: this.#addressOf(name) }]);
    this.#numbers.release(name);
  }

  virtualAddressOf(): undefined {
    return undefined;
  }

  portsOf({ ports }: ServiceEntry): readonly PortEntry[] {
    return ports;
  }

  environmentOf(_: Instance, { address }: Place): Readonly<Record<string, string>> {
    return { STOD_ADDRESS: address };
  }

  #addressOf(name: string): string {
    const number = this.#numbers.of(name);
    if (number === undefined) throw new Error("all addresses of the mesh are taken");
    return bridgeAddress(number);
  }
}
