import { isIP } from "node:net";
import type { DestinationRule } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { Gateway } from "#api/gen/istio/networking/v1alpha3/gateway_pb.js";
import type { ServiceEntry } from "#api/gen/istio/networking/v1alpha3/service_entry_pb.js";
import type { VirtualService } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { badName, invalidValue } from "./decode-findings.ts";
import { shortened } from "./value-words.ts";

const label = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const firstLabel = /^(?:\*|(?:\*-?)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;

/** What keeps a text from being a host, as Istio checks it: a DNS name whose first label may start with a star, or an address. */
export function hostProblem(host: string): string | undefined {
  if (host === "") return "is empty";
  if (isIP(host) !== 0) return undefined;
  if (host.length > 255) return `is ${host.length} characters long, and 255 is the most`;
  const [first = "", ...rest] = host.replace(/(?<=.)\.$/, "").split(".");
  const bad = firstLabel.test(first) ? rest.find((one) => !label.test(one)) : first;
  if (bad !== undefined)
    return bad === "" ? "has two dots in a row" : `has the part ${shortened(bad)}, which DNS does not take`;
  const long = [first, ...rest].find((one) => one.length > 63);
  if (long !== undefined) return `has a part of ${long.length} characters, and 63 is the most`;
  return rest.length > 0 && /^\d+$/.test(rest.at(-1) as string) ? "ends with a number, and is no address" : undefined;
}

/**
 * Tells which hosts of a spec are none.
 *
 * @reads networking.istio.io/v1 VirtualService spec.hosts
 * @reads networking.istio.io/v1 DestinationRule spec.host
 * @reads networking.istio.io/v1 ServiceEntry spec.hosts
 * @reads networking.istio.io/v1 Gateway spec.servers[].hosts
 */
export const badHosts = {
  *VirtualService({ hosts, gateways }: VirtualService, at: FieldPath): Iterable<Finding> {
    yield* inList(hosts, at.field("hosts"));
    const all = hosts.indexOf("*");
    if (all === -1 || (gateways.length > 0 && !gateways.includes("mesh"))) return;
    yield invalidValue({
      at: at.field("hosts").index(all),
      says: "the host * would catch all traffic between workloads, which Istio does not allow either",
      help: "Name the hosts, or the gateways that this is for.",
    });
  },
  *DestinationRule({ host }: DestinationRule, at: FieldPath): Iterable<Finding> {
    yield* inHost(host, at.field("host"));
  },
  *ServiceEntry({ hosts }: ServiceEntry, at: FieldPath): Iterable<Finding> {
    yield* inList(hosts, at.field("hosts"));
  },
  *Gateway({ servers }: Gateway, at: FieldPath): Iterable<Finding> {
    for (const [nth, { hosts }] of servers.entries()) {
      const field = at.field("servers").index(nth).field("hosts");
      // A host may be `namespace/host`: the namespace is of the VirtualServices that may use it.
      for (const [mth, host] of hosts.entries()) yield* inHost(host.slice(host.indexOf("/") + 1), field.index(mth));
    }
  },
};

function* inList(hosts: readonly string[], at: FieldPath): Iterable<Finding> {
  for (const [nth, host] of hosts.entries()) yield* inHost(host, at.index(nth));
}

function* inHost(host: string, at: FieldPath): Iterable<Finding> {
  const says = hostProblem(host);
  if (says === undefined) return;
  const help = "Write a service's name, a DNS name such as shop.example.com, or one with a star such as *.example.com.";
  yield badName({ at, written: `the host ${shortened(host)}`.trimEnd(), says, help });
}
