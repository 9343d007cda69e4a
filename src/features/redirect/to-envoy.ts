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

/**
 * @param called  the port to which the requests come
 * @writes envoy.config.route.v3.RedirectAction
 */
export function toEnvoy(redirect: Redirect, called: number): RedirectActionInit {
  const { scheme, authority, path, status } = redirect;
  const port = portOf(redirect, called);
  return {
    responseCode: codes[status],
    ...(scheme && { schemeRewriteSpecifier: { case: "schemeRedirect", value: scheme } }),
    ...(authority && { hostRedirect: authority }),
    ...(port !== undefined && { portRedirect: port }),
    ...(path && {
      pathRewriteSpecifier: { case: path.how === "prefix" ? "prefixRewrite" : "pathRedirect", value: path.text },
    }),
  };
}

/** The port to write into the URL; `undefined` for none, and then that of the request's own authority stays in it. */
function portOf({ scheme, authority, port }: Redirect, called: number): number | undefined {
  const usual = scheme === "https" ? 443 : 80;
  const number = port === "by-scheme" ? usual : port === "as-called" ? called : port;
  // An authority that is written anew has no port in it yet, and a URL needs none that its scheme means anyway.
  return number === usual && authority !== undefined ? undefined : number;
}
