import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { findEnvoy } from "#host/envoy-binary.ts";
import { isBelievable } from "../harness/binomial.ts";
import { throwAwayCertificates } from "../harness/certificates.ts";
import { appCommand, endMesh, type Mesh, startMesh, until } from "../harness/mesh.ts";
import { type Answer, type Ask, askOnce } from "../harness/mesh-app-client.ts";
import { proxyConfigIn } from "../harness/mesh-proxy-dump.ts";
import { validate } from "../harness/real-envoy.ts";
import { staticBootstrap } from "../harness/static-bootstrap.ts";

const yaml = `
name: traffic
namespace: town
services:
  echo:
    ports: [80:8000/http, 50051:8000/grpc]
    command: ${appCommand}
    env: { LISTEN: 8000/http }
    versions: { v1: {}, v2: {}, v3: {} }
  caller:
    command: ${appCommand}
  gateway:
    gateway: true
    labels: { istio: ingressgateway }
    ports: [80/http]
    publish: 80
`;

const always = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: way-in, namespace: town }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
`;

const subsets = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: echo, namespace: town }
spec:
  host: echo
  subsets:
    - { name: v1, labels: { version: v1 } }
    - { name: v2, labels: { version: v2 } }
    - { name: v3, labels: { version: v3 } }
`;

/** @param routes  YAML of `http`, a list in flow style */
function routed(routes: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: echo, namespace: town }
spec:
  hosts: [echo, echo.example]
  gateways: [mesh, way-in]
  http: ${routes}
