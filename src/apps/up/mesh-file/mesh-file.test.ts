import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readMeshFile } from "#apps/up/mesh-file/read-mesh-file.ts";
import { parseCommand } from "#apps/up/mesh-file/workloads.ts";
import { printFinding } from "#findings/print.ts";

const root = new URL("../../../../", import.meta.url);

function meshOf(text: string) {
  const { mesh, findings } = readMeshFile(text, "/m/stod.yaml");
  assert.deepEqual(findings.map(printFinding), []);
  assert.ok(mesh);
  return mesh;
}

test("the example of docs/stod-yaml.md is right", () => {
  const page = readFileSync(new URL("docs/stod-yaml.md", root), "utf8");
  const mesh = meshOf(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? "");
  assert.deepEqual(
    mesh.services.flatMap((service) => service.workloads.map(({ name, replicas }) => `${name} ${replicas}`)),
    ["web 1", "reviews-v1 2", "reviews-v2 1", "stock 1", "shopper 1", "legacy 1", "gateway 1"],
  );
});

for (const example of ["hello", "shop"]) {
  test(`examples/${example} is right`, () => {
    meshOf(readFileSync(new URL(`examples/${example}/stod.yaml`, root), "utf8"));
  });
}

test("what is left out is filled in", () => {
  assert.deepEqual(meshOf("name: m\nservices: { web: { ports: [80/http], command: node web.ts } }"), {
    name: "m",
    namespace: "default",
    trustDomain: "cluster.local",
    config: "/m/mesh",
    meshConfig: {},
    certificateTtl: undefined,
    services: [
      {
        name: "web",
        namespace: "default",
        serviceAccount: "web",
        ports: [{ name: "http", port: 80, targetPort: 80, protocol: "http" }],
        publish: [],
        dependsOn: [],
        proxy: "sidecar",
        workloads: [
          {
            name: "web",
            version: "",
            replicas: 1,
            labels: { app: "web" },
            command: ["node", "web.ts"],
            env: {},
            cwd: "/m",
            readiness: undefined,
            locality: undefined,
          },
        ],
      },
    ],
  });
});

test("a version's word goes before its service's, and its env and labels lie over them", () => {
  const [service] = meshOf(`
name: m
env: { A: mesh, B: mesh, C: mesh }
services:
  web:
    command: node web.ts
    replicas: 2
    env: { B: service, C: service }
    labels: { team: a }
    versions: { v1: {}, v2: { replicas: 0, env: { C: 3 }, labels: { track: canary }, cwd: v2 } }
`).services;
  assert.deepEqual(
    service?.workloads.map(({ name, replicas, env, labels, cwd }) => ({ name, replicas, env, labels, cwd })),
    [
      {
        name: "web-v1",
        replicas: 2,
        env: { A: "mesh", B: "service", C: "service" },
        labels: { team: "a", app: "web", version: "v1" },
        cwd: "/m",
      },
      {
        name: "web-v2",
        replicas: 0,
        env: { A: "mesh", B: "service", C: "3" },
        labels: { team: "a", track: "canary", app: "web", version: "v2" },
        cwd: "/m/v2",
      },
    ],
  );
});

const ports: readonly [written: string, read: string, why?: string][] = [
  ["[9080]", "port-9080 9080 9080 ", "sniffed"],
  ["[9080/http]", "http 9080 9080 http"],
  ["['80:9080/grpc']", "grpc 80 9080 grpc"],
  ["[80/http, 81/http]", "http-80 80 80 http, http-81 81 81 http", "two would share a name"],
  ["[{ name: http-api, port: 80 }]", "http-api 80 80 http", "the name says the protocol"],
  ["[{ name: grpc-web-x, port: 80 }]", "grpc-web-x 80 80 grpc-web", "the longest that fits"],
  ["[{ name: api, port: 80, targetPort: 8000, appProtocol: http2 }]", "api 80 8000 http2"],
];

for (const [written, read, why] of ports) {
  test(`ports ${written}${why ? `: ${why}` : ""}`, () => {
    const [service] = meshOf(`name: m\nservices: { web: { ports: ${written}, command: x } }`).services;
    const shown = service?.ports.map(
      ({ name, port, targetPort, protocol }) => `${name} ${port} ${targetPort} ${protocol}`,
    );
    assert.equal(shown?.join(", "), read);
  });
}

const commands: readonly [written: unknown, words: readonly string[] | undefined][] = [
  ["node main.ts --port 80", ["node", "main.ts", "--port", "80"]],
  ["node main.ts | tee log", ["sh", "-c", "node main.ts | tee log"]],
  ["A=1 node main.ts", ["sh", "-c", "A=1 node main.ts"]],
  ["echo 'a b'", ["sh", "-c", "echo 'a b'"]],
  [
    ["sleep", 5],
    ["sleep", "5"],
  ],
  ["  ", undefined],
  [[], undefined],
  [{ run: "x" }, undefined],
];

