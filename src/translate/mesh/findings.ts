import type { MeshObject } from "#api/object.ts";
import type { DestinationRuleObject, ServiceEntryObject, VirtualServiceObject } from "#api/objects.ts";
import { checkRoutes } from "#features/check-routes.ts";
import { checkTrafficPolicy } from "#features/check-traffic-policy.ts";
import type { Destination } from "#features/destination/destination.ts";
import { destinationOf } from "#features/destination/from-virtual-service.ts";
import { checkGateway } from "#features/gateway/check.ts";
import { checkUnsupported } from "#features/unsupported-fields.ts";
import { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";
import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { Read } from "#graph/read.ts";
import { meshGateway } from "#model/routing.ts";
import type { Inputs } from "#translate/inputs.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { oldestFirst } from "#translate/mesh/oldest-first.ts";
import { placesOf, routeSource } from "#translate/mesh/routings.ts";

/** What there is to say about one object. */
export interface ObjectFindings {
  /** `kind namespace/name`. */
  readonly key: string;
  readonly findings: readonly Finding[];
}

const hostNotFound = finding({
  code: "IST0101",
  severity: "warning",
  example: { host: "reveiws.shop.svc.cluster.local" },
  says: (at: { host: string }) => `no service has the host ${at.host}, so requests that come here fail`,
  help: "Name a service that is there (stod get services -A), in full if it is in another namespace.",
});

const subsetNotFound = finding({
  code: "STOD0220",
  severity: "warning",
  example: { subset: "v7", host: "reviews.shop.svc.cluster.local", known: "there are v1, v2, v3" },
  says: (at: { subset: string; host: string; known: string }) =>
    `${at.host} has no subset ${at.subset} (${at.known || "no DestinationRule gives it any"}); what was routed before stays in force`,
  help: "Write the subset into a DestinationRule for the host, or name one that is there.",
});

const gatewayNotFound = finding({
  code: "STOD0221",
  severity: "warning",
  example: { gateway: "shop/main" },
  says: (at: { gateway: string }) => `there is no Gateway ${at.gateway}, so nothing comes in here through it`,
  help: "Write that Gateway, or name one that is there: NAMESPACE/NAME, or NAME in the same namespace.",
});

const hostTaken = finding({
  code: "IST0109",
  severity: "error",
  example: { host: "reviews.shop.svc.cluster.local", by: "shop/reviews" },
  says: (at: { host: string; by: string }) =>
    `${at.host} is routed by VirtualService ${at.by} already, which counts; what is written here for the mesh has no effect`,
  help: "Put all routes of one host into one VirtualService.",
});

const entryHostTaken = finding({
  code: "STOD0226",
  severity: "warning",
  example: { host: "api.example.com", by: "ServiceEntry shop/api" },
  says: (at: { host: string; by: string }) =>
    `${at.host} is the host of ${at.by} already, which counts; what is written here of it has no effect`,
  help: "Say all of one host in one object.",
});

/** Findings about objects seen together with all others; syntax is told where they are decoded. */
export function deriveFindings(graph: Graph, inputs: Inputs, mesh: MeshCollections): Collection<ObjectFindings> {
  return graph.union(
    "findings",
    graph.derive("findings of VirtualServices", inputs.VirtualService, (object, read) =>
      findingsOf(object, checkVirtualService(object, mesh, read)),
    ),
    graph.derive("findings of DestinationRules", inputs.DestinationRule, (object) =>
      findingsOf(object, checkDestinationRule(object)),
    ),
    graph.derive("findings of Gateways", inputs.Gateway, (object) => {
      const spec = rootOf(object).field("spec");
      return findingsOf(object, [...checkUnsupported(object, spec), ...checkGateway(object.spec, spec)]);
    }),
    graph.derive("findings of ServiceEntries", inputs.ServiceEntry, (object, read) => {
      const spec = rootOf(object).field("spec");
      return findingsOf(object, [...checkUnsupported(object, spec), ...checkEntryHosts(object, spec, mesh, read)]);
    }),
    graph.derive("findings of WorkloadEntries", inputs.WorkloadEntry, (object) =>
      findingsOf(object, checkUnsupported(object, rootOf(object).field("spec"))),
    ),
  );
}

function findingsOf({ kind, key }: MeshObject, findings: Iterable<Finding>): ObjectFindings[] {
  const all = [...findings];
  return all.length === 0 ? [] : [{ key: `${kind} ${key}`, findings: all }];
}

function rootOf({ kind, metadata: { namespace, name }, origin }: MeshObject): FieldPath {
  return new FieldPath({ kind, namespace, name }, origin);
}

function* checkVirtualService(object: VirtualServiceObject, mesh: MeshCollections, read: Read): Iterable<Finding> {
  const spec = rootOf(object).field("spec");
  const source = routeSource(object.metadata.namespace);
  yield* checkUnsupported(object, spec);
  yield* checkHosts(object, spec, mesh, read);
  yield* checkRoutes(object.spec.http, spec.field("http"), source);
  for (const [nth, http] of object.spec.http.entries()) {
    const at = spec.field("http").index(nth);
    for (const [n, { destination }] of http.route.entries()) {
      if (destination === undefined) continue;
      const place = at.field("route").index(n).field("destination");
      yield* checkDestination(destinationOf(destination, source), object.metadata.namespace, place, mesh, read);
    }
  }
}

function* checkHosts(
  object: VirtualServiceObject,
  at: FieldPath,
  mesh: MeshCollections,
  read: Read,
): Iterable<Finding> {
  const { hosts, gateways } = placesOf(object);
  for (const [nth, gateway] of gateways.entries()) {
    if (gateway === meshGateway || read.one(mesh.gateways, gateway) !== undefined) continue;
    yield gatewayNotFound({ at: at.field("gateways").index(nth), gateway });
  }
  if (!gateways.includes(meshGateway)) return;
  for (const [nth, host] of hosts.entries()) {
    const [first] = mesh.routingsOf(host, read);
    if (first !== undefined && first.key !== object.key)
      yield hostTaken({ at: at.field("hosts").index(nth), host, by: first.key });
  }
}

/** Hosts of an entry that are another object's already. */
function* checkEntryHosts(
  { key, spec }: ServiceEntryObject,
  at: FieldPath,
  mesh: MeshCollections,
  read: Read,
): Iterable<Finding> {
  for (const [nth, host] of spec.hosts.entries()) {
    const [first] = oldestFirst(read.where(mesh.entriesByHost, host));
    const isService = read.one(mesh.services, host)?.shortName !== undefined;
    if (!isService && (first === undefined || first.key === key)) continue;
    const by = isService ? "a Service" : `ServiceEntry ${first?.key}`;
    yield entryHostTaken({ at: at.field("hosts").index(nth), host, by });
  }
}

function* checkDestination(
  { host, subset }: Destination,
  namespace: string,
  at: FieldPath,
  mesh: MeshCollections,
  read: Read,
): Iterable<Finding> {
  if (read.one(mesh.services, host) === undefined) {
    yield hostNotFound({ at: at.field("host"), host });
    return;
  }
  if (subset === undefined) return;
  const known = mesh.subsetsFor(host, namespace, read).map(({ name }) => name);
  if (!known.includes(subset)) yield subsetNotFound({ at: at.field("subset"), subset, host, known: known.join(", ") });
}

function* checkDestinationRule(object: DestinationRuleObject): Iterable<Finding> {
  const spec = rootOf(object).field("spec");
  yield* checkUnsupported(object, spec);
  const policies = [
    { policy: object.spec.trafficPolicy, at: spec.field("trafficPolicy") },
    ...object.spec.subsets.map(({ trafficPolicy: policy }, nth) => ({
      policy,
      at: spec.field("subsets").index(nth).field("trafficPolicy"),
    })),
  ];
  for (const { policy, at } of policies) {
    if (policy !== undefined) yield* checkTrafficPolicy(policy, at);
  }
}