`;
}

/** The three ways to call it, and what says that an answer is good in each. */
const protocols: readonly { readonly name: string; readonly ask: Ask }[] = [
  { name: "HTTP/1.1", ask: { url: "http://echo/" } },
  { name: "HTTP/2", ask: { url: "http://echo/", http: "2" } },
  { name: "gRPC", ask: { url: "http://echo:50051/echo.Echo/Say", http: "grpc" } },
];
const instances = ["echo-v1-0", "echo-v2-0", "echo-v3-0"];

let mesh: Mesh;
before(async () => {
  mesh = await startMesh(yaml, { "always.yaml": always });
  await mesh.apply(subsets);
});
after(() => endMesh(mesh));
afterEach(async () => {
  const well = { status: 200, delayMs: 0, resets: false, grpcStatus: 0 };
  await Promise.all(instances.map((name) => mesh.app(name).behave(well)));
});

function isGood({ status, grpcStatus = 0 }: Answer): boolean {
  return status === 200 && grpcStatus === 0;
}

function versions(answers: readonly Answer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { v1: 0, v2: 0, v3: 0 };
  for (const answer of answers) {
    assert.ok(isGood(answer), answer.error ?? `${answer.status} ${answer.grpcStatus} ${answer.body}`);
    const version = answer.echo?.version ?? "";
    counts[version] = (counts[version] ?? 0) + 1;
  }
  return counts;
}

for (const { name, ask } of protocols) {
  const { url, ...how } = ask;
  const send = (headers: Readonly<Record<string, string>> = {}) => mesh.app("caller-0").ask(url, { ...how, headers });
  const many = (times: number) => mesh.app("caller-0").many(ask, times);

  test(`${name}: weights of 90 and 10 give 90 and 10`, async () => {
    await mesh.apply(
      routed(
        "[{ route: [{ destination: { host: echo, subset: v1 }, weight: 90 }, { destination: { host: echo, subset: v2 }, weight: 10 }] }]",
      ),
    );
    const { v2 = 0, v3 } = versions(await many(600));
    assert.ok(isBelievable(v2, 600, 0.1), `${v2} of 600`);
    assert.equal(v3, 0);
  });

  test(`${name}: a header leads to one version, a cookie to another, and nothing to the third`, async () => {
    await mesh.apply(
      routed(`
    - match: [{ headers: { end-user: { exact: anna } } }]
      route: [{ destination: { host: echo, subset: v2 } }]
    - match: [{ headers: { cookie: { regex: "^(.*?; )?canary=yes(;.*)?$" } } }]
      route: [{ destination: { host: echo, subset: v3 } }]
    - route: [{ destination: { host: echo, subset: v1 } }]`),
    );
    const rows: readonly [headers: Record<string, string>, version: string][] = [
      [{ "end-user": "anna" }, "v2"],
      [{ "end-user": "annabel" }, "v1"],
      [{ cookie: "a=b; canary=yes" }, "v3"],
      [{ cookie: "canary=yesterday" }, "v1"],
      [{}, "v1"],
    ];
    for (const [headers, version] of rows) {
      const answer = await send(headers);
      assert.equal(answer.echo?.version, version, JSON.stringify({ headers, answer }));
    }
  });

  test(`${name}: an instance that fails is retried elsewhere, and without retries its failures are seen`, async () => {
    await mesh.app("echo-v2-0").behave({ status: 503, grpcStatus: 14 });
    const everywhere = "route: [{ destination: { host: echo } }]";
    await mesh.apply(routed(`[{ ${everywhere}, retries: { attempts: 3, retryOn: "5xx,unavailable" } }]`));
    const retried = await many(60);
    assert.deepEqual(
      retried.filter((answer) => !isGood(answer)).map(({ error, status, body }) => error ?? `${status} ${body}`),
      [],
    );
    assert.ok((await mesh.app("echo-v2-0").seen()).length > 0, "the failing instance was tried");
    await mesh.apply(routed(`[{ ${everywhere}, retries: { attempts: 0 } }]`));
    const failed = (await many(60)).filter((answer) => !isGood(answer));
    assert.ok(failed.length > 0, "some failed");
    assert.ok(failed.length < 60, "not all failed");
  });

  test(`${name}: an answer that takes longer than the route's timeout is not waited for`, async () => {
    await mesh.app("echo-v1-0").behave({ delayMs: 10_000 });
    const toV1 = "route: [{ destination: { host: echo, subset: v1 } }]";
    await mesh.apply(routed(`[{ ${toV1}, timeout: 200ms, retries: { attempts: 0 } }]`));
    const late = await send();
    assert.equal(isGood(late), false);
    if (name === "gRPC") assert.ok([4, 14].includes(late.grpcStatus ?? 0), String(late.grpcStatus));
    else assert.equal(late.status, 504);
    assert.ok(late.ms >= 150 && late.ms < 9_000, `${late.ms} ms`);
  });

  test(`${name}: an injected delay delays, an injected abort aborts, in their share`, async () => {
    const toV1 = "route: [{ destination: { host: echo, subset: v1 } }]";
    await mesh.apply(routed(`[{ ${toV1}, fault: { delay: { fixedDelay: 300ms, percentage: { value: 100 } } } }]`));
    const delayed = await send();
    assert.ok(isGood(delayed), delayed.error);
    // Envoy's timers and the client's clock round each in its own way.
    assert.ok(delayed.ms > 290, `${delayed.ms} ms`);
    const [abort, isAborted] =
      name === "gRPC"
        ? ["grpcStatus: NOT_FOUND", (answer: Answer) => answer.grpcStatus === 5]
        : ["httpStatus: 418", (answer: Answer) => answer.status === 418];
    await mesh.apply(routed(`[{ ${toV1}, fault: { abort: { ${abort}, percentage: { value: 30 } } } }]`));
    const answers = await many(300);
    const aborted = answers.filter(isAborted).length;
    assert.ok(isBelievable(aborted, 300, 0.3), `${aborted} of 300`);
    assert.equal(answers.filter(isGood).length, 300 - aborted);
  });

  test(`${name}: a mirror gets a copy of each request, and whoever asked does not notice`, async () => {
    await mesh.apply(
      routed(
        `[{ route: [{ destination: { host: echo, subset: v1 } }], mirror: { host: echo, subset: v3 }, mirrorPercentage: { value: 100 } }]`,
      ),
    );
    const mirror = mesh.app("echo-v3-0");
    await mirror.behave({ status: 500, grpcStatus: 13 });
    await mirror.seen();
    assert.deepEqual(versions(await many(20)), { v1: 20, v2: 0, v3: 0 });
    const copies: string[] = [];
    await until("20 copies", async () => {
      copies.push(...(await mirror.seen()).map(({ by }) => by));
      return copies.length >= 20;
    });
    assert.equal(copies.length, 20);
  });

  test(`${name}: an instance that keeps failing is ejected, and the others answer all`, async () => {
    await mesh.app("echo-v2-0").behave({ status: 500, grpcStatus: 14 });
    const policy = "{ consecutive5xxErrors: 3, interval: 1s, baseEjectionTime: 600s, maxEjectionPercent: 50 }";
    await mesh.apply(
      `${subsets}  trafficPolicy: { outlierDetection: ${policy} }\n---${routed("[{ route: [{ destination: { host: echo } }], retries: { attempts: 0 } }]")}`,
    );
    await until("it is ejected", async () => {
      await many(10);
      return (await mesh.admin("caller-0", "clusters")).includes("/failed_outlier_check");
    });
    const { v2 } = versions(await many(40));
    assert.equal(v2, 0);
    await mesh.apply(subsets);
  });
}

