import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { decodeDocuments } from "#api/decode.ts";
import type { MeshObject } from "#api/object.ts";
import type { Input } from "#graph/input.ts";
import { defaultMeshSettings, type MeshSettings } from "#model/mesh-settings.ts";
import type { ConnectedProxy } from "#model/proxy.ts";
import { createMeshGraph, type MeshGraph } from "#translate/mesh-graph.ts";

/** The objects of a text, each of which has to be good. */
export function objectsIn(text: string): readonly MeshObject[] {
  const { documents, findings } = decodeDocuments(text, {
    file: "mesh.yaml",
    defaultNamespace: "shop",
    source: "test",
  });
  const [wrong] = findings.filter(({ severity }) => severity === "error");
  if (wrong !== undefined) throw new Error(`${wrong.line}: ${wrong.path} ${wrong.says}`);
  return documents.flatMap((decoded) => (decoded.is === "object" ? [decoded.object] : []));
}

/** A settled mesh of objects, and of the proxies that are connected to it. */
export function meshOf(
  text: string,
  proxies: readonly ConnectedProxy[] = [],
  settings: Partial<MeshSettings> = {},
): MeshGraph {
  const made = createMeshGraph();
  made.inputs.settings.set({ ...defaultMeshSettings, ...settings });
  for (const object of objectsIn(text)) {
    (made.inputs[object.kind as keyof typeof made.inputs] as unknown as Input<MeshObject>).set(object);
  }
  for (const proxy of proxies) made.inputs.proxies.set(proxy);
  made.graph.settle();
  return made;
}

export function sidecar(name: string, more: Partial<ConnectedProxy> = {}): ConnectedProxy {
  const namespace = more.namespace ?? "shop";
  return {
    key: `${name}.${namespace}`,
    name,
    namespace,
    kind: "sidecar",
    labels: { app: name },
    serviceAccount: "default",
    addresses: ["10.6.0.1"],
    locality: undefined,
    explicit: undefined,
    vhds: true,
    ...more,
  };
}

/** Objects of one kind of Istio's networking API, from `name: spec` in YAML's flow style; `namespace/name` elsewhere. */
export function written(kind: string, objects: Readonly<Record<string, string>>): string {
  const apiVersion =
    kind === "Service" ? "v1" : kind === "PeerAuthentication" ? "security.istio.io/v1" : "networking.istio.io/v1";
  return Object.entries(objects)
    .map(([key, spec]) => {
      const [name, namespace = "shop"] = key.split("/").reverse();
      return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n---\n`;
    })
    .join("");
}

/** A resource that a proxy is sent, decoded. */
export function sent<Desc extends DescMessage>(
  mesh: MeshGraph,
  proxy: ConnectedProxy,
  schema: Desc,
  name: string,
): MessageShape<Desc> | undefined {
  const typeUrl = `type.googleapis.com/${schema.typeName}`;
  const found = mesh.resourcesFor(proxy).find((each) => each.typeUrl === typeUrl && each.name === name);
  return found && fromBinary(schema, found.body);
}
