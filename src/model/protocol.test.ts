import assert from "node:assert/strict";
import { test } from "node:test";
import { type Protocol, protocolOf } from "./protocol.ts";

const rows: readonly [name: string, appProtocol: string | undefined, wanted: Protocol | undefined, why?: string][] = [
  ["http", undefined, "http"],
  ["http-web", undefined, "http"],
  ["HTTP-web", undefined, "http", "names are not told apart by case"],
  ["http2-web", undefined, "http2"],
  ["grpc", undefined, "http2"],
  ["grpc-web", undefined, "http", "gRPC-Web goes over HTTP/1.1 as well"],
  ["grpc-web-v2", undefined, "http"],
  ["https", undefined, "tcp", "its TLS is the application's"],
  ["tls-db", undefined, "tcp"],
  ["mongo", undefined, "tcp"],
  ["udp-dns", undefined, undefined, "UDP is left alone, whatever the transport says"],
  ["web", undefined, "auto", "a name that is no protocol"],
  ["httpx", undefined, "auto", "the first word counts as a whole"],
  ["", undefined, "auto"],
  ["constructor", undefined, "auto", "a name that every object has"],
  ["tcp", "http", "http", "appProtocol comes first"],
  ["http", "company.example/own", "auto", "also where nobody knows it"],
  ["tcp", "kubernetes.io/h2c", "http2"],
  ["tcp", "kubernetes.io/ws", "http"],
  ["tcp", "kubernetes.io/wss", "tcp"],
];

for (const [name, appProtocol, wanted, why] of rows) {
  test(`port "${name}"${appProtocol ? ` of ${appProtocol}` : ""} carries ${wanted}${why ? `: ${why}` : ""}`, () => {
    assert.equal(protocolOf({ name, appProtocol, port: 8080, transport: "TCP" }), wanted);
  });
}

test("a port that is not TCP is left alone", () => {
  assert.equal(protocolOf({ name: "http", appProtocol: undefined, port: 80, transport: "UDP" }), undefined);
  assert.equal(protocolOf({ name: "http", appProtocol: undefined, port: 80, transport: "SCTP" }), undefined);
});

test("ports whose servers always speak first carry TCP, unless somebody says otherwise", () => {
  assert.equal(protocolOf({ name: "db", appProtocol: undefined, port: 3306, transport: undefined }), "tcp");
  assert.equal(protocolOf({ name: "http", appProtocol: undefined, port: 3306, transport: undefined }), "http");
});
