import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDocuments } from "./decode.ts";
import { hostProblem } from "./host-fields.ts";

const hosts: readonly [host: string, problem: RegExp | undefined, why?: string][] = [
  ["reviews", undefined],
  ["reviews.shop.svc.cluster.local", undefined],
  ["Shop.Example.COM", undefined],
  ["shop.example.com.", undefined, "a dot at the end is DNS's own way"],
  ["*", undefined],
  ["*.example.com", undefined],
  ["*-api.example.com", undefined],
  ["10.1.2.3", undefined],
  ["fd00::1", undefined],
  ["", /empty/],
  [".", /two dots|part/],
  ["a..b", /two dots/],
  ["shop.*.com", /part \*/, "a star stands first or nowhere"],
  ["**.example.com", /part \*\*/],
  ["my_service", /part my_service/],
  ["-a.com", /part -a/],
  ["http://shop.com", /part http:\/\/shop/],
  ["shop.com:8080", /part com:8080/],
  ["10.1.2.300", /ends with a number/],
  [`${"a".repeat(64)}.com`, /64 characters, and 63/],
  [`${"a.".repeat(128)}b`, /257 characters long/],
];

for (const [host, problem, why] of hosts) {
  test(`${host.slice(0, 40) || "nothing"} is ${problem === undefined ? "a host" : "no host"}${why ? `: ${why}` : ""}`, () => {
    const says = hostProblem(host);
    if (problem === undefined) assert.equal(says, undefined);
    else assert.match(says ?? "no problem", problem);
  });
}

const specs: readonly [kind: string, spec: string, paths: string[]][] = [
  ["VirtualService", "{ hosts: [reviews, a_b, 'x y'] }", ["spec.hosts[1]", "spec.hosts[2]"]],
  ["VirtualService", "{ hosts: ['*'] }", ["spec.hosts[0]"]],
  ["VirtualService", "{ hosts: ['*'], gateways: [mesh, public] }", ["spec.hosts[0]"]],
  ["VirtualService", "{ hosts: ['*'], gateways: [public] }", []],
  ["DestinationRule", "{ host: a_b }", ["spec.host"]],
  ["ServiceEntry", "{ hosts: [a.com, a_b], ports: [{ number: 80, name: a }] }", ["spec.hosts[1]"]],
  [
    "Gateway",
    "{ servers: [{ port: { number: 80, protocol: HTTP, name: a }, hosts: ['shop/*.a.com', './b_c'] }] }",
    ["spec.servers[0].hosts[1]"],
  ],
];

for (const [kind, spec, paths] of specs) {
  test(`${kind} ${spec}: ${paths.length > 0 ? `refused at ${paths}` : "fine"}`, () => {
    const text = `apiVersion: networking.istio.io/v1\nkind: ${kind}\nmetadata: { name: a }\nspec: ${spec}\n`;
    const { findings } = decodeDocuments(text, { file: "x", defaultNamespace: "shop", source: "test" });
    assert.deepEqual(
      findings.map(({ path }) => path),
      paths,
    );
  });
}
