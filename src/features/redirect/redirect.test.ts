import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type JsonObject } from "@bufbuild/protobuf";
import { RedirectActionSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { toEnvoyJson } from "#envoy/json.ts";
import { briefly, here, httpRoute } from "../../../test/features/shown.ts";
import { checkRedirect } from "./check.ts";
import { fromVirtualService } from "./from-virtual-service.ts";
import { toEnvoy } from "./to-envoy.ts";

const rows: readonly [written: JsonObject, envoy: JsonObject, why?: string][] = [
  [{ uri: "/new" }, { path_redirect: "/new" }],
  [{ uri: "%PREFIX()%/new" }, { prefix_rewrite: "/new" }, "older Istio's words for the matched prefix alone"],
  [{ authority: "other" }, { host_redirect: "other" }],
  [{ scheme: "https" }, { scheme_redirect: "https" }],
  [
    { uri: "/new", redirectCode: 302 },
    { path_redirect: "/new", response_code: "FOUND" },
  ],
  [
    { uri: "/new", redirectCode: 303 },
    { path_redirect: "/new", response_code: "SEE_OTHER" },
  ],
  [
    { uri: "/new", redirectCode: 307 },
    { path_redirect: "/new", response_code: "TEMPORARY_REDIRECT" },
  ],
  [
    { uri: "/new", redirectCode: 308 },
    { path_redirect: "/new", response_code: "PERMANENT_REDIRECT" },
  ],
  [{ uri: "/new", redirectCode: 304 }, { path_redirect: "/new" }, "no redirect of Envoy's: 301, which JSON leaves out"],
  [{ port: 9443 }, { port_redirect: 9443 }],
  [{ port: 99999 }, {}, "Envoy would refuse it"],
  [
    { authority: "other", port: 443, scheme: "https" },
    { host_redirect: "other", scheme_redirect: "https" },
    "https means 443",
  ],
  [
    { authority: "other", port: 443 },
    { host_redirect: "other", port_redirect: 443 },
  ],
  [
    { scheme: "https", derivePort: "FROM_PROTOCOL_DEFAULT" },
    { scheme_redirect: "https", port_redirect: 443 },
    "the port that was called goes",
  ],
  [{ authority: "other", derivePort: "FROM_PROTOCOL_DEFAULT" }, { host_redirect: "other" }],
  [
    { authority: "other", derivePort: "FROM_REQUEST_PORT" },
    { host_redirect: "other", port_redirect: 8000 },
  ],
];

for (const [written, envoy, why] of rows) {
  test(`redirect ${JSON.stringify(written)}${why ? `: ${why}` : ""}`, async () => {
    const { redirect } = httpRoute({ redirect: written });
    assert.ok(redirect);
    const message = create(RedirectActionSchema, toEnvoy(fromVirtualService(redirect), 8000));
    assert.deepEqual(await toEnvoyJson(RedirectActionSchema, message), envoy);
  });
}

const checks: readonly [redirect: JsonObject, ...found: string[]][] = [
  [{ uri: "/new" }],
  [{}, "STOD0281 redirect"],
  [{ uri: "/new", redirectCode: 304 }, "STOD0282 redirect.redirectCode"],
  [{ port: 0 }, "STOD0283 redirect.port"],
];

for (const [redirect, ...found] of checks) {
  test(`checking ${JSON.stringify(redirect)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(checkRedirect(httpRoute({ redirect }), here)), found);
  });
}
