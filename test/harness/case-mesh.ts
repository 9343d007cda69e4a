import { decodeDocuments } from "#api/decode.ts";
import { serviceHost } from "#api/hosts.ts";
import type { MeshObject } from "#api/object.ts";
import { isKind, type ServiceObject, type WorkloadEntryObject } from "#api/objects.ts";
import { meshAlpn } from "#envoy/tls.ts";
import type { Finding } from "#findings/finding.ts";
import type { Input } from "#graph/input.ts";
import { spiffeId } from "#identity/spiffe-id.ts";
import { selects } from "#model/labels.ts";
import { defaultMeshSettings, type MeshSettings } from "#model/mesh-settings.ts";
import { protocolOf } from "#model/protocol.ts";
import type { ConnectedProxy } from "#model/proxy.ts";
import { createMeshGraph, type MeshGraph } from "#translate/mesh-graph.ts";
import type { Row } from "./case-file.ts";
import type { Certificates } from "./certificates.ts";
import { type ProxyConfig, readProxyConfig } from "./proxy-config.ts";
import type { Way } from "./send.ts";
import type { UpstreamPlace } from "./upstreams.ts";

const { trustDomain } = defaultMeshSettings;

/** Where a service that the mesh does not know is called: an address that is nobody's (RFC 5737). */
const elsewhere = "203.0.113.7";
/** Who calls a workload from outside of the mesh. */
const stranger = "10.128.0.99";

/** The little mesh with a case's objects on top, as our own pipeline sees it. */
export class CaseMesh {
  /** What we would tell the user, as `CODE path of Kind namespace/name`. */
  readonly findings: readonly string[];
  /** What could not be derived, where what was there before stays in force. */
  readonly problems: readonly string[];
  readonly #mesh: MeshGraph;
  readonly #services: readonly ServiceObject[];
  readonly #workloads: readonly WorkloadEntryObject[];

