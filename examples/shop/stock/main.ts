/**
 * Stock: how many of each product are left. Plain TCP, a line each way, and the server speaks first:
 *
 *     server  STOCK 1 stock/v1/stock-v1-0
 *     client  GET teapot
 *     server  OK 12
 *     client  TAKE teapot 2
 *     server  OK 10              or: NO 1, when only 1 is left
 *     client  QUIT
 *
 * Anything else is answered with `ERR` and a reason.
 */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { whoAmI } from "../wires/identity.ts";
import { logRequest } from "../wires/request-log.ts";
import { onShutdown } from "../wires/shutdown.ts";
import { trouble } from "../wires/trouble.ts";

const fullShelf = 24;
const deliveryMs = Number(process.env.DELIVERY_MS ?? 20_000);
const left = new Map(["teapot", "cup", "bowl", "vase", "jug", "plate"].map((sku) => [sku, fullShelf]));

function answer(line: string): string {
  const [verb, sku = "", amount = "1"] = line.trim().split(/\s+/);
  const count = left.get(sku);
  if (verb !== "GET" && verb !== "TAKE") return "ERR say GET sku, TAKE sku amount, or QUIT";
  if (count === undefined) return `ERR no such product: ${sku.slice(0, 40)}`;
  if (verb === "GET") return `OK ${count}`;
  const wanted = Number(amount);
  if (!Number.isInteger(wanted) || wanted < 1) return "ERR take a whole number, one or more";
  if (wanted > count) return `NO ${count}`;
  left.set(sku, count - wanted);
  return `OK ${count - wanted}`;
}

const connections = new Set<Socket>();
let stopping = false;

const server = createServer(async (socket) => {
  connections.add(socket);
  socket.on("close", () => connections.delete(socket));
  socket.on("error", () => socket.destroy());
  socket.write(`STOCK 1 ${whoAmI("stock")}\n`);
  for await (const line of createInterface({ input: socket })) {
    if (line.trim() === "QUIT") break;
    const reply = await trouble().then(
      () => answer(line),
      () => undefined,
    );
    if (reply === undefined) return socket.destroy(); // A failing instance hangs up in the middle.
    socket.write(`${reply}\n`);
    if (line.startsWith("TAKE")) logRequest(`${line} → ${reply}`);
    if (stopping) break;
  }
  socket.end();
});

const deliveries = setInterval(() => {
  for (const [sku, count] of left) if (count < fullShelf / 3) left.set(sku, fullShelf);
}, deliveryMs);

server.listen(Number(process.env.PORT ?? 7070), process.env.HOST, () => {
  console.log(`${whoAmI("stock")} serves its lines on port ${(server.address() as AddressInfo).port}`);
});

onShutdown(() => {
  stopping = true;
  clearInterval(deliveries);
  server.close();
  // A line that was sent is answered; a connection where nobody said anything is just ended.
  for (const socket of connections) if (socket.bytesRead === 0) socket.end();
  const hangUp = () => {
    for (const socket of connections) socket.destroy();
  };
  setTimeout(hangUp, 1000).unref();
});
