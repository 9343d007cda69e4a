import { closure } from "./closure.ts";
import { readDescriptors, wellKnownDescriptors } from "./go-descriptors.ts";
import { download, istioModule } from "./modules.ts";
import { writeProtobufEs } from "./protobuf-es.ts";

/**
 * What users write in Istio's APIs. A kind lives where it was first published: `networking.istio.io/v1` is
 * `networking/v1alpha3` here, `security.istio.io/v1` is `security/v1beta1`; their other versions are aliases.
 */
const istioRoots: readonly string[] = [
  "analysis/v1alpha1/message.proto",
  "extensions/v1alpha1/wasm.proto",
  "mesh/v1alpha1/config.proto",
  "mesh/v1alpha1/network.proto",
  "mesh/v1alpha1/proxy.proto",
  "meta/v1alpha1/status.proto",
  "networking/v1alpha3/destination_rule.proto",
  "networking/v1alpha3/envoy_filter.proto",
  "networking/v1alpha3/gateway.proto",
  "networking/v1alpha3/service_entry.proto",
  "networking/v1alpha3/sidecar.proto",
  "networking/v1alpha3/virtual_service.proto",
  "networking/v1alpha3/workload_entry.proto",
  "networking/v1alpha3/workload_group.proto",
  "networking/v1beta1/proxy_config.proto",
  "security/v1beta1/authorization_policy.proto",
  "security/v1beta1/peer_authentication.proto",
  "security/v1beta1/request_authentication.proto",
  "telemetry/v1alpha1/telemetry.proto",
  "type/v1beta1/selector.proto",
];

export async function generateIstio(directory: string): Promise<void> {
  const all = new Map([...wellKnownDescriptors(), ...(await readDescriptors(await download(istioModule)))]);
  const written = await writeProtobufEs(closure(all, istioRoots), directory);
  console.log(`${directory}: ${written} files`);
}
