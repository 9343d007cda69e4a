import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDocuments } from "./decode.ts";
import type { MeshObject } from "./object.ts";
import { printJson, printYaml } from "./print.ts";

function decode(text: string): MeshObject[] {
  const { documents, findings } = decodeDocuments(text, { file: "x", defaultNamespace: "shop", source: "test" });
  assert.deepEqual(findings, []);
  return documents.flatMap((decoded) => (decoded.is === "object" ? [decoded.object] : []));
}

const written = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
  namespace: shop
  labels:
    team: books
spec:
  hosts:
    - reviews
  http:
    - route:
        - destination:
            host: reviews
      timeout: 1.500s
---
apiVersion: v1
kind: Service
metadata:
  name: reviews
  namespace: shop
spec:
  type: ClusterIP
  selector:
    app: reviews
  ports:
    - name: http
      port: 80
      targetPort: 80
      protocol: TCP
  publishNotReadyAddresses: false
  sessionAffinity: None
`;

test("an object is printed as it could have been written, with a Service's defaults", () => {
  assert.equal(printYaml(decode(written)), written);
});

test("what is printed, as YAML or JSON, decodes to the same", () => {
  const objects = decode(written);
  const content = (some: MeshObject[]) => some.map(({ kind, key, metadata, spec }) => ({ kind, key, metadata, spec }));
  assert.deepEqual(content(decode(printYaml(objects))), content(objects));
  assert.deepEqual(content(decode(printJson(objects))), content(objects));
  assert.deepEqual(content(decode(printJson(objects.slice(0, 1)))), content(objects.slice(0, 1)));
});

test("nothing is printed as an empty list", () => {
  assert.deepEqual(JSON.parse(printJson([])), { apiVersion: "v1", kind: "List", items: [] });
});
