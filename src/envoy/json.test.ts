import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { any } from "#envoy/any.ts";
import { ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { RouterSchema } from "#envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpConnectionManagerSchema } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { fromEnvoyJson, toEnvoyJson } from "#envoy/json.ts";

const hcmType = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const listenerJson = {
  name: "0.0.0.0_80",
  filter_chains: [
    {
      filters: [
        {
          name: "hcm",
          typed_config: {
            "@type": hcmType,
            stat_prefix: "80",
            http_filters: [
              {
                name: "router",
                typed_config: {
                  "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
                  dynamic_stats: false,
                },
              },
            ],
          },
        },
      ],
    },
  ],
};

const router = any(RouterSchema, { dynamicStats: false });
const listener = create(ListenerSchema, {
  name: "0.0.0.0_80",
  filterChains: [
    {
      filters: [
        {
          name: "hcm",
          configType: {
            case: "typedConfig",
            value: any(HttpConnectionManagerSchema, {
              statPrefix: "80",
              httpFilters: [{ name: "router", configType: { case: "typedConfig", value: router } }],
            }),
          },
        },
      ],
    },
  ],
});

test("a listener is shown with its filters unpacked, in Envoy's spelling", async () => {
  assert.deepEqual(await toEnvoyJson(ListenerSchema, listener), listenerJson);
});

test("what was shown reads back as the same message", async () => {
  assert.deepEqual(await fromEnvoyJson(ListenerSchema, listenerJson), listener);
});

test("a type of somebody else's shows as its name, and hides nothing around it", async () => {
  const foreign = create(AnySchema, { typeUrl: "type.googleapis.com/acme.Filter", value: new Uint8Array([8, 1]) });
  const cluster = create(ClusterSchema, { name: "c", typedExtensionProtocolOptions: { x: foreign } });
  assert.deepEqual(await toEnvoyJson(ClusterSchema, cluster), {
    name: "c",
    typed_extension_protocol_options: { x: { "@type": "type.googleapis.com/acme.Filter" } },
  });
});

test("a field of a newer Envoy is passed over", async () => {
  const cluster = await fromEnvoyJson(ClusterSchema, { name: "c", aFieldOfEnvoy99: {} });
  assert.deepEqual(cluster, create(ClusterSchema, { name: "c" }));
});
