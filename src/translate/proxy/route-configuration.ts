import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { milliseconds } from "#base/duration.ts";
import { fromAds } from "#envoy/ads.ts";
import { duration } from "#envoy/duration.ts";
import { encodeBytes, encodeResource } from "#envoy/encode.ts";
import { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import { allowAnyVirtualHost, blockAllVirtualHost, passthroughCluster } from "#envoy/names.ts";
import type { RouteConfigurationName } from "#envoy/route-names.ts";
import { maxBodyBytes } from "#features/direct-response/direct-response.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import { defaultRoute } from "#translate/proxy/route.ts";
import type { VirtualHostInit } from "#translate/proxy/virtual-host.ts";
import type { EncodedResource } from "#xds/resource.ts";

type RouteConfigurationInit = Exclude<MessageInitShape<typeof RouteConfigurationSchema>, { $typeName: string }>;

/** Envoy asks for virtual hosts without naming any, and waits this long for an answer before it serves. */
const vhdsPatience = milliseconds(1000);

/** What all our route configurations have. */
function base(name: RouteConfigurationName, fallback: readonly VirtualHostInit[]): RouteConfigurationInit {
  return {
    name,
    // A route may be there before its cluster; that is that route's trouble, not that of the whole table.
    validateClusters: false,
    ignorePortInHostMatching: true,
    maxDirectResponseBodySizeBytes: maxBodyBytes,
    virtualHosts: [...fallback],
  };
}

/** The frame of a route configuration whose virtual hosts come one by one: it changes with none of them. */
export function vhdsRoutes(name: RouteConfigurationName, fallback: readonly VirtualHostInit[]): EncodedResource {
  const init = {
    ...base(name, fallback),
    vhds: { configSource: { ...fromAds, initialFetchTimeout: duration(vhdsPatience) } },
  };
  return encodeResource(RouteConfigurationSchema, init, name);
}

/**
 * A route configuration with its virtual hosts in it, put together from their encoded bytes.
 *
 * @param virtualHosts  encoded, in the order in which they shall stand
 * @param told  `by port` where their domains have ports in them
 */
export function inlineRoutes(
  name: RouteConfigurationName,
  virtualHosts: readonly Uint8Array[],
  fallback: readonly VirtualHostInit[],
  told: "by host" | "by port" = "by host",
): EncodedResource {
  const writer = new BinaryWriter();
  const field = RouteConfigurationSchema.field.virtualHosts.number;
  for (const bytes of virtualHosts) writer.tag(field, WireType.LengthDelimited).bytes(bytes);
  const init = { ...base(name, fallback), ignorePortInHostMatching: told === "by host" };
  const frame = toBinary(RouteConfigurationSchema, create(RouteConfigurationSchema, init));
  return encodeBytes(RouteConfigurationSchema, Buffer.concat([frame, writer.finish()]), name);
}

/** What becomes of requests to hosts that the mesh does not know. */
export function unknownHosts({ outboundTraffic }: MeshSettings): VirtualHostInit {
  if (outboundTraffic === "allow-any") {
    return {
      name: allowAnyVirtualHost,
      domains: ["*"],
      routes: [{ ...defaultRoute(passthroughCluster), name: "allow_any" }],
    };
  }
  const refused = { status: 502 };
  return {
    name: blockAllVirtualHost,
    domains: ["*"],
    routes: [
      {
        name: "block_all",
        match: { pathSpecifier: { case: "prefix", value: "/" } },
        action: { case: "directResponse", value: refused },
      },
    ],
  };
}
