import { fromJson } from "@bufbuild/protobuf";
import { parse } from "yaml";
import {
  MeshConfigSchema,
  MeshConfig_OutboundTrafficPolicy_Mode as Mode,
} from "#api/gen/istio/mesh/v1alpha1/config_pb.js";
import { StateFault } from "#base/state-fault.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";

/** Fields of MeshConfig that we act on; others are refused, so that none is silently without effect. */
const actedOn: ReadonlySet<string> = new Set([
  "outboundTrafficPolicy",
  "rootNamespace",
  "trustDomain",
  "accessLogFile",
]);

/**
 * Settings of the whole mesh, as Istio's MeshConfig says them.
 *
 * @reads istio.mesh.v1alpha1 MeshConfig outboundTrafficPolicy.mode
 * @reads istio.mesh.v1alpha1 MeshConfig rootNamespace
 * @reads istio.mesh.v1alpha1 MeshConfig trustDomain
 * @reads istio.mesh.v1alpha1 MeshConfig accessLogFile
 * @throws StateFault where it is not one
 */
export function readMeshConfig(text: string, file: string): Partial<MeshSettings> {
  const written = parsed(text, file);
  const unknown = Object.keys(written).filter((field) => !actedOn.has(field));
  if (unknown.length > 0) {
    throw new StateFault(
      file,
      `stod does not act on ${unknown.join(", ")} of MeshConfig yet`,
      `Leave it out. Known are ${[...actedOn].join(", ")}.`,
    );
  }
  try {
    const config = fromJson(MeshConfigSchema, written as never);
    const mode = config.outboundTrafficPolicy?.mode;
    return {
      ...(mode !== undefined && { outboundTraffic: mode === Mode.REGISTRY_ONLY ? "registry-only" : "allow-any" }),
      ...(config.rootNamespace !== "" && { rootNamespace: config.rootNamespace }),
      ...(config.trustDomain !== "" && { trustDomain: config.trustDomain }),
      ...(config.accessLogFile !== "" && { accessLog: "all" as const }),
    };
  } catch (cause) {
    throw new StateFault(
      file,
      `it is no MeshConfig: ${(cause as Error).message}`,
      "See Istio's reference of MeshConfig.",
      { cause },
    );
  }
}

function parsed(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = parse(text);
    if (value === null || value === undefined) return {};
    if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new StateFault(file, `it is not YAML: ${(cause as Error).message}`, "Mend it.", { cause });
  }
  throw new StateFault(file, "it is no map of settings", "Write it as Istio's MeshConfig.");
}
