import type { Destination } from "#features/destination/destination.ts";
import { mtlsOf } from "#features/peer-authentication/from-peer-authentication.ts";
import type { Graph } from "#graph/graph.ts";
import type { Read } from "#graph/read.ts";
import { spiffeId } from "#identity/spiffe-id.ts";
import { byAge } from "#model/age.ts";
import type { Subset } from "#model/destination-policy.ts";
import { defaultMeshSettings, type MeshSettings } from "#model/mesh-settings.ts";
import { meshGateway, type Routing } from "#model/routing.ts";
import type { Workload } from "#model/workload.ts";
import type { Inputs } from "#translate/inputs.ts";
import { destinationPolicyOf, policyFor, targetOf } from "#translate/mesh/destination-policies.ts";
import { endpointsOf, labelValue, labelValues, selectedWorkloads } from "#translate/mesh/endpoints.ts";
import { gatewayOf } from "#translate/mesh/gateways.ts";
import { oldestFirst } from "#translate/mesh/oldest-first.ts";
import { destinationsIn, MissingSubset, routingOf } from "#translate/mesh/routings.ts";
import { entryService, kubernetesService, toldByServers } from "#translate/mesh/services.ts";
import { workloadOf } from "#translate/mesh/workloads.ts";

/** SPIFFE ids of the workloads behind a service. */
export interface ServiceIdentities {
  /** The host. */
  readonly key: string;
  readonly ids: readonly string[];
}

/** A subset that routes lead to. */
export interface RoutedSubset {
  /** `host subset`. */
  readonly key: string;
  readonly host: string;
  readonly subset: Subset;
}

function routedSubsetKey({ host, subset }: Destination): readonly string[] {
  return subset === undefined ? [] : [`${host} ${subset}`];
}

/** The mesh in our own words, derived from what users wrote. */
export type MeshCollections = ReturnType<typeof deriveMesh>;

