/** Orders: gRPC, as `orders.proto` says. Takes the goods from `stock`, over TCP. */
import { setTimeout as delay } from "node:timers/promises";
import { askStock } from "../stock/client.ts";
import { addressOf } from "../wires/address.ts";
import { GrpcError } from "../wires/grpc-frames.ts";
import { serveGrpc } from "../wires/grpc-server.ts";
import { NoAnswer } from "../wires/http-client.ts";
import { decode, encode } from "../wires/protobuf.ts";
import { FollowRequest, Order, PlaceRequest, Progress } from "./messages.ts";

const stock = process.env.STOCK ?? addressOf("stock", 7070);

serveGrpc("orders", 50051, {
  async *"/shop.v1.Orders/Place"(request) {
    const { sku, amount } = decode(PlaceRequest, request);
    if (!/^[a-z0-9-]{1,40}$/.test(sku) || amount === 0)
      throw new GrpcError("INVALID_ARGUMENT", "say which and how many");
    const left = await take(sku, amount);
    yield encode(Order, { id: newId(), sku, amount, left });
  },

  async *"/shop.v1.Orders/Follow"(request) {
    const { id } = decode(FollowRequest, request);
    const placed = placedAt(id);
    if (placed === undefined) throw new GrpcError("NOT_FOUND", `no order ${id.slice(0, 40)}`);
    for (const [stage, afterMs] of stages) {
      await delay(Math.max(0, placed + afterMs - Date.now()));
      yield encode(Progress, { id, stage });
    }
  },
});

async function take(sku: string, amount: number): Promise<number> {
  const { replies } = await askStock(stock, [`TAKE ${sku} ${amount}`]).catch((reason) => {
    if (!(reason instanceof NoAnswer)) throw reason;
    throw new GrpcError("UNAVAILABLE", `stock: ${reason.message}`);
  });
  const [verdict, count] = (replies[0] ?? "").split(" ");
  if (verdict === "OK") return Number(count);
  if (verdict === "NO") throw new GrpcError("FAILED_PRECONDITION", `only ${count} left`);
  throw new GrpcError("INVALID_ARGUMENT", replies[0] ?? "");
}

const stages: readonly [stage: string, afterMs: number][] = [
  ["taken", 0],
  ["packed", 900],
  ["on its way", 1800],
  ["delivered", 2700],
];

/** An id holds when it was made: so how far an order is can be told by any instance, and after a restart. */
function newId(): string {
  const random = Math.floor(Math.random() * 36 ** 3);
  return `${Date.now().toString(36)}-${random.toString(36).padStart(3, "0")}`;
}

function placedAt(id: string): number | undefined {
  const time = Number.parseInt(/^([a-z0-9]{8})-[a-z0-9]{3}$/.exec(id)?.[1] ?? "", 36);
  return time <= Date.now() ? time : undefined;
}
