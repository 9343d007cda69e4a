import { addressText, inside, type Json, list, partOf, text, texts } from "#apps/cli/proxy-config/dump.ts";

export const listenerHead = ["NAME", "ADDRESS", "MATCH", "DESTINATION"];

/** A row for each filter chain: what it takes, and where that goes. */
export function listenerRows(dump: Json): readonly (readonly string[])[] {
  return listenersOf(dump).flatMap((listener) => {
    const name = text(listener, "name");
    const address = addressText(inside(listener, "address"));
    const fallback = inside(listener, "default_filter_chain");
    const chains = [...list(listener, "filter_chains"), ...(Object.keys(fallback).length > 0 ? [fallback] : [])];
    if (chains.length === 0) return [[name, address, "-", "-"]];
    return chains.map((chain) => [
      name,
      address,
      chain === fallback ? "everything else" : matchText(chain),
      destinationText(chain),
    ]);
  });
}

export function listenersOf(dump: Json): readonly Json[] {
  const part = partOf(dump, "Listeners");
  const dynamic = list(part, "dynamic_listeners").map((entry) => inside(entry, "active_state", "listener"));
  const own = list(part, "static_listeners").map((entry) => inside(entry, "listener"));
  return [...dynamic, ...own].filter((listener) => Object.keys(listener).length > 0);
}

function matchText(chain: Json): string {
  const match = inside(chain, "filter_chain_match");
  const ranges = list(match, "prefix_ranges").map(
    (range) => `${text(range, "address_prefix")}/${text(range, "prefix_len")}`,
  );
  const parts = [
    text(match, "destination_port") && `port ${text(match, "destination_port")}`,
    ranges.length > 0 && `to ${ranges.slice(0, 3).join(",")}${ranges.length > 3 ? ",…" : ""}`,
    text(match, "transport_protocol") && `trans: ${text(match, "transport_protocol")}`,
    texts(match, "application_protocols").length > 0 && `app: ${texts(match, "application_protocols").join(",")}`,
    texts(match, "server_names").length > 0 && `SNI: ${texts(match, "server_names").join(",")}`,
  ];
  return parts.filter(Boolean).join("; ") || "all";
}

function destinationText(chain: Json): string {
  const filters = list(chain, "filters").map((filter) => inside(filter, "typed_config"));
  const http = filters.find((config) => text(config, "@type").endsWith("HttpConnectionManager"));
  if (http !== undefined) {
    const route = text(inside(http, "rds"), "route_config_name");
    return route === "" ? `Inline route: ${text(inside(http, "route_config"), "name")}` : `Route: ${route}`;
  }
  const tcp = filters.find((config) => text(config, "@type").endsWith("TcpProxy"));
  if (tcp === undefined)
    return (
      list(chain, "filters")
        .map((filter) => text(filter, "name"))
        .join(",") || "-"
    );
  const weighted = list(inside(tcp, "weighted_clusters"), "clusters").map(
    (one) => `${text(one, "name")} ${text(one, "weight")}`,
  );
  return `Cluster: ${text(tcp, "cluster") || weighted.join(", ")}`;
}
