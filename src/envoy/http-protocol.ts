import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { any } from "#envoy/any.ts";
import { HttpProtocolOptionsSchema } from "#envoy/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";

type HttpProtocolOptionsInit = Exclude<MessageInitShape<typeof HttpProtocolOptionsSchema>, { $typeName: string }>;

/**
 * Which HTTP a cluster speaks, for its `typedExtensionProtocolOptions`.
 *
 * @param speaks  `h2`: always HTTP/2; `h1`: what the caller speaks
 * @param more  further options; of two that say one thing these count
 * @writes envoy.extensions.upstreams.http.v3.HttpProtocolOptions
 */
export function upstreamHttp(
  speaks: "h1" | "h2",
  more: Partial<HttpProtocolOptionsInit> = {},
): { readonly [extension: string]: Any } {
  const options = any(HttpProtocolOptionsSchema, {
    upstreamProtocolOptions:
      speaks === "h2"
        ? { case: "explicitHttpConfig", value: { protocolConfig: { case: "http2ProtocolOptions", value: {} } } }
        : { case: "useDownstreamProtocolConfig", value: { httpProtocolOptions: {}, http2ProtocolOptions: {} } },
    ...more,
  });
  return { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options };
}
