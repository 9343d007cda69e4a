import type { MessageOf } from "../wires/protobuf.ts";

/** The messages of `orders.proto`; each field stands at the place of its number. */
export const PlaceRequest = { sku: "string", amount: "uint32" } as const;
export const Order = { id: "string", sku: "string", amount: "uint32", left: "uint32" } as const;
export const FollowRequest = { id: "string" } as const;
export const Progress = { id: "string", stage: "string" } as const;

export type Order = MessageOf<typeof Order>;
export type Progress = MessageOf<typeof Progress>;
