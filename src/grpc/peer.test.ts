import assert from "node:assert/strict";
import { test } from "node:test";
import { uriSans } from "./peer.ts";

const rows: readonly [names: string, uris: string[], why?: string][] = [
  ["", []],
  ["URI:spiffe://cluster.local/ns/shop/sa/web", ["spiffe://cluster.local/ns/shop/sa/web"]],
  ["DNS:web, URI:spiffe://a, IP Address:10.0.0.1, URI:spiffe://b", ["spiffe://a", "spiffe://b"]],
  ['URI:"spiffe://a, URI:spiffe://admin"', ["spiffe://a, URI:spiffe://admin"], "one name that looks like two"],
  ['DNS:"x, URI:spiffe://admin", URI:spiffe://a', ["spiffe://a"], "a DNS name that looks like a URI"],
];

for (const [names, uris, why] of rows) {
  test(`alternative names ${names || "(none)"}${why ? `: ${why}` : ""}`, () => assert.deepEqual(uriSans(names), uris));
}
