import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { isAuthority } from "#features/headers/header-name.ts";
import type { PathRewrite, Rewrite } from "#features/rewrite/rewrite.ts";

/** @reads networking.istio.io/v1 VirtualService spec.http[].rewrite */
export function fromVirtualService({ rewrite }: HTTPRoute): Rewrite | undefined {
  if (rewrite === undefined) return undefined;
  const regex = rewrite.uriRegexRewrite;
  const path: PathRewrite | undefined =
    regex !== undefined && regex.match !== ""
      ? { how: "regex", match: regex.match, substitution: regex.rewrite }
      : rewrite.uri !== ""
        ? { how: "matched", text: rewrite.uri }
        : undefined;
  return { authority: isAuthority(rewrite.authority) ? rewrite.authority : undefined, path };
}
