/** The type URL of an xDS resource, such as `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
export type TypeUrl = string;

/** A resource as the wire carries it: encoded once, and shared by every stream that gets it. */
export interface EncodedResource {
  readonly typeUrl: TypeUrl;
  readonly name: string;
  /** Hash of `body`, and so the resource's xDS version: equal content has equal versions, on every control plane. */
  readonly version: string;
  /** The encoded message: what goes into the `value` of its `google.protobuf.Any`. */
  readonly body: Uint8Array;
}
