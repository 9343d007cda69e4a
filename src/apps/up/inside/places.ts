import type { Instance } from "#apps/up/inside/instances.ts";
import type { OverlaidFiles } from "#apps/up/inside/surroundings.ts";
import type { PortEntry, ServiceEntry } from "#apps/up/mesh-file/mesh-file.ts";

/** Where an instance lives. */
export interface Place {
  /** Where others reach it. */
  readonly address: string;
  /** Its surroundings, as the agent takes them. */
  readonly surroundings: {
    readonly netns?: string;
    readonly hostname?: string;
    readonly files?: OverlaidFiles;
    /** Its number, where it is captured explicitly. */
    readonly explicit?: number;
  };
}

/** Hands out places to instances: one that came free is the last to be given again. */
export interface Places {
  /** Makes places, all at once; one that is there already is the same. */
  add(instances: readonly Instance[]): Promise<readonly Place[]>;
  /** Takes the place of an instance that has ended away. */
  remove(name: string): Promise<void>;
  /** The virtual address of a service, where it is not for the control plane to give. */
  virtualAddressOf(service: ServiceEntry): string | undefined;
  /** The ports on which instances of a service are reached. */
  portsOf(service: ServiceEntry): readonly PortEntry[];
  /** What an application is told of its place and of the services of the mesh. */
  environmentOf(instance: Instance, place: Place, services: readonly ServiceEntry[]): Readonly<Record<string, string>>;
}
