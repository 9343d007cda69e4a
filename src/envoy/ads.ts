import type { MessageInitShape } from "@bufbuild/protobuf";
import { seconds } from "#base/duration.ts";
import { duration } from "#envoy/duration.ts";
import { ApiVersion, type ConfigSourceSchema } from "#envoy/gen/envoy/config/core/v3/config_source_pb.js";

type ConfigSourceInit = Exclude<MessageInitShape<typeof ConfigSourceSchema>, { $typeName: string }>;

/** "From the stream that brought this", waited for as long as it takes. */
export const fromAds: ConfigSourceInit = {
  resourceApiVersion: ApiVersion.V3,
  initialFetchTimeout: duration(seconds(0)),
  configSourceSpecifier: { case: "ads", value: {} },
};
