import { readFileSync } from "node:fs";
import { type Form, print } from "#apps/cli/output.ts";
import { findEnvoy } from "#host/envoy-binary.ts";

export async function runVersion({ output }: { readonly output: Form }): Promise<void> {
  const stod = JSON.parse(readFileSync(new URL("../../../../package.json", import.meta.url), "utf8")).version as string;
  const envoy = await findEnvoy().then(
    ({ version }) => version,
    () => undefined,
  );
  const versions = { stod, envoy, node: process.versions.node };
  print(output, versions, () => `stod ${stod}, Envoy ${envoy ?? "none"}, Node ${process.versions.node}`);
}
