import { closure } from "./closure.ts";
import { envoyRoots } from "./envoy-roots.ts";
import { readDescriptors, wellKnownDescriptors } from "./go-descriptors.ts";
import { download, envoyModules, istioModule } from "./modules.ts";
import { writeProtobufEs } from "./protobuf-es.ts";

/** Writes Envoy's types, and those of the certificate requests that proxies make, which are Istio's. */
export async function generateEnvoy(directory: string): Promise<void> {
  const modules = await Promise.all(
    [istioModule, ...envoyModules].map(async (m) => readDescriptors(await download(m))),
  );
  const all = new Map([...wellKnownDescriptors(), ...modules.flatMap((descriptors) => [...descriptors])]);
  const written = await writeProtobufEs(closure(all, envoyRoots), directory);
  console.log(`${directory}: ${written} files`);
}
