import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StringMatch as IstioStringMatch } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { StringMatcherSchema } from "#envoy/gen/envoy/type/matcher/v3/string_pb.js";

/** How a text is compared; `present` takes any text, even an empty one. */
export type StringMatch = TextMatch | { readonly how: "present" };

export interface TextMatch {
  readonly how: "exact" | "prefix" | "regex";
  readonly text: string;
}

/** A match of Istio's API; one that says nothing, or matches everything, asks only that the text be there. */
export function fromIstio({ matchType }: IstioStringMatch): StringMatch {
  if (matchType.case === undefined) return { how: "present" };
  if (matchType.case === "regex" && (matchType.value === "*" || matchType.value === ".*")) return { how: "present" };
  return { how: matchType.case, text: matchType.value };
}

/** @writes envoy.type.matcher.v3.StringMatcher */
export function stringMatcher(match: TextMatch): MessageInitShape<typeof StringMatcherSchema> {
  switch (match.how) {
    case "exact":
    case "prefix":
      return { matchPattern: { case: match.how, value: match.text } };
    case "regex":
      return { matchPattern: { case: "safeRegex", value: { regex: match.text } } };
  }
}
