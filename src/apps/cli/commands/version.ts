import { type Form, print } from "#apps/cli/output.ts";
import { stodVersion } from "#apps/version.ts";
import { findEnvoy } from "#host/envoy-binary.ts";

export async function runVersion({ output }: { readonly output: Form }): Promise<void> {
  const stod = stodVersion();
  const envoy = await findEnvoy().then(
    ({ version }) => version,
    () => undefined,
  );
  const versions = { stod, envoy, node: process.versions.node };
  print(output, versions, () => `stod ${stod}, Envoy ${envoy ?? "none"}, Node ${process.versions.node}`);
}
