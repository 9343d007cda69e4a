import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DirectResponseActionSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import type { DirectResponse } from "#features/direct-response/direct-response.ts";

type DirectResponseActionInit = Exclude<MessageInitShape<typeof DirectResponseActionSchema>, { $typeName: string }>;

/** @writes envoy.config.route.v3.DirectResponseAction */
export function toEnvoy({ status, body }: DirectResponse): DirectResponseActionInit {
  if (body === undefined) return { status };
  const specifier =
    typeof body === "string"
      ? { case: "inlineString" as const, value: body }
      : { case: "inlineBytes" as const, value: body };
  return { status, body: { specifier } };
}
