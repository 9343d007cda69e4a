import assert from "node:assert/strict";
import { test } from "node:test";
import { changesBetween, type Instance, instancesOf } from "#apps/up/inside/instances.ts";
import { Numbers } from "#apps/up/inside/numbers.ts";
import { servicesOf } from "#apps/up/inside/services.ts";
import { hostsFile, resolvConf } from "#apps/up/inside/surroundings.ts";
import { readMeshFile } from "#apps/up/mesh-file/read-mesh-file.ts";
import { publishedPorts, schemeOf } from "#apps/up/published-ports.ts";

function meshOf(services: string) {
  const { mesh, findings } = readMeshFile(
    `name: m\nservices:\n  ${services.replaceAll("\n", "\n  ")}\n`,
    "/m/stod.yaml",
  );
  assert.ok(mesh, JSON.stringify(findings));
  return mesh;
}

const names = (instances: readonly Instance[]) => instances.map(({ name }) => name).join(" ");
const before = "a: { command: x, ports: [80/http], replicas: 2 }\nb: { command: y }";

const changes: readonly [after: string, added: string, removed: string, changed: string, why?: string][] = [
  [before, "", "", ""],
  ["a: { command: x, ports: [80/http], replicas: 3 }\nb: { command: y }", "a-2", "", ""],
  ["a: { command: x, ports: [80/http], replicas: 1 }\nb: { command: y }", "", "a-1", ""],
  ["a: { command: z, ports: [80/http], replicas: 2 }\nb: { command: y }", "", "", "a-0 a-1"],
  [
    "a: { command: x, ports: [81/http], replicas: 2 }\nb: { command: y }",
    "",
    "",
    "a-0 a-1",
    "its capture and proxy are others",
  ],
  ["a: { command: x, ports: [80/http], replicas: 2 }", "", "b-0", ""],
  [
    "a: { command: x, ports: [80/http], replicas: 2, publish: 80 }\nb: { command: y, dependsOn: [a] }",
    "",
    "",
    "",
    "what runs would not notice",
  ],
  ["a: { command: x, ports: [80/http], versions: { v1: {} } }\nb: { command: y }", "a-v1-0", "a-0 a-1", ""],
];

for (const [after, added, removed, changed, why] of changes) {
  test(`after ${JSON.stringify(after)}: +[${added}] -[${removed}] ~[${changed}]${why ? `, since ${why}` : ""}`, () => {
    const are = new Map(instancesOf(meshOf(before), new Map()).map((one) => [one.name, one]));
    const found = changesBetween(are, instancesOf(meshOf(after), new Map()));
    assert.deepEqual(
      [names(found.added), names(found.removed), names(found.changed.flat())],
      [added, removed, changed],
    );
  });
}

test("replicas that were set by hand go before those of the file", () => {
  assert.equal(names(instancesOf(meshOf(before), new Map([["a", 0]]))), "b-0");
});

test("a number stays with its instance, and one that came free is the last to be given again", () => {
  const numbers = new Numbers(2, 5);
  assert.deepEqual([numbers.of("a"), numbers.of("b"), numbers.of("a")], [2, 3, 2]);
  numbers.release("a");
  assert.deepEqual([numbers.of("c"), numbers.of("d"), numbers.of("last")], [4, 5, 2]);
  assert.equal(numbers.of("one more"), undefined);
});

test("a service becomes the Service that it would be in a cluster; one without ports is none", () => {
  const mesh = meshOf("a: { command: x, namespace: n, ports: ['80:8000/grpc', 90] }\nb: { command: y }");
  assert.deepEqual(
    [...servicesOf(mesh, { portsOf: ({ ports }) => ports, virtualAddressOf: () => undefined })],
    [
      [
        "n/a",
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "a", namespace: "n", labels: { app: "a" } },
          spec: {
            selector: { app: "a" },
            ports: [
              { name: "grpc", port: 80, targetPort: 8000, protocol: "TCP", appProtocol: "grpc" },
              { name: "port-90", port: 90, targetPort: 90, protocol: "TCP" },
            ],
          },
        },
      ],
    ],
  );
});

test("the first published port is the gateway's, and others have sockets of their own", () => {
  const published = publishedPorts(
    meshOf(
      "a: { command: x, ports: [80/http], publish: 80 }\ng: { gateway: true, ports: [80/http, 443/https], publish: [443, 80] }",
    ),
  );
  assert.deepEqual(
    published.map(({ service, port, socket }) => `${service}:${port.port} ${socket}`),
    ["a:80 gateway.sock", "g:443 published-1.sock", "g:80 published-2.sock"],
  );
  assert.deepEqual([schemeOf(published), schemeOf(published.slice(1)), schemeOf([])], ["http", "https", "http"]);
});

test("an instance knows itself by name, and looks for names as a pod does", () => {
  assert.match(hostsFile("web-0", "10.128.0.9"), /^127\.0\.0\.1 localhost\n.*\n10\.128\.0\.9 web-0\n$/);
  assert.equal(
    resolvConf("shop"),
    "nameserver 10.128.0.1\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n",
  );
});
