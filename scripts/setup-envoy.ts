// Installs the pinned Envoy, as `stod envoy install` does.
import { installEnvoy } from "#host/envoy-binary.ts";

try {
  await installEnvoy({ onProgress: (line) => console.error(`stod: ${line}`) });
} catch (thrown) {
  console.error(`stod: ${(thrown as Error).message}`);
  process.exitCode = 1;
}
