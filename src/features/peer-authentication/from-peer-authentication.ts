import {
  PeerAuthentication_MutualTLS_Mode as Mode,
  type PeerAuthentication_MutualTLS,
} from "#api/gen/istio/security/v1beta1/peer_authentication_pb.js";
import type { PeerAuthenticationObject } from "#api/objects.ts";
import type { MtlsMode } from "#features/peer-authentication/modes.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * What the ports of a workload with these labels take, by the PeerAuthentications of its namespace and of the root
 * namespace. The nearest that says anything counts: port, workload, namespace, mesh, and then PERMISSIVE. Of two on
 * one level the older counts, as in Istio.
 *
 * @reads security.istio.io/v1 PeerAuthentication spec
 */
export function mtlsOf(
  labels: Labels,
  ofNamespace: readonly PeerAuthenticationObject[],
  ofRoot: readonly PeerAuthenticationObject[],
): { mode: MtlsMode; ports: Readonly<Record<number, MtlsMode>> } {
  const workload = oldest(ofNamespace.filter(({ spec }) => selectsWorkload(spec.selector?.matchLabels, labels)));
  const namespace = oldest(ofNamespace.filter(({ spec }) => isForAll(spec.selector?.matchLabels)));
  const mesh = oldest(ofRoot.filter(({ spec }) => isForAll(spec.selector?.matchLabels)));
  const mode = modeOf(workload?.spec.mtls) ?? modeOf(namespace?.spec.mtls) ?? modeOf(mesh?.spec.mtls) ?? "PERMISSIVE";
  const ports: Record<number, MtlsMode> = {};
  for (const [port, mtls] of Object.entries(workload?.spec.portLevelMtls ?? {}))
    ports[Number(port)] = modeOf(mtls) ?? mode;
  return { mode, ports };
}

function modeOf(mtls: PeerAuthentication_MutualTLS | undefined): MtlsMode | undefined {
  switch (mtls?.mode) {
    case Mode.STRICT:
      return "STRICT";
    case Mode.PERMISSIVE:
      return "PERMISSIVE";
    case Mode.DISABLE:
      return "DISABLE";
    default:
      return undefined;
  }
}

function isForAll(selector: Labels | undefined): boolean {
  return selector === undefined || Object.keys(selector).length === 0;
}

function selectsWorkload(selector: Labels | undefined, labels: Labels): boolean {
  return !isForAll(selector) && Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value);
}

function oldest(objects: readonly PeerAuthenticationObject[]): PeerAuthenticationObject | undefined {
  return [...objects].sort((a, b) => {
    const [at, bt] = [a.metadata.creationTimestamp ?? "~", b.metadata.creationTimestamp ?? "~"];
    return at !== bt ? (at < bt ? -1 : 1) : a.key < b.key ? -1 : 1;
  })[0];
}
