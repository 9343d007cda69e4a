/** A kind of object that users write. */
export interface KindInfo {
  readonly kind: string;
  /** The API group; empty for Kubernetes' core. */
  readonly group: string;
  /** Versions of the group that we take, newest first. Their fields are the same. */
  readonly versions: readonly string[];
  readonly plural: string;
  /** What may be typed instead of the kind, beside its singular and plural. */
  readonly shortNames: readonly string[];
  /** Whether stod does what the object says; of the others it says that it does not. */
  readonly acts: boolean;
}

const istio = ["v1", "v1beta1", "v1alpha3"] as const;

function kind(
  group: string,
  versions: readonly string[],
  name: string,
  plural: string,
  shortNames: readonly string[],
  acts: "acts" | "not yet",
): KindInfo {
  return { kind: name, group, versions, plural, shortNames, acts: acts === "acts" };
}

/** Every kind that stod acts on, and those whose users would expect it to. */
export const kinds: readonly KindInfo[] = [
  kind("", ["v1"], "Service", "services", ["svc"], "acts"),
  kind("networking.istio.io", istio, "VirtualService", "virtualservices", ["vs"], "acts"),
  kind("networking.istio.io", istio, "DestinationRule", "destinationrules", ["dr"], "acts"),
  kind("networking.istio.io", istio, "Gateway", "gateways", ["gw"], "acts"),
  kind("networking.istio.io", istio, "ServiceEntry", "serviceentries", ["se"], "acts"),
  kind("networking.istio.io", istio, "WorkloadEntry", "workloadentries", ["we"], "acts"),
  kind("security.istio.io", ["v1", "v1beta1"], "PeerAuthentication", "peerauthentications", ["pa"], "acts"),

  kind("networking.istio.io", istio, "Sidecar", "sidecars", [], "not yet"),
  kind("networking.istio.io", istio, "WorkloadGroup", "workloadgroups", ["wg"], "not yet"),
  kind("networking.istio.io", ["v1alpha3"], "EnvoyFilter", "envoyfilters", [], "not yet"),
  kind("networking.istio.io", ["v1beta1"], "ProxyConfig", "proxyconfigs", [], "not yet"),
  kind("security.istio.io", ["v1", "v1beta1"], "AuthorizationPolicy", "authorizationpolicies", ["ap"], "not yet"),
  kind("security.istio.io", ["v1", "v1beta1"], "RequestAuthentication", "requestauthentications", ["ra"], "not yet"),
  kind("telemetry.istio.io", ["v1", "v1alpha1"], "Telemetry", "telemetries", [], "not yet"),
  kind("extensions.istio.io", ["v1alpha1"], "WasmPlugin", "wasmplugins", [], "not yet"),
  kind("extensions.istio.io", ["v1alpha1"], "TrafficExtension", "trafficextensions", [], "not yet"),

  kind("gateway.networking.k8s.io", ["v1", "v1beta1"], "Gateway", "gateways", [], "not yet"),
  kind("gateway.networking.k8s.io", ["v1", "v1beta1"], "GatewayClass", "gatewayclasses", [], "not yet"),
  kind("gateway.networking.k8s.io", ["v1", "v1beta1"], "HTTPRoute", "httproutes", [], "not yet"),
  kind("gateway.networking.k8s.io", ["v1"], "GRPCRoute", "grpcroutes", [], "not yet"),
  kind("gateway.networking.k8s.io", ["v1alpha2"], "TCPRoute", "tcproutes", [], "not yet"),
  kind("gateway.networking.k8s.io", ["v1", "v1alpha3", "v1alpha2"], "TLSRoute", "tlsroutes", [], "not yet"),
  kind("gateway.networking.k8s.io", ["v1", "v1beta1"], "ReferenceGrant", "referencegrants", [], "not yet"),
  kind("gateway.networking.k8s.io", ["v1", "v1alpha3"], "BackendTLSPolicy", "backendtlspolicies", [], "not yet"),

  kind("", ["v1"], "Namespace", "namespaces", ["ns"], "not yet"),
  kind("", ["v1"], "Pod", "pods", ["po"], "not yet"),
  kind("", ["v1"], "ServiceAccount", "serviceaccounts", ["sa"], "not yet"),
  kind("", ["v1"], "ConfigMap", "configmaps", ["cm"], "not yet"),
  kind("", ["v1"], "Secret", "secrets", [], "not yet"),
  kind("", ["v1"], "Endpoints", "endpoints", ["ep"], "not yet"),
  kind("discovery.k8s.io", ["v1"], "EndpointSlice", "endpointslices", [], "not yet"),
  kind("apps", ["v1"], "Deployment", "deployments", ["deploy"], "not yet"),
  kind("apps", ["v1"], "StatefulSet", "statefulsets", ["sts"], "not yet"),
  kind("apps", ["v1"], "DaemonSet", "daemonsets", ["ds"], "not yet"),
  kind("networking.k8s.io", ["v1"], "Ingress", "ingresses", ["ing"], "not yet"),
];

/** A group and a version from an `apiVersion`, such as `networking.istio.io/v1`; the core group has no name. */
export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

/** The `apiVersion` that we write: the newest of the kind's. */
export function apiVersionOf({ group, versions }: KindInfo): string {
  return group === "" ? (versions[0] as string) : `${group}/${versions[0]}`;
}

const byGroupAndKind = new Map(kinds.map((info) => [`${info.group}/${info.kind}`, info]));

/** The kind of a group; `undefined` for one that we never heard of. */
export function kindIn(group: string, name: string): KindInfo | undefined {
  return byGroupAndKind.get(`${group}/${name}`);
}

/**
 * The kind that a user means on the command line, in any case: `VirtualService`, `virtualservices`, `vs`, or with its
 * group, as in `gateways.networking.istio.io`. Kinds that stod acts on come before others of the same name.
 */
export function kindCalled(word: string): KindInfo | undefined {
  const wanted = word.toLowerCase();
  return kinds.find((info) => {
    const names = [info.kind.toLowerCase(), info.plural, ...info.shortNames];
    return names.includes(wanted) || names.some((name) => `${name}.${info.group}` === wanted);
  });
}
