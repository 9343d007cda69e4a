import type { Fields } from "#apps/up/mesh-file/fields.ts";
import { parseDuration } from "#base/duration.ts";

/** Settings of the whole mesh in the words of Istio's MeshConfig; those that are not there hold as in Istio. */
export interface MeshConfigEntry {
  readonly outboundTrafficPolicy?: { readonly mode: "ALLOW_ANY" | "REGISTRY_ONLY" };
  readonly accessLogFile?: string;
  readonly rootNamespace?: string;
}

const shortestTtlMs = 60_000;
const modes = ["ALLOW_ANY", "REGISTRY_ONLY"] as const;

export function readMeshConfig(fields: Fields): MeshConfigEntry {
  fields.only("outboundTrafficPolicy", "accessLogFile", "rootNamespace");
  const policy = fields.inside("outboundTrafficPolicy").only("mode");
  const written = policy.raw("mode");
  const mode = modes.find((one) => one === written);
  if (written !== undefined && mode === undefined)
    policy.wrong("mode", { wanted: `one of ${modes.join(", ")}`, example: "mode: REGISTRY_ONLY" });
  const accessLogFile = fields.text("accessLogFile", { wanted: "a file", example: "accessLogFile: /dev/stdout" });
  const rootNamespace = fields.text("rootNamespace", { wanted: "a namespace", example: "rootNamespace: istio-system" });
  return {
    ...(mode && { outboundTrafficPolicy: { mode } }),
    ...(accessLogFile !== undefined && { accessLogFile }),
    ...(rootNamespace !== undefined && { rootNamespace }),
  };
}

/** Life of workloads' certificates, such as `24h`; `undefined` where the file does not say. */
export function readCertificateTtl(fields: Fields): string | undefined {
  const wanted = { wanted: "a duration of 1m or more", example: "certificateTtl: 24h" };
  const text = fields.text("certificateTtl", wanted);
  if (text === undefined) return undefined;
  const ms = parseDuration(text)?.ms;
  return ms !== undefined && ms >= shortestTtlMs ? text : fields.wrong("certificateTtl", wanted);
}