test("the gateway routes as its Gateway and VirtualService say, and refuses other hosts", async () => {
  await mesh.apply(
    routed(`
    - match: [{ uri: { prefix: /new } }]
      rewrite: { uri: / }
      route: [{ destination: { host: echo, subset: v3 } }]
    - route: [{ destination: { host: echo, subset: v2 } }]`),
  );
  const ask = async (path: string, host: string) => {
    const answer = await askOnce({ url: `${mesh.gateway}${path}`, headers: { host }, fresh: true });
    return [answer.status, answer.echo?.version, answer.echo?.path];
  };
  assert.deepEqual(await ask("/new/page", "echo.example"), [200, "v3", "//page"]);
  assert.deepEqual(await ask("/old", "echo.example"), [200, "v2", "/old"]);
  assert.equal((await ask("/old", "other.example"))[0], 404);
});

test("all that a proxy has, as proxy-config prints it, is what envoy --mode validate takes", async () => {
  await mesh.apply(
    `${subsets}  trafficPolicy: { loadBalancer: { consistentHash: { httpCookie: { name: user, ttl: 60s } } }, connectionPool: { tcp: { maxConnections: 10 } } }
---${routed(`
    - match: [{ headers: { end-user: { exact: anna } }, uri: { regex: "/a.*" } }]
      fault: { delay: { fixedDelay: 1s, percentage: { value: 1 } } }
      corsPolicy: { allowOrigins: [{ exact: "https://example.com" }], allowMethods: [GET] }
      route: [{ destination: { host: echo, subset: v1 }, weight: 1, headers: { request: { set: { a: b } } } }, { destination: { host: echo, subset: v2 }, weight: 99 }]
      timeout: 3s
      retries: { attempts: 2, perTryTimeout: 1s, retryOn: "5xx" }
    - match: [{ uri: { prefix: /old } }]
      redirect: { uri: /new }
    - route: [{ destination: { host: echo, subset: v3 } }]
      mirror: { host: echo, subset: v1 }`)}`,
  );
  const { path: binary } = await findEnvoy();
  const certificates = throwAwayCertificates();
  const directory = mkdtempSync(join(tmpdir(), "st-v-"));
  try {
    for (const instance of ["caller-0", "echo-v1-0", "gateway-0"]) {
      const { status, out, err } = await mesh.room.stod("proxy-config", "all", instance, "-o", "json");
      assert.equal(status, 0, err);
      const config = proxyConfigIn(JSON.parse(out));
      assert.ok(config.listeners.size > 0 && config.clusters.size > 0 && config.routes.size > 0, instance);
      const bootstrap = staticBootstrap(config, "spiffe://cluster.local/ns/town/sa/caller", certificates);
      const { refusal, warnings } = await validate(binary, bootstrap, join(directory, `${instance}.json`));
      // The end of what Envoy says is why; before that it says all that it was given.
      assert.equal(refusal?.slice(-500), undefined, instance);
      assert.deepEqual(warnings, [], instance);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
