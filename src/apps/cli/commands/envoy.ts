import { installEnvoy } from "#host/envoy-binary.ts";

export async function runEnvoyInstall(): Promise<void> {
  const { path, version } = await installEnvoy({ onProgress: (line) => void process.stderr.write(`${line}\n`) });
  process.stdout.write(`Envoy ${version} is at ${path}\n`);
}