for (const [written, words] of commands) {
  test(`command ${JSON.stringify(written)}`, () => assert.deepEqual(parseCommand(written), words));
}

const mistakes: readonly [text: string, line: number, says: RegExp, help: RegExp][] = [
  ["name: m\nservices: {\n", 3, /^this is not YAML/, /Look at this line/],
  ["services: {}", 1, /^stod.yaml says no name$/, /name: shop/],
  ["name: Shop\nservices: {}", 1, /^name is "Shop", and not a name/, /shop/],
  ["name: m\nservice: {}\nservices: {}", 2, /^stod.yaml has no field service$/, /Did you mean services\?/],
  [
    "name: m\nservices:\n  web:\n    comand: x\n    command: x",
    4,
    /^services.web has no field comand$/,
    /Did you mean command\?/,
  ],
  ["name: m\nservices:\n  web: {}", 3, /^services.web says no command$/, /command: node/],
  [
    "name: m\nservices:\n  web:\n    command: x\n    replicas: many",
    5,
    /^services.web.replicas is "many"/,
    /replicas: 1/,
  ],
  [
    "name: m\nservices:\n  web:\n    command: x\n    ports:\n      - 80\n      - 99999/http",
    7,
    /^services.web.ports\[1\] is "99999\/http"/,
    /9080\/http/,
  ],
  ["name: m\nservices:\n  web:\n    command: x\n    ports: [80/htp]", 5, /is "80\/htp", and not a port/, /9080\/http/],
  [
    "name: m\nservices:\n  web:\n    command: x\n    ports: [80/http, 80/tcp]",
    5,
    /^there are two ports of web/,
    /another name/,
  ],
  [
    "name: m\nservices:\n  web:\n    command: x\n    dependsOn: [wed]\n  wet: { command: x }",
    5,
    /names wed, and there is no such/,
    /Did you mean wet\?/,
  ],
  [
    "name: m\nservices:\n  a: { command: x, dependsOn: [b] }\n  b: { command: x, dependsOn: [a] }",
    3,
    /a → b → a$/,
    /Take one/,
  ],
  [
    "name: m\nservices:\n  web: { command: x, versions: { v1: {} } }\n  web-v1: { command: x }",
    4,
    /^there are two workloads with the name web-v1$/,
    /another/,
  ],
  [
    "name: m\nservices:\n  web: { command: x, publish: 81, ports: [80] }",
    3,
    /^services.web.publish is 81, and not a port of this service \(80\)/,
    /80/,
  ],
  ["name: m\nservices:\n  gw: { gateway: true, command: x }", 3, /is a gateway and has a command/, /Leave command out/],
  ["name: m\nservices:\n  web: { command: x, labels: { app: other } }", 3, /labels.app is "other"/, /Leave it out/],
  [
    "name: m\nservices:\n  web: { command: x, readiness: { http: /a, tcp: 3 } }",
    3,
    /says more than one of http/,
    /one of them/,
  ],
  ["name: m\nservices:\n  web: { command: x, readiness: { http: /a } }", 3, /readiness says no port/, /port: 8080/],
  ["name: m\nservices: {}\n---\nname: n", 4, /^this is not YAML: a second document/, /./],
  [
    "name: m\nservices: {}\nmeshConfig: { outboundTrafficPolicy: { mode: NONE } }",
    3,
    /mode is "NONE"/,
    /REGISTRY_ONLY/,
  ],
  [
    "name: m\nservices: {}\nmeshConfig: { enableTracing: true }",
    3,
    /^meshConfig has no field enableTracing/,
    /There are/,
  ],
  ["name: m\nservices: {}\ncertificateTtl: 5s", 3, /^certificateTtl is "5s", and not a duration of 1m/, /24h/],
  ["- a", 1, /^stod.yaml is \["a"\], and not a map/, /./],
];

for (const [text, line, says, help] of mistakes) {
  test(`a mistake: ${JSON.stringify(text.slice(-50))}`, () => {
    const { mesh, findings } = readMeshFile(text, "stod.yaml");
    assert.equal(mesh, undefined);
    const found = findings.find((candidate) => says.test(candidate.says));
    assert.ok(found, `found only: ${findings.map(printFinding).join("\n")}`);
    assert.match(found.help, help);
    assert.equal(found.line, line);
    assert.equal(found.file, "stod.yaml");
  });
}

test("all mistakes are told in one go", () => {
  const { findings } = readMeshFile("nme: m\nservices:\n  a: { replicas: -1 }\n  B: { command: x }", "stod.yaml");
  assert.equal(findings.length, 5);
});
