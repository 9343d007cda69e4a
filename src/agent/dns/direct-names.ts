import { isIP } from "node:net";
import type { NameLookup } from "#agent/dns/name-table.ts";

/** What is to be known of an instance of this host. */
export interface Instance {
  readonly service: string | undefined;
  readonly namespace: string;
  readonly address: string;
  readonly ready: boolean;
}

/**
 * Names for a workload without a proxy: nothing leads its connections from a service's virtual address to an instance, so it
 * gets the addresses of this host's instances that are ready. All other names are as for everybody.
 */
export function directNames(names: NameLookup, instances: () => readonly Instance[], domain: string): NameLookup {
  return {
    lookup(name) {
      const known = names.lookup(name);
      if (known === undefined) return undefined;
      const asked = name.toLowerCase().replace(/\.$/, "");
      const addresses = instances()
        .filter(({ service, namespace, ready }) => ready && asked === `${service}.${namespace}.svc.${domain}`)
        .map(({ address }) => address);
      if (addresses.length === 0) return known;
      return {
        v4: addresses.filter((address) => isIP(address) === 4),
        v6: addresses.filter((address) => isIP(address) === 6),
      };
    },
  };
}
