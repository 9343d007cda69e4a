import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { listening } from "#host/ports.ts";
import { type Door, openDoor } from "./door.ts";

const token = "the-mesh's-own-token";
const directory = mkdtempSync(join(tmpdir(), "door-"));
const socket = join(directory, "behind.sock");
const heard: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];
const behind = createServer((incoming, outgoing) => {
  heard.push({ path: incoming.url ?? "", headers: incoming.headers });
  outgoing.end("behind the door");
});
let door: Door;

before(async () => {
  await listening(behind, { path: socket });
  const isPublic = (path: string) => !path.startsWith("/v1/");
  door = await openDoor({ wanted: { use: "test", port: 0 }, token, isPublic, socketFor: () => socket });
});

after(() => {
  door.close();
  behind.close();
  rmSync(directory, { recursive: true });
});

type Headers = Readonly<Record<string, string>>;

function ask(method: string, path: string, headers: Headers): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port: door.port, method, path, headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asking.on("error", reject);
    asking.end();
  });
}

const bearer = { authorization: `Bearer ${token}` };
const rows: readonly [method: string, path: string, headers: Headers, status: number, why: string][] = [
  ["GET", "/v1/status", bearer, 200, "the token opens it"],
  ["GET", "/v1/status", { ...bearer, host: "localhost:1" }, 200, "the loopback has two names"],
  ["GET", "/v1/status", {}, 401, "nobody gets in without a token"],
  ["GET", "/v1/status", { authorization: `Bearer ${token}x` }, 401, "a longer token is another one"],
  ["GET", "/v1/status", { authorization: token }, 401, "a token has its word in front"],
  ["GET", `/v1/status?token=${token}`, {}, 401, "an address is copied along, and kept in histories"],
  ["GET", "/v1/status", { cookie: `stod-token=${token}` }, 401, "cookies go to every port of a host"],
  ["GET", "/v1/status", { ...bearer, host: "evil.example" }, 403, "another name that leads here is a page's trick"],
  ["GET", "/page.js", { host: "evil.example" }, 403, "that holds for pages as well"],
  ["GET", "/page.js", {}, 200, "a page itself tells nothing of the mesh"],
  ["POST", "/page.js", {}, 401, "to write needs the token everywhere"],
  ["POST", "/v1/apply", { origin: "http://127.0.0.1:8080" }, 401, "a page of a workload writes nothing"],
  ["OPTIONS", "/v1/apply", { origin: "http://127.0.0.1:8080" }, 401, "and is not told that it might"],
  ["GET", "/x/../v1/status", {}, 401, "the path is what it leads to"],
  ["GET", "/x/%2e%2e/v1/status", {}, 401, "also in other letters"],
  ["GET", "http://127.0.0.1/v1/status", {}, 401, "also with a host in front"],
];

for (const [method, path, headers, status, why] of rows) {
  test(`${method} ${path} ${JSON.stringify(headers)}: ${status}, since ${why}`, async () => {
    assert.equal(await ask(method, path, headers), status);
  });
}

test("what shows who somebody is stays outside", async () => {
  heard.length = 0;
  await ask("GET", "/v1/status", { ...bearer, cookie: "of=a-workload", "x-other": "kept" });
  assert.deepEqual(
    heard.map(({ headers }) => [headers.authorization, headers.cookie, headers["x-other"]]),
    [[undefined, undefined, "kept"]],
  );
});
