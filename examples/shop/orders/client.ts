import { call } from "../wires/grpc-client.ts";
import type { ServedBy } from "../wires/identity.ts";
import type { PassedOn } from "../wires/passed-on.ts";
import { decode, encode } from "../wires/protobuf.ts";
import { FollowRequest, Order, PlaceRequest, Progress } from "./messages.ts";

export interface Placed {
  readonly order: Order;
  readonly servedBy: readonly ServedBy[];
}

/** @throws {GrpcError} with the reasons that `orders.proto` lists */
export async function placeOrder(url: string, sku: string, amount: number, headers: PassedOn): Promise<Placed> {
  const placing = call(url, "/shop.v1.Orders/Place", encode(PlaceRequest, { sku, amount }), headers, 3000);
  let order = decode(Order, Buffer.alloc(0));
  for await (const message of placing.messages) order = decode(Order, message);
  return { order, servedBy: placing.servedBy };
}

/** The stages of an order as it reaches them. @throws {GrpcError} */
export async function* followOrder(url: string, id: string, headers: PassedOn): AsyncIterable<Progress> {
  const following = call(url, "/shop.v1.Orders/Follow", encode(FollowRequest, { id }), headers, 10_000);
  for await (const message of following.messages) yield decode(Progress, message);
}
