import { join } from "node:path";
import { generateEnvoy } from "./envoy.ts";
import { generateIstio } from "./istio.ts";
import { generateKubernetesTypes } from "./kubernetes-types.ts";
import { generateSchemas } from "./schemas.ts";

const root = join(import.meta.dirname, "../..");

await generateEnvoy(join(root, "src/envoy/gen"));
await generateIstio(join(root, "src/api/gen/istio"));
await generateSchemas(join(root, "src/api/gen"));
await generateKubernetesTypes(join(root, "src/api/gen/kubernetes.d.ts"));
