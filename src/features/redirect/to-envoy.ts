import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  RedirectAction_RedirectResponseCode as Code,
  type RedirectActionSchema,
} from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import type { Redirect } from "#features/redirect/redirect.ts";

type RedirectActionInit = Exclude<MessageInitShape<typeof RedirectActionSchema>, { $typeName: string }>;

const codes: Readonly<Record<Redirect["status"], Code>> = {
  301: Code.MOVED_PERMANENTLY,
  302: Code.FOUND,
  303: Code.SEE_OTHER,
  307: Code.TEMPORARY_REDIRECT,
  308: Code.PERMANENT_REDIRECT,
};

/** @writes envoy.config.route.v3.RedirectAction */
export function toEnvoy({ scheme, authority, port, path, status }: Redirect): RedirectActionInit {
  return {
    responseCode: codes[status],
    ...(scheme && { schemeRewriteSpecifier: { case: "schemeRedirect", value: scheme } }),
    ...(authority && { hostRedirect: authority }),
    ...(port !== undefined && { portRedirect: port === "by-scheme" ? (scheme === "https" ? 443 : 80) : port }),
    ...(path && {
      pathRewriteSpecifier: { case: path.how === "prefix" ? "prefixRewrite" : "pathRedirect", value: path.text },
    }),
  };
}
