import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type FractionalPercentSchema,
  FractionalPercent_DenominatorType as Of,
} from "#envoy/gen/envoy/type/v3/percent_pb.js";

/** A percentage as Envoy counts it, to a ten-thousandth of one percent. @writes envoy.type.v3.FractionalPercent */
export function fractionalPercent(percent: number): MessageInitShape<typeof FractionalPercentSchema> {
  return { numerator: Math.round(percent * 10_000), denominator: Of.MILLION };
}
