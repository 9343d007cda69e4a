import type { JsonObject } from "@bufbuild/protobuf";
import type { Node } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import type { Peer } from "#grpc/peer.ts";
import { lastPlace } from "#host/explicit-capture.ts";
import { parseSpiffeId, spiffeId } from "#identity/spiffe-id.ts";
import { type ConnectedProxy, proxyTitle } from "#model/proxy.ts";

/** What a node says of itself, or why it is not one that we serve. */
export type Reading = { readonly proxy: ConnectedProxy } | { readonly fault: string };

const maxNodeId = 1024;
const maxLabels = 100;
const maxText = 253;

/**
 * The proxy that a node describes, as Istio's proxies do: `sidecar~IP~NAME.NAMESPACE~DOMAIN`, and metadata.
 *
 * @reads envoy.config.core.v3.Node
 */
export function readNode(node: Node): Reading {
  if (node.id.length > maxNodeId) return { fault: `the node id has more than ${maxNodeId} characters` };
  const [kind, address, name, , ...rest] = node.id.split("~");
  if ((kind !== "sidecar" && kind !== "router") || name === undefined || rest.length > 0) {
    return { fault: `the node id ${quote(node.id)} is not of the form sidecar~IP~NAME.NAMESPACE~DOMAIN` };
  }
  const metadata: JsonObject = node.metadata ?? {};
  const namespace = text(metadata.NAMESPACE) ?? name.slice(name.lastIndexOf(".") + 1);
  const own = text(metadata.NAME) ?? name.slice(0, Math.max(name.lastIndexOf("."), 0));
  if (name !== `${own}.${namespace}`) {
    return { fault: `the node id says ${quote(name)}, and its metadata ${quote(`${own}.${namespace}`)}` };
  }
  const serviceAccount = text(metadata.SERVICE_ACCOUNT) ?? "default";
  const labels = labelsOf(metadata.LABELS);
  if (labels === undefined) return { fault: `the labels of node ${quote(name)} are not a small map of short texts` };
  const { region = "", zone = "", subZone = "" } = node.locality ?? {};
  return {
    proxy: {
      key: `${name} ${serviceAccount}`,
      name: own,
      namespace,
      kind: kind === "router" ? "gateway" : "sidecar",
      labels,
      serviceAccount,
      addresses: address === undefined || address === "" ? [] : [address],
      locality: [region, zone, subZone].filter(Boolean).join("/") || undefined,
      explicit: placeOf(metadata),
      vhds: metadata.VHDS === "true",
    },
  };
}

/**
 * Why a peer may not have what this proxy gets, or `undefined` if it may: a certificate opens its own identity's
 * stream and no other; a unix socket of ours is open to our own agent alone, which has checked its proxies.
 */
export function whyNot(proxy: ConnectedProxy, peer: Peer, trustDomain: string): string | undefined {
  if (peer.transport === "unix") return undefined;
  if (peer.transport === "plaintext") return peerIsLoopback(peer) ? undefined : "plaintext is for the loopback only";
  const { namespace, serviceAccount } = proxy;
  const identities = peer.uriSans.filter((uri) => parseSpiffeId(uri) !== undefined);
  if (identities.length === 0) return "no verified certificate with a SPIFFE id";
  const expected = expectedId(trustDomain, namespace, serviceAccount);
  if (expected !== undefined && identities.includes(expected)) return undefined;
  return `the certificate is of ${identities.join(", ")}, and the node says it is ${proxyTitle(proxy)} of ${namespace}/${serviceAccount}`;
}

function expectedId(trustDomain: string, namespace: string, serviceAccount: string): string | undefined {
  try {
    return spiffeId({ trustDomain, namespace, serviceAccount });
  } catch {
    return undefined;
  }
}

function peerIsLoopback({ remoteAddress = "" }: Peer): boolean {
  return remoteAddress === "::1" || /^(::ffff:)?127\./.test(remoteAddress);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= maxText ? value : undefined;
}

/** Where nothing is captured, the number that a proxy's addresses follow from. */
function placeOf({ CAPTURE, EXPLICIT_INDEX }: JsonObject): number | undefined {
  const place = Number(EXPLICIT_INDEX);
  return CAPTURE === "explicit" && Number.isInteger(place) && place >= 1 && place <= lastPlace ? place : undefined;
}

function labelsOf(value: unknown): Record<string, string> | undefined {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const areShort = entries.every(
    ([name, label]) => name.length <= maxText && typeof label === "string" && label.length <= maxText,
  );
  return areShort && entries.length <= maxLabels ? (Object.fromEntries(entries) as Record<string, string>) : undefined;
}

function quote(said: string): string {
  return JSON.stringify(said.slice(0, maxText));
}
