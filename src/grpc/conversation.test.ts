import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as grpcJs from "@grpc/grpc-js";
import { milliseconds, seconds } from "#base/duration.ts";
import { Channel, type ConnectTo } from "./client.ts";
import type { Method } from "./methods.ts";
import { GrpcServer } from "./server.ts";
import type { ServerCall } from "./server-call.ts";
import { GrpcError, status } from "./status.ts";

const directory = mkdtempSync(join(tmpdir(), "stod-grpc-"));
const unix = join(directory, "s.sock");
const big = Buffer.alloc(3 * 1024 * 1024, "x");

const methods = new Map<string, Method>([
  ["/t.T/Reverse", { kind: "unary", handle: (request) => Buffer.from(request).reverse() }],
  ["/t.T/Who", { kind: "unary", handle: (_, { peer }) => Buffer.from(JSON.stringify(peer)) }],
  [
    "/t.T/Deny",
    {
      kind: "unary",
      handle: () => {
        throw new GrpcError(status.permissionDenied, "not für you: 100%");
      },
    },
  ],
  [
    "/t.T/Crash",
    {
      kind: "unary",
      handle: () => {
        throw new Error("a secret");
      },
    },
  ],
  ["/t.T/Never", { kind: "unary", handle: () => new Promise<Uint8Array>(() => undefined) }],
  [
    "/t.T/Echo",
    {
      kind: "stream",
      handle: (call: ServerCall) => ({
        message: (bytes) => call.write([bytes.subarray(0, 1), bytes.subarray(1)]),
        halfClosed: () => call.end(),
        closed: () => undefined,
      }),
    },
  ],
]);

const server = new GrpcServer({ methods });
let loopbackPort = 0;
let tlsPort = 0;
let optionalPort = 0;

const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
const pem = (name: string) => readFileSync(join(directory, name), "utf8");

/** A root called `NAME`, and a leaf of it with the names given. */
function certificate(root: string, name: string, alternativeNames: string): void {
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  if (!statSync(join(directory, `${root}.crt`), { throwIfNoEntry: false })) {
    openssl("req", "-x509", ...newKey, "-keyout", `${root}.key`, "-out", `${root}.crt`, "-subj", `/CN=${root}`);
  }
  writeFileSync(join(directory, `${name}.ext`), `subjectAltName=${alternativeNames}\n`);
  openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", "/O=stod");
  const signed = ["-CA", `${root}.crt`, "-CAkey", `${root}.key`, "-CAcreateserial", "-extfile", `${name}.ext`];
  openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...signed);
}

before(async () => {
  certificate("root", "server", "URI:spiffe://mesh/ns/stod/sa/server,DNS:localhost");
  certificate("root", "web", "URI:spiffe://mesh/ns/shop/sa/web");
  certificate("stranger", "forged", "URI:spiffe://mesh/ns/shop/sa/web");
  await server.listen({ unix });
  loopbackPort = (await server.listen({ loopbackPort: 0 })).port as number;
  const tls = { certificate: pem("server.crt"), key: pem("server.key"), clientRoots: pem("root.crt") };
  const at = { host: "127.0.0.1", port: 0 };
  tlsPort = (await server.listen({ ...at, tls: { ...tls, clientCertificate: "required" } })).port as number;
  optionalPort = (await server.listen({ ...at, tls: { ...tls, clientCertificate: "optional" } })).port as number;
});

after(async () => {
  await server.shutdown(seconds(0));
  rmSync(directory, { recursive: true });
});

const as = (port: number, name: string | undefined, wanted = "spiffe://mesh/ns/stod/sa/server"): ConnectTo => ({
  host: "127.0.0.1",
  port,
  tls: {
    roots: pem("root.crt"),
    ...(name === undefined ? {} : { certificate: pem(`${name}.crt`), key: pem(`${name}.key`) }),
    checkServer: (uris) => (uris.includes(wanted) ? undefined : `the server is ${uris}`),
  },
});

async function withChannel<T>(to: ConnectTo, use: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = new Channel(to);
  try {
    return await use(channel);
  } finally {
    channel.close();
  }
}

const reverse = (channel: Channel) => channel.unary("/t.T/Reverse", Buffer.from("abc"));
const who = async (channel: Channel) => JSON.parse(Buffer.from(await channel.unary("/t.T/Who", big)).toString());

test("a unary call over a unix socket, which is 0600", async () => {
  assert.equal(Buffer.from(await withChannel({ unix }, reverse)).toString(), "cba");
  assert.equal(statSync(unix).mode & 0o777, 0o600);
});

