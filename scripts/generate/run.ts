import { join } from "node:path";
import { generateEnvoy } from "./envoy.ts";

const root = join(import.meta.dirname, "../..");

await generateEnvoy(join(root, "src/envoy/gen"));
