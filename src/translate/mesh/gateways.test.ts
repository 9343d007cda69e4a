import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayServer } from "#model/gateway.ts";
import { meshOf, written } from "../../../test/control-plane/mesh-of.ts";
import { hostsAt } from "./gateways.ts";

const server = (hosts: string): string =>
  `{ selector: { app: gateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: [${hosts}] }] }`;

const rows: readonly [server: string, routing: string, namespace: string, wanted: string[], why?: string][] = [
  ['"*"', "shop.example.com", "shop", ["shop.example.com"]],
  ["shop.example.com", "shop.example.com", "shop", ["shop.example.com"]],
  ["shop.example.com", "bank.example.com", "shop", []],
  ['"*.example.com"', "shop.example.com, example.com", "shop", ["shop.example.com"], "a wildcard needs a label more"],
  ["shop.example.com", '"*.example.com"', "shop", ["shop.example.com"], "the narrower of the two"],
  ['"*.example.com"', '"*"', "shop", ["*.example.com"]],
  ["./shop.example.com", "shop.example.com", "shop", ["shop.example.com"], "its own namespace"],
  ["./shop.example.com", "shop.example.com", "bank", [], "its own namespace alone"],
  ["bank/shop.example.com", "shop.example.com", "bank", ["shop.example.com"]],
  ["bank/shop.example.com", "shop.example.com", "shop", []],
  ['"*/shop.example.com"', "shop.example.com", "bank", ["shop.example.com"], "any namespace"],
];

for (const [hosts, routed, namespace, wanted, why] of rows) {
  test(`a server for ${hosts} and a routing for ${routed} of ${namespace} share ${wanted.join() || "nothing"}${why ? `: ${why}` : ""}`, () => {
    const { mesh } = meshOf(
      written("Gateway", { front: server(hosts) }) +
        written("VirtualService", {
          [`${namespace}/web`]: `{ hosts: [${routed}], gateways: [shop/front], http: [{ route: [{ destination: { host: web } }] }] }`,
        }),
    );
    const open = mesh.gateways.get("shop/front")?.servers[0] as GatewayServer;
    const routing = mesh.routings.get(`${namespace}/web`);
    assert.deepEqual(routing && hostsAt(open, routing), wanted);
  });
}
