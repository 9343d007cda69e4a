import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A published Go module at one version: where the descriptors and schemas come from. */
export type GoModule = `${string}@v${string}`;

/** Envoy's own version, and with it that of the protos; the rest is what go-control-plane's go.mod asks for. */
export const envoyModules: readonly GoModule[] = [
  "github.com/envoyproxy/go-control-plane/envoy@v1.40.0",
  "cel.dev/expr@v0.25.2",
  "github.com/cncf/xds/go@v0.0.0-20260202195803-dba9d589def2",
  "github.com/prometheus/client_model@v0.6.3",
  "go.opentelemetry.io/proto/otlp@v1.11.0",
  "google.golang.org/genproto/googleapis/api@v0.0.0-20260720211330-0afa2a65878a",
  "google.golang.org/genproto/googleapis/rpc@v0.0.0-20260720211330-0afa2a65878a",
];

export const istioModule: GoModule = "istio.io/api@v1.30.8";

export const kubernetesModule: GoModule = "k8s.io/kubernetes@v1.37.2";

/** Fetches a Go module (checked against Go's checksum database) and answers the directory that it is in. */
export async function download(module: GoModule): Promise<string> {
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", module]);
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}
