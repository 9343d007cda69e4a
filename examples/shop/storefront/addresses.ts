import { addressOf } from "../wires/address.ts";

/** Where the other services are. In a mesh their names are enough. */
export const addresses = {
  catalogue: process.env.CATALOGUE_URL ?? `http://${addressOf("catalogue", 9080)}`,
  reviews: process.env.REVIEWS_URL ?? `http://${addressOf("reviews", 9080)}`,
  orders: process.env.ORDERS_URL ?? `http://${addressOf("orders", 50051)}`,
  stock: process.env.STOCK ?? addressOf("stock", 7070),
};