const peers: readonly [what: string, to: () => ConnectTo, transport: string, uriSans: string[]][] = [
  ["a unix socket", () => ({ unix }), "unix", []],
  ["the loopback", () => ({ loopbackPort }), "plaintext", []],
  ["TLS with a certificate", () => as(tlsPort, "web"), "tls", ["spiffe://mesh/ns/shop/sa/web"]],
  ["TLS with an optional certificate shown", () => as(optionalPort, "web"), "tls", ["spiffe://mesh/ns/shop/sa/web"]],
  ["TLS with an optional certificate not shown", () => as(optionalPort, undefined), "tls", []],
];

for (const [what, to, transport, uriSans] of peers) {
  test(`over ${what} the handler knows its peer`, async () => {
    const peer = await withChannel(to(), who);
    assert.deepEqual([peer.transport, peer.uriSans], [transport, uriSans]);
  });
}

const unreachable: readonly [what: string, to: () => ConnectTo][] = [
  ["a client without the certificate that is required", () => as(tlsPort, undefined)],
  ["a client with a certificate from elsewhere", () => as(tlsPort, "forged")],
  ["a client with a certificate from elsewhere, though it is optional", () => as(optionalPort, "forged")],
  ["a client that wants another server", () => as(tlsPort, "web", "spiffe://mesh/ns/other/sa/server")],
  ["a client where nobody listens", () => ({ unix: join(directory, "nobody.sock") })],
];

for (const [what, to] of unreachable) {
  test(`${what} gets UNAVAILABLE`, async () => {
    await assert.rejects(withChannel(to(), reverse), (error) => {
      return error instanceof GrpcError && error.code === status.unavailable;
    });
  });
}

const failures: readonly [path: string, request: Uint8Array, code: number, message: RegExp, why?: string][] = [
  ["/t.T/Deny", big, status.permissionDenied, /^not für you: 100%$/],
  ["/t.T/Crash", big, status.internal, /^the handler failed$/, "what was thrown stays inside"],
  ["/t.T/Nothing", big, status.unimplemented, /there is no method/],
  ["/t.T/Reverse", Buffer.alloc(5_000_000), status.resourceExhausted, /5000000 bytes/],
  ["/t.T/Never", big, status.deadlineExceeded, /deadline/],
];

for (const [path, request, code, message, why] of failures) {
  test(`${path} with ${request.length} bytes fails with status ${code}${why ? `: ${why}` : ""}`, async () => {
    const timeout = path === "/t.T/Never" ? milliseconds(50) : seconds(20);
    await assert.rejects(
      withChannel({ unix }, (channel) => channel.unary(path, request, { timeout })),
      (error) => error instanceof GrpcError && error.code === code && message.test(error.message),
    );
  });
}

test("a channel connects again after its connection broke", async () => {
  const path = join(directory, "again.sock");
  const channel = new Channel({ unix: path });
  for (const _ of [1, 2]) {
    const short = new GrpcServer({ methods });
    await short.listen({ unix: path });
    assert.equal(Buffer.from(await reverse(channel)).toString(), "cba");
    await short.shutdown(seconds(0));
  }
  await assert.rejects(reverse(channel), (error) => error instanceof GrpcError && error.code === status.unavailable);
  channel.close();
});

test("a socket that somebody listens on is not taken away", async () => {
  await assert.rejects(new GrpcServer({ methods }).listen({ unix }), { code: "EADDRINUSE" });
  assert.equal(Buffer.from(await withChannel({ unix }, reverse)).toString(), "cba");
});

test("a shutdown lets a stream finish, and takes no new ones", async () => {
  const path = join(directory, "down.sock");
  const short = new GrpcServer({ methods });
  await short.listen({ unix: path });
  const channel = new Channel({ unix: path });
  const heard: string[] = [];
  const over = Promise.withResolvers<GrpcError | undefined>();
  const first = Promise.withResolvers<void>();
  const call = channel.stream(
    "/t.T/Echo",
    {},
    {
      message: (bytes) => {
        heard.push(Buffer.from(bytes).toString());
        first.resolve();
      },
      closed: over.resolve,
    },
  );
  call.write([Buffer.from("before")]);
  await first.promise;
  const down = short.shutdown(seconds(30));
  call.write([Buffer.from("during")]);
  call.halfClose();
  assert.equal(await over.promise, undefined);
  await down;
  assert.deepEqual(heard, ["before", "during"]);
  channel.close();
});

test("a shutdown ends a stream that does not finish by the limit", async () => {
  const path = join(directory, "late.sock");
  const short = new GrpcServer({ methods });
  await short.listen({ unix: path });
  const channel = new Channel({ unix: path });
  const over = Promise.withResolvers<GrpcError | undefined>();
  const first = Promise.withResolvers<void>();
  const call = channel.stream("/t.T/Echo", {}, { message: () => first.resolve(), closed: over.resolve });
  call.write([Buffer.from("x")]);
  await first.promise;
  await short.shutdown(milliseconds(20));
  assert.notEqual(await over.promise, undefined);
  channel.close();
});

