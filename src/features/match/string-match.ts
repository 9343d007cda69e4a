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
  switch (matchType.case) {
    case undefined:
      return { how: "present" };
    case "exact":
      return { how: "exact", text: matchType.value };
    case "prefix":
      return matchType.value === "" ? { how: "present" } : { how: "prefix", text: matchType.value };
    case "regex":
      return fromRegex(matchType.value);
  }
}

/** Envoy takes no empty expression, which matches just the empty text. `*` is Istio's own word for anything. */
function fromRegex(text: string): StringMatch {
  if (text === "") return { how: "exact", text: "" };
  return text === "*" || text === ".*" ? { how: "present" } : { how: "regex", text };
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
