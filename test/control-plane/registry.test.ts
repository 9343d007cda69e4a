import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ClusterLoadAssignmentSchema } from "#envoy/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import { endpointsType } from "#xds/type-urls.ts";
import { Client } from "./client.ts";
import { service, workloadEntry } from "./objects.ts";
import { Running } from "./running.ts";

const host = "reviews.shop.svc.cluster.local";
const cluster = `outbound|80||${host}`;

function addressesIn(client: Client): string[] {
  const body = client.has.get(endpointsType)?.get(cluster);
  if (body === undefined) return [];
  const { endpoints } = fromBinary(ClusterLoadAssignmentSchema, body);
  return endpoints.flatMap(({ lbEndpoints }) =>
    lbEndpoints.map(({ hostIdentifier }) => {
      const at = hostIdentifier.case === "endpoint" ? hostIdentifier.value.address?.address : undefined;
      return at?.case === "socketAddress" ? at.value.address : "";
    }),
  );
}

test("an instance gets traffic while it is registered and healthy", async () => {
  await using cp = await Running.start();
  await cp.apply(service("reviews"));
  using client = new Client({ unix: join(cp.state, "run", "xds.sock") }, { name: "client" });
  await client.until(() => client.names(endpointsType).includes(cluster));
  const put = (healthy: boolean) =>
    cp.ask("PUT", "/v1/workloads/shop/reviews-0", {
      workloadEntry: workloadEntry("reviews-0", "10.128.0.9", { app: "reviews" }),
      healthy,
    });
  await put(true);
  await client.until(() => addressesIn(client).includes("10.128.0.9"));
  assert.equal((await cp.ask("GET", "/v1/status")).body.workloads, 1);
  await put(false);
  await client.until(() => addressesIn(client).length === 0);
  await put(true);
  await client.until(() => addressesIn(client).length === 1);
  await cp.ask("DELETE", "/v1/workloads/shop/reviews-0");
  await client.until(() => addressesIn(client).length === 0);
});

test("what the mesh registered itself is not changed by apply", async () => {
  await using cp = await Running.start();
  const registered = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "reviews", namespace: "shop" },
    spec: { selector: { app: "reviews" }, ports: [{ name: "http", port: 80 }] },
  };
  assert.equal((await cp.ask("PUT", "/v1/services/shop/reviews", registered)).status, 200);
  const answer = await cp.apply(service("reviews", "{ port: 81 }"));
  assert.equal(answer.body.results[0].action, "refused");
  assert.equal(answer.body.findings[0].code, "STOD0904");
});

test("names are told as they come and go, each with its virtual address", async () => {
  await using cp = await Running.start();
  using lines = await cp.lines("/v1/names?watch");
  assert.deepEqual(await lines.next(), { names: {} });
  await cp.apply(service("reviews"));
  let changed: Record<string, string[]> = {};
  while ((changed[host] ?? []).length === 0) ({ changed } = (await lines.next()) as { changed: typeof changed });
  assert.match(changed[host]?.[0] ?? "", /^240\.240\.\d+\.\d+$/);
  await cp.ask("DELETE", `/v1/objects/Service/shop/reviews`);
  while (changed[host]?.length !== 0) ({ changed } = (await lines.next()) as { changed: typeof changed });
});

test("a headless service has no virtual address: its name leads to its healthy instances", async () => {
  await using cp = await Running.start();
  await cp.apply(service("reviews", undefined, "  clusterIP: None\n"));
  using lines = await cp.lines("/v1/names?watch");
  assert.deepEqual(await lines.next(), { names: {} });
  const put = (healthy: boolean) =>
    cp.ask("PUT", "/v1/workloads/shop/reviews-0", {
      workloadEntry: workloadEntry("reviews-0", "10.128.0.9", { app: "reviews" }),
      healthy,
    });
  await put(true);
  assert.deepEqual(await lines.next(), { changed: { [host]: ["10.128.0.9"] } });
  await put(false);
  assert.deepEqual(await lines.next(), { changed: { [host]: [] } });
});