  private constructor(
    objects: readonly MeshObject[],
    decodeFindings: readonly Finding[],
    settings: Partial<MeshSettings>,
  ) {
    this.#services = objects.filter((object) => isKind(object, "Service"));
    this.#workloads = objects.filter((object) => isKind(object, "WorkloadEntry"));
    this.#mesh = createMeshGraph();
    const { graph, inputs } = this.#mesh;
    inputs.settings.set({ ...defaultMeshSettings, ...settings });
    for (const object of objects) setIn(inputs, object);
    for (const workload of this.#workloads) inputs.proxies.set(proxyOf(workload));
    graph.settle();
    this.problems = graph.problems().map(({ collection, inputKey, error }) => {
      return `${collection} of ${inputKey}: ${error.message}`;
    });
    const told = [...this.#mesh.findings.values()].flatMap(({ findings }) => findings);
    this.findings = [...decodeFindings, ...told].map(written).sort();
  }

  /** @param texts  YAML; an object in a later one takes the place of its namesake in an earlier one */
  static of(texts: readonly string[], settings: Partial<MeshSettings> = {}): CaseMesh {
    const decoded = texts.map((text) =>
      decodeDocuments(text, { file: undefined, defaultNamespace: "shop", source: "case" }),
    );
    const objects = new Map<string, MeshObject>();
    for (const each of decoded.flatMap(({ documents }) => documents)) {
      if (each.is === "object") objects.set(`${each.object.kind} ${each.object.key}`, each.object);
    }
    return new CaseMesh(
      [...objects.values()],
      decoded.flatMap(({ findings }) => findings),
      settings,
    );
  }

  /** @param proxy  `namespace/name` of its workload */
  config(proxy: string): Promise<ProxyConfig> {
    return readProxyConfig(this.#mesh.resourcesFor(proxyOf(this.#workload(proxy))));
  }

  identityOf(proxy: string): string {
    return identityOf(this.#workload(proxy));
  }

  versionOf(name: string): string | undefined {
    return this.#workloads.find(({ metadata }) => metadata.name === name)?.spec.labels.version;
  }

  /**
   * Who stands at an address, or behind a cluster that goes where a connection was going: `app` is the proxy's own
   * application, `outside` is everything that the mesh does not know.
   */
  placeOf(address: string, proxy: string): Omit<UpstreamPlace, "tls"> {
    const own = this.#workload(proxy);
    const inbound = /^inbound\|(\d+)\|/.exec(address);
    if (inbound !== null) {
      return { name: "app", identity: identityOf(own), speaks: this.#speaks(own, Number(inbound[1])) };
    }
    if (address === "InboundPassthroughCluster") return { name: "app", identity: identityOf(own), speaks: "http" };
    const [host = "", port] = address.split(/:(?=\d+$)/);
    const workload = this.#workloads.find(({ spec }) => spec.address === host);
    if (workload === undefined) {
      const name = port === undefined ? "outside" : host;
      return { name, identity: identityOf(own), speaks: "http" };
    }
    return {
      name: workload.metadata.name,
      identity: identityOf(workload),
      speaks: this.#speaks(workload, Number(port)),
    };
  }

  /** How a row's connection reaches the proxy, and where it was going before it was captured. */
  wayOf(row: Row, proxy: string, doors: ReadonlyMap<string, string>, certificates: Certificates): Way {
    const own = this.#workload(proxy);
    const { url } = row.sends;
    const port = Number(url.port) || 80;
    if (isGateway(own)) {
      const name = [...doors.keys()].find((each) => each.endsWith(`_${port}`));
      return { door: doorOf(doors, name), from: stranger, to: { address: own.spec.address, port }, mtls: undefined };
    }
    if (row.side === "outbound") {
      const to = { address: this.#addressOf(url.hostname, own.metadata.namespace), port };
      return { door: doorOf(doors, "virtualOutbound"), from: own.spec.address, to, mtls: undefined };
    }
    const [alpn] =
      row.sends.is === "tcp" ? meshAlpn.offerTcp : row.sends.http2 ? meshAlpn.offerHttp2 : meshAlpn.offerHttp;
    const mtls = row.caller && { ...certificates.of(row.caller), roots: certificates.roots, alpn };
    const to = { address: own.spec.address, port };
    return { door: doorOf(doors, "virtualInbound"), from: stranger, to, mtls: mtls || undefined };
  }

  #workload(key: string): WorkloadEntryObject {
    const found = this.#workloads.find((workload) => workload.key === key);
    if (found === undefined) throw new Error(`the mesh has no WorkloadEntry ${key}`);
    return found;
  }

  /** What a workload speaks on a port, by the services that lead there. */
  #speaks({ spec }: WorkloadEntryObject, number: number): UpstreamPlace["speaks"] {
    const ports = this.#services
      .filter((service) => selects(service.spec.selector, spec.labels))
      .flatMap((service) => service.spec.ports.filter(({ targetPort }) => targetPort === number));
    return ports.some(({ protocol, ...port }) => protocolOf({ ...port, transport: protocol }) === "tcp")
      ? "tcp"
      : "http";
  }

  #addressOf(name: string, namespace: string): string {
    const service = this.#services.find(({ metadata }) => {
      const host = serviceHost(metadata.name, metadata.namespace);
      const short = metadata.namespace === namespace && name === metadata.name;
      return short || name === host || (name.includes(".") && host.startsWith(`${name}.`));
    });
    const literal = /^[\d.]+$/.test(name) ? name : undefined;
    if (service?.spec.clusterIP !== "None") return service?.spec.clusterIP ?? literal ?? elsewhere;
    const instance = this.#workloads.find(({ spec }) => selects(service.spec.selector, spec.labels));
    return instance?.spec.address ?? elsewhere;
  }
}

/** Kinds that the mesh does not act on are decoded, and no more. */
function setIn(inputs: MeshGraph["inputs"], object: MeshObject): void {
  const input: unknown = Object.entries(inputs).find(([name]) => name === object.kind)?.[1];
  (input as Input<MeshObject> | undefined)?.set(object);
}

function doorOf(doors: ReadonlyMap<string, string>, name: string | undefined): string {
  const door = doors.get(name ?? "");
  if (door === undefined) throw new Error(`no listener is bound for this; there are ${[...doors.keys()].join(", ")}`);
  return door;
}

function isGateway({ spec }: WorkloadEntryObject): boolean {
  return spec.labels.istio === "ingressgateway";
}

function identityOf({ metadata, spec }: WorkloadEntryObject): string {
  return spiffeId({ trustDomain, namespace: metadata.namespace, serviceAccount: spec.serviceAccount || "default" });
}

function proxyOf(workload: WorkloadEntryObject): ConnectedProxy {
  const { metadata, spec } = workload;
  return {
    key: `${metadata.name}.${metadata.namespace}`,
    name: metadata.name,
    namespace: metadata.namespace,
    kind: isGateway(workload) ? "gateway" : "sidecar",
    labels: { ...metadata.labels, ...spec.labels },
    serviceAccount: spec.serviceAccount || "default",
    addresses: [spec.address],
    locality: spec.locality || undefined,
    explicit: undefined,
    vhds: true,
  };
}

function written({ code, path, object }: Finding): string {
  const { kind, namespace, name } = object ?? {};
  return [code, path, kind && `of ${kind} ${namespace}/${name}`].filter(Boolean).join(" ");
}