export function deriveMesh(graph: Graph, inputs: Inputs) {
  const settingsOf = (read: Read): MeshSettings => read.one(inputs.settings, "mesh") ?? defaultMeshSettings;
  const addressOf = (read: Read) => (host: string) => read.one(inputs.addresses, host)?.address;

  const entriesByHost = graph.index(inputs.ServiceEntry, ({ spec }) => new Set(spec.hosts));
  const workloads = graph.derive("workloads", inputs.WorkloadEntry, workloadOf);
  const workloadsByLabel = graph.index(workloads, labelValues);

  const writtenServices = graph.union(
    "services as written",
    graph.derive("services of Kubernetes", inputs.Service, (object, read) =>
      kubernetesService(object, addressOf(read)),
    ),
    graph.derive("services of entries", graph.groups("hosts of entries", entriesByHost), ({ key: host }, read) => {
      const [counts] = oldestFirst(read.where(entriesByHost, host));
      return counts === undefined ? [] : entryService(counts, host, addressOf(read));
    }),
  );
  const services = graph.derive("services", writtenServices, (service, read) => [
    toldByServers(service, () => selectedWorkloads(service, workloadsByLabel, read)),
  ]);

  const authenticationByNamespace = graph.index(inputs.PeerAuthentication, ({ metadata }) => [metadata.namespace]);
  /** What ports of workloads with these labels take. */
  const mtlsFor = ({ key, namespace, labels }: Pick<Workload, "key" | "namespace" | "labels">, read: Read) => {
    const { rootNamespace } = settingsOf(read);
    const nearest = namespace === rootNamespace ? [] : read.where(authenticationByNamespace, namespace);
    return { key, ...mtlsOf(labels, nearest, read.where(authenticationByNamespace, rootNamespace)) };
  };
  const mtls = graph.derive("mTLS of workloads", workloads, (workload, read) => [mtlsFor(workload, read)]);

  const endpoints = graph.derive("endpoints", services, (service, read) =>
    endpointsOf(service, { workloadsByLabel, mtls }, read),
  );
  const identities = graph.derive("identities", services, (service, read): ServiceIdentities[] => {
    const { trustDomain } = settingsOf(read);
    const ids = selectedWorkloads(service, workloadsByLabel, read).map(({ namespace, serviceAccount }) =>
      spiffeId({ trustDomain, namespace, serviceAccount }),
    );
    return [{ key: service.host, ids: [...new Set([...ids, ...service.subjectAltNames])].sort() }];
  });

  const servicesBySelector = graph.index(services, ({ namespace, selector }) => {
    const [first] = Object.entries(selector ?? {});
    return first === undefined ? [] : [labelValue(namespace, ...first)];
  });

  const rulesByTarget = graph.index(inputs.DestinationRule, (rule) => [targetOf(rule)]);
  const policies = graph.derive(
    "destination policies",
    graph.groups("targets of DestinationRules", rulesByTarget),
    ({ key }, read) => destinationPolicyOf(key, read.where(rulesByTarget, key)),
  );
  const policiesByHost = graph.index(policies, ({ host }) => [host]);

  /** The subsets that callers of a namespace know of a host. */
  const subsetsFor = (host: string, caller: string, read: Read): readonly Subset[] => {
    const service = read.one(services, host);
    const namespaces = { caller, service: service?.namespace ?? caller, root: settingsOf(read).rootNamespace };
    return policyFor(host, namespaces, policiesByHost, read)?.subsets ?? [];
  };

  const written = graph.derive("routings as written", inputs.VirtualService, routingOf);
  // A derivation that throws keeps its last good output: a routing whose subsets went missing stays what it was.
  const whole = graph.derive("routings that lead somewhere", written, (routing, read) => {
    for (const { host, subset } of destinationsIn(routing)) {
      if (subset === undefined || read.one(services, host) === undefined) continue;
      const known = subsetsFor(host, routing.namespace, read);
      if (!known.some(({ name }) => name === subset)) throw new MissingSubset(host, subset);
    }
    return [routing];
  });
  const routings = graph.derive("routings", written, (routing, read) => [read.one(whole, routing.key) ?? routing]);
  const routingsByHost = graph.index(routings, ({ hosts, gateways }) => (gateways.includes(meshGateway) ? hosts : []));
  const routingsByGateway = graph.index(routings, ({ gateways }) => gateways);

  // The same way a subset that is taken away while routes lead to it stays what it was, as long as they do.
  const routingsBySubset = graph.index(
    routings,
    (routing) => new Set(destinationsIn(routing).flatMap(routedSubsetKey)),
  );
  const routedSubsets = graph.derive(
    "routed subsets",
    graph.groups("subsets that routes lead to", routingsBySubset),
    ({ key }, read): RoutedSubset[] => {
      const [host = "", name = ""] = key.split(" ");
      for (const { namespace } of read.where(routingsBySubset, key)) {
        const subset = subsetsFor(host, namespace, read).find((each) => each.name === name);
        if (subset !== undefined) return [{ key, host, subset }];
      }
      throw new MissingSubset(host, name);
    },
  );
  const routedSubsetsByHost = graph.index(routedSubsets, ({ host }) => [host]);

  /** The routings for the mesh that name a host, the one that counts first. */
  const routingsOf = (host: string, read: Read): readonly Routing[] =>
    [...read.where(routingsByHost, host)].sort(byAge);

  const gateways = graph.derive("gateways", inputs.Gateway, gatewayOf);
  const gatewaysBySelector = graph.index(gateways, ({ selector }) => {
    const [first] = Object.entries(selector);
    return [first === undefined ? anyProxy : `${first[0]}=${first[1]}`];
  });

  return {
    settingsOf,
    entriesByHost,
    services,
    servicesBySelector,
    workloads,
    workloadsByLabel,
    mtls,
    mtlsFor,
    endpoints,
    identities,
    policies,
    policiesByHost,
    subsetsFor,
    routedSubsetsByHost,
    routings,
    routingsByHost,
    routingsOf,
    routingsByGateway,
    gateways,
    gatewaysBySelector,
  };
}

/** Where a Gateway without a selector is found: any gateway proxy carries it out. */
export const anyProxy = "*";
