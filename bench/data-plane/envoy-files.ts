import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { throwAwayCertificates } from "../../test/harness/certificates.ts";

const type = (name: string) => ({ "@type": `type.googleapis.com/${name}` });
const body = "x".repeat(1024);

/** Where the parts of the bare pair listen. */
export const ports = { client: 8080, sidecar: 15006, application: 9080 };

/** An application that is no bottleneck: an Envoy that answers everything with 1 KB. Returns its file. */
export function writeApplication(directory: string, port: number): string {
  const route = { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: body } } };
  return write(directory, `application-${port}`, {
    listeners: [listener("0.0.0.0", port, { filters: [http({ routes: [route] })] })],
  });
}

/** What two bare Envoys speak with each other. */
export type Hop = "h2" | "http/1.1";

/**
 * Two Envoys with mTLS between them as one writes them by hand, with Envoy's defaults and nothing counted or logged.
 *
 * @param server  address of the server's side
 */
export function writeBarePair(
  directory: string,
  server: string,
  hop: Hop,
): { readonly client: string; readonly server: string } {
  const certificates = throwAwayCertificates();
  const tls = (side: "Upstream" | "Downstream", own: string, peer: string) => {
    const { chain, key } = certificates.of(own);
    return {
      name: "envoy.transport_sockets.tls",
      typed_config: {
        ...type(`envoy.extensions.transport_sockets.tls.v3.${side}TlsContext`),
        ...(side === "Downstream" && { require_client_certificate: true }),
        common_tls_context: {
          tls_params: { tls_minimum_protocol_version: "TLSv1_3", tls_maximum_protocol_version: "TLSv1_3" },
          alpn_protocols: [hop],
          tls_certificates: [{ certificate_chain: { inline_string: chain }, private_key: { inline_string: key } }],
          validation_context: {
            trusted_ca: { inline_string: certificates.roots },
            match_typed_subject_alt_names: [{ san_type: "URI", matcher: { exact: peer } }],
          },
        },
      },
    };
  };
  const [caller, called] = ["client", "server"].map((name) => `spiffe://cluster.local/ns/default/sa/${name}`) as [
    string,
    string,
  ];
  const http2 = {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      ...type("envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
      explicit_http_config: { http2_protocol_options: {} },
    },
  };
  const toServer = {
    ...cluster("server", server, ports.sidecar),
    transport_socket: tls("Upstream", caller, called),
    ...(hop === "h2" && { typed_extension_protocol_options: http2 }),
  };
  const all = (name: string) => ({ routes: [{ match: { prefix: "/" }, route: { cluster: name } }] });
  const inbound = { filters: [http(all("application"))], transport_socket: tls("Downstream", called, caller) };
  return {
    client: write(directory, "bare-client", {
      listeners: [listener("127.0.0.1", ports.client, { filters: [http(all("server"))] })],
      clusters: [toServer],
    }),
    server: write(directory, "bare-server", {
      listeners: [listener("0.0.0.0", ports.sidecar, inbound)],
      clusters: [cluster("application", "127.0.0.1", ports.application)],
    }),
  };
}

function listener(address: string, port: number, chain: object) {
  return {
    name: `${port}`,
    address: socketAddress(address, port),
    // HTTP/2 needs few connections, which else may all land on one worker.
    connection_balance_config: { exact_balance: {} },
    filter_chains: [chain],
  };
}

function cluster(name: string, address: string, port: number) {
  const endpoint = { endpoint: { address: socketAddress(address, port) } };
  return { name, type: "STATIC", load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] } };
}

function socketAddress(address: string, port: number) {
  return { socket_address: { address, port_value: port } };
}

function http({ routes }: { readonly routes: readonly object[] }) {
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      ...type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
      stat_prefix: "http",
      route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
      http_filters: [
        {
          name: "envoy.filters.http.router",
          typed_config: type("envoy.extensions.filters.http.router.v3.Router"),
        },
      ],
    },
  };
}

function write(directory: string, name: string, resources: object): string {
  const file = join(directory, `${name}.json`);
  const limit = {
    name: "envoy.resource_monitors.global_downstream_max_connections",
    typed_config: {
      ...type("envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"),
      max_active_downstream_connections: "100000",
    },
  };
  const bootstrap = { static_resources: resources, overload_manager: { resource_monitors: [limit] } };
  writeFileSync(file, JSON.stringify(bootstrap), { mode: 0o600 });
  return file;
}
