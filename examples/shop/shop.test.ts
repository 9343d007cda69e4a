/** The shop without a mesh: each service as a process of its own, on a port of its own. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import {
  type ChannelCredentials,
  type Client,
  credentials,
  loadPackageDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

interface Placed {
  readonly id: string;
  readonly left: number;
}

/** What the library makes of `orders.proto` at run time. */
interface OrdersClient extends Client {
  place(message: object, done: (error: ServiceError | null, order: Placed) => void): void;
  follow(message: object): AsyncIterable<{ readonly stage: string }>;
}
type OrdersConstructor = new (address: string, credentials: ChannelCredentials) => OrdersClient;

/** By their addresses. */
const running = new Map<string, ChildProcess>();
after(() => {
  for (const service of running.values()) service.kill("SIGKILL");
});

/** Starts a service on any free port, and gives its address once it serves. */
async function start(service: string, env: Record<string, string> = {}): Promise<string> {
  const options = { env: { ...process.env, HOST: "127.0.0.1", PORT: "0", ...env } };
  const child = spawn(process.execPath, [join(import.meta.dirname, service, "main.ts")], options);
  for await (const line of createInterface({ input: child.stdout! })) {
    const port = / on port (\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout!.resume();
    running.set(`127.0.0.1:${port}`, child);
    return `127.0.0.1:${port}`;
  }
  throw new Error(`${service} ended before it served`);
}

async function stop(address: string): Promise<number | null> {
  const child = running.get(address)!;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = await ended;
  return code;
}

const stock = await start("stock");
const ratings = await start("ratings");
const catalogue = await start("catalogue");
const orders = await start("orders", { STOCK: stock });
const storefronts: Record<string, string> = {};
for (const version of ["v1", "v2", "v3"]) {
  const reviews = await start("reviews", { VERSION: version, RATINGS_URL: `http://${ratings}` });
  storefronts[version] = await start("storefront", {
    CATALOGUE_URL: `http://${catalogue}`,
    REVIEWS_URL: `http://${reviews}`,
    ORDERS_URL: `http://${orders}`,
    STOCK: stock,
  });
}

const page = async (version: string, path = "/") => (await fetch(`http://${storefronts[version]}${path}`)).text();

const looks: readonly [version: string, has: RegExp, hasNot: RegExp][] = [
  ["v1", /reviews <b>v1<\/b>/, /class="five/],
  ["v2", /class="five black"/, /class="five gold"/],
  ["v3", /class="five gold"/, /class="five black"/],
];

for (const [version, has, hasNot] of looks) {
  test(`reviews ${version} look like themselves`, async () => {
    const text = await page(version);
    assert.match(text, has);
    assert.doesNotMatch(text, hasNot);
    assert.match(text, /24 left/);
    assert.doesNotMatch(text, /no answer/);
  });
}

test("an order is placed over gRPC, its goods leave the stock, and its page grows until it is delivered", async () => {
  const placing = await fetch(`http://${storefronts.v1}/orders`, {
    method: "POST",
    body: new URLSearchParams({ sku: "vase" }),
    redirect: "manual",
  });
  assert.equal(placing.status, 303);
  const text = await page("v1", placing.headers.get("location")!);
  assert.match(text, /taken<\/li>\s*<li>packed<\/li>\s*<li>on its way<\/li>\s*<li>delivered/);
  assert.match(await page("v1", "/products/vase"), /23 left/);
});

test("orders.proto is true: another gRPC client places and follows an order, and learns why one is refused", async () => {
  const definition = loadSync(join(import.meta.dirname, "orders/orders.proto"));
  const { shop } = loadPackageDefinition(definition) as unknown as { shop: { v1: { Orders: OrdersConstructor } } };
  const client = new shop.v1.Orders(orders, credentials.createInsecure());
  const place = (message: object) =>
    new Promise<Placed>((resolve, reject) => {
      client.place(message, (error, order) => (error ? reject(error) : resolve(order)));
    });
  const order = await place({ sku: "bowl", amount: 2 });
  assert.equal(order.left, 22);
  const stages: string[] = [];
  for await (const { stage } of client.follow({ id: order.id })) stages.push(stage);
  assert.deepEqual(stages, ["taken", "packed", "on its way", "delivered"]);
  await assert.rejects(place({ sku: "bowl", amount: 100 }), /FAILED_PRECONDITION: only 22 left/);
  await assert.rejects(place({ sku: "unicorn", amount: 1 }), /INVALID_ARGUMENT/);
  client.close();
});

test("asked to end, a service finishes what it is at: an order's page is delivered whole", async () => {
  const placing = await fetch(`http://${storefronts.v3}/orders`, {
    method: "POST",
    body: new URLSearchParams({ sku: "jug" }),
    redirect: "manual",
  });
  const growing = await fetch(`http://${storefronts.v3}${placing.headers.get("location")}`);
  const [code, text] = await Promise.all([stop(storefronts.v3!), growing.text()]);
  assert.match(text, /delivered<\/li>/);
  assert.equal(code, 0);
});

test("what is away is missing, and the rest of the page stands", async () => {
  assert.equal(await stop(ratings), 0);
  assert.equal(await stop(stock), 0);
  const text = await page("v2");
  assert.match(text, /Ratings are away/);
  assert.match(text, /stock is away/);
  assert.match(text, /ratings <b>no answer/);
  assert.match(text, /Morning teapot/);
});
