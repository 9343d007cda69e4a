import type { DestinationRule } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { Gateway } from "#api/gen/istio/networking/v1alpha3/gateway_pb.js";
import type { ServiceEntry } from "#api/gen/istio/networking/v1alpha3/service_entry_pb.js";
import type { VirtualService } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { WorkloadEntry } from "#api/gen/istio/networking/v1alpha3/workload_entry_pb.js";
import type { PeerAuthentication } from "#api/gen/istio/security/v1beta1/peer_authentication_pb.js";
import type { MeshObject } from "./object.ts";
import type { ServiceSpec } from "./service.ts";

/** The kinds that stod acts on, each with what its `spec` is once decoded. */
export interface SpecOf {
  Service: ServiceSpec;
  VirtualService: VirtualService;
  DestinationRule: DestinationRule;
  Gateway: Gateway;
  ServiceEntry: ServiceEntry;
  WorkloadEntry: WorkloadEntry;
  PeerAuthentication: PeerAuthentication;
}

export type ActedKind = keyof SpecOf;
export type ObjectOf<Kind extends ActedKind> = MeshObject<Kind, SpecOf[Kind]>;

export type ServiceObject = ObjectOf<"Service">;
export type VirtualServiceObject = ObjectOf<"VirtualService">;
export type DestinationRuleObject = ObjectOf<"DestinationRule">;
export type GatewayObject = ObjectOf<"Gateway">;
export type ServiceEntryObject = ObjectOf<"ServiceEntry">;
export type WorkloadEntryObject = ObjectOf<"WorkloadEntry">;
export type PeerAuthenticationObject = ObjectOf<"PeerAuthentication">;

/** Whether an object is of a kind, and so what its spec is. Only what `decode.ts` gave may be asked about. */
export function isKind<Kind extends ActedKind>(object: MeshObject, kind: Kind): object is ObjectOf<Kind> {
  return object.kind === kind;
}