test("a client that does not read costs 64 KiB in flight and no more", async () => {
  const path = join(directory, "slow.sock");
  const shared = Buffer.alloc(8 * 1024 * 1024, "y");
  const opened = Promise.withResolvers<ServerCall>();
  const method: Method = {
    kind: "stream",
    handle: (call) => {
      opened.resolve(call);
      return { message: () => call.write([shared]), closed: () => undefined };
    },
  };
  const slow = new GrpcServer({ methods: new Map([["/t.T/Much", method]]) });
  await slow.listen({ unix: path });
  const channel = new Channel({ unix: path }, { maxMessageBytes: shared.length });
  const got = Promise.withResolvers<number>();
  const call = channel.stream(
    "/t.T/Much",
    {},
    { message: (bytes) => got.resolve(bytes.length), closed: () => undefined },
  );
  call.pause();
  call.write([Buffer.alloc(0)]);
  const served = await opened.promise;
  const external = process.memoryUsage().external;
  await new Promise<void>((resolve) => setImmediate(resolve));
  assert.ok(served.pendingBytes > shared.length / 2);
  assert.ok(process.memoryUsage().external - external < shared.length / 2);
  call.resume();
  assert.equal(await got.promise, shared.length);
  await served.drained();
  channel.close();
  await slow.shutdown(seconds(0));
});

const bytesThrough = (value: Buffer) => value;
const definition = (path: string, stream: boolean) => ({
  path,
  requestStream: stream,
  responseStream: stream,
  requestSerialize: bytesThrough,
  requestDeserialize: bytesThrough,
  responseSerialize: bytesThrough,
  responseDeserialize: bytesThrough,
});

test("grpc-js as a client of ours: unary, status, stream, large messages", async () => {
  const client = new grpcJs.Client(`unix:${unix}`, grpcJs.credentials.createInsecure());
  const unary = (path: string, request: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(path, bytesThrough, bytesThrough, request, (error, response) => {
        if (error === null && response !== undefined) resolve(response);
        else reject(error);
      });
    });
  assert.equal((await unary("/t.T/Reverse", Buffer.from("abc"))).toString(), "cba");
  await assert.rejects(unary("/t.T/Deny", big), {
    code: grpcJs.status.PERMISSION_DENIED,
    details: "not für you: 100%",
  });
  const call = client.makeBidiStreamRequest("/t.T/Echo", bytesThrough, bytesThrough);
  for (const size of [0, 1, 100_000, big.length]) {
    call.write(big.subarray(0, size));
    const [echoed] = (await new Promise<[Buffer]>((resolve) => call.once("data", (data) => resolve([data])))) ?? [];
    assert.equal(echoed.length, size);
  }
  const ended = new Promise<grpcJs.StatusObject>((resolve) => call.once("status", resolve));
  call.on("data", () => undefined);
  call.end();
  assert.equal((await ended).code, grpcJs.status.OK);
  client.close();
});

test("grpc-js as a server to ours: unary, status, stream", async () => {
  const theirs = new grpcJs.Server();
  theirs.addService(
    {
      Reverse: definition("/t.T/Reverse", false),
      Deny: definition("/t.T/Deny", false),
      Echo: definition("/t.T/Echo", true),
    },
    {
      Reverse: (call: { request: Buffer }, reply: grpcJs.sendUnaryData<Buffer>) =>
        reply(null, Buffer.from(call.request).reverse()),
      Deny: (_: unknown, reply: grpcJs.sendUnaryData<Buffer>) =>
        reply({ code: grpcJs.status.PERMISSION_DENIED, details: "für niemand" }),
      Echo: (call: grpcJs.ServerDuplexStream<Buffer, Buffer>) => {
        call.on("data", (data: Buffer) => call.write(data));
        call.on("end", () => call.end());
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    theirs.bindAsync("127.0.0.1:0", grpcJs.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  await withChannel({ loopbackPort: port }, async (channel) => {
    assert.equal(Buffer.from(await reverse(channel)).toString(), "cba");
    await assert.rejects(channel.unary("/t.T/Deny", big), (error) => {
      return error instanceof GrpcError && error.code === status.permissionDenied && error.message === "für niemand";
    });
    const sizes: number[] = [];
    const over = Promise.withResolvers<GrpcError | undefined>();
    const call = channel.stream(
      "/t.T/Echo",
      {},
      { message: (bytes) => sizes.push(bytes.length), closed: over.resolve },
    );
    for (const size of [0, 1, 100_000, big.length]) call.write([big.subarray(0, size)]);
    call.halfClose();
    assert.equal(await over.promise, undefined);
    assert.deepEqual(sizes, [0, 1, 100_000, big.length]);
  });
  theirs.forceShutdown();
});
