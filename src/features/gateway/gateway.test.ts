import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import { GatewaySchema } from "#api/gen/istio/networking/v1alpha3/gateway_pb.js";
import { briefly, here } from "../../../test/features/shown.ts";
import { checkGateway } from "./check.ts";

const rows: readonly [protocol: string, served: boolean][] = [
  ["HTTP", true],
  ["http2", true],
  ["GRPC", true],
  ["HTTPS", false],
  ["TLS", false],
  ["TCP", false],
];

for (const [protocol, served] of rows) {
  test(`a server for ${protocol} is ${served ? "served" : "told about"}`, () => {
    const spec = fromJson(GatewaySchema, { servers: [{ port: { number: 1, name: "a", protocol }, hosts: ["*"] }] });
    assert.deepEqual(briefly(checkGateway(spec, here)), served ? [] : ["STOD0116 servers[0].port.protocol"]);
  });
}
