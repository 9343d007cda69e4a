import assert from "node:assert/strict";
import { test } from "node:test";
import { meshOf, written } from "../../../test/control-plane/mesh-of.ts";

const reviews = written("Service", { reviews: "{ selector: { app: reviews }, ports: [{ name: http, port: 80 }] }" });
const rule = written("DestinationRule", {
  reviews: "{ host: reviews, subsets: [{ name: v1, labels: { version: v1 } }] }",
});
const routing = (spec: string, name = "web") => written("VirtualService", { [name]: spec });
const to = (destination: string) => `{ hosts: [reviews], http: [{ route: [{ destination: ${destination} }] }] }`;

const rows: readonly [what: string, text: string, wanted: readonly string[]][] = [
  ["all is well", reviews + rule + routing(to("{ host: reviews, subset: v1 }")), []],
  ["a host that is no service", routing(to("{ host: ratings }")), ["IST0101 spec.http[0].route[0].destination.host"]],
  [
    "a subset that no rule has",
    reviews + rule + routing(to("{ host: reviews, subset: v9 }")),
    ["STOD0220 spec.http[0].route[0].destination.subset"],
  ],
  [
    "a subset without any rule",
    reviews + routing(to("{ host: reviews, subset: v1 }")),
    ["STOD0220 spec.http[0].route[0].destination.subset"],
  ],
  [
    "a rule that callers of the routing's namespace do not hear",
    reviews +
      rule
        .replace("namespace: shop", "namespace: bank")
        .replace("host: reviews", "host: reviews.shop.svc.cluster.local") +
      routing(to("{ host: reviews, subset: v1 }")),
    ["STOD0220 spec.http[0].route[0].destination.subset"],
  ],
  [
    "a gateway that is not there",
    reviews +
      routing("{ hosts: [a.example.com], gateways: [front], http: [{ route: [{ destination: { host: reviews } }] }] }"),
    ["STOD0221 spec.gateways[0]"],
  ],
  [
    "a host that another has",
    reviews + routing(to("{ host: reviews }"), "a") + routing(to("{ host: reviews }"), "b"),
    ["IST0109 spec.hosts[0]"],
  ],
  [
    "a host that another has at gateways alone",
    reviews +
      routing(to("{ host: reviews }"), "a") +
      routing("{ hosts: [reviews], gateways: [front], http: [{ route: [{ destination: { host: reviews } }] }] }", "b") +
      written("Gateway", {
        front:
          "{ selector: { app: g }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }] }",
      }),
    [],
  ],
  [
    "a host that another entry has",
    written("ServiceEntry", {
      a: "{ hosts: [api.example.com], ports: [{ number: 80, name: http, protocol: HTTP }] }",
      b: "{ hosts: [db.example.com, api.example.com], ports: [{ number: 80, name: http, protocol: HTTP }] }",
    }),
    ["STOD0226 spec.hosts[1]"],
  ],
];

for (const [what, text, wanted] of rows) {
  test(`${what}: ${wanted.join(", ") || "nothing to say"}`, () => {
    const found = [...meshOf(text).findings.values()].flatMap(({ findings }) => findings);
    assert.deepEqual(
      found.map(({ code, path }) => `${code} ${path}`),
      wanted,
    );
    for (const { file, line, help } of found) {
      assert.equal(file, "mesh.yaml");
      assert.ok((line ?? 0) > 0);
      assert.match(help, /\.$/);
    }
  });
}
