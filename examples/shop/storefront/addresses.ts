/** Where the other services are. In a mesh their names are enough. */
export const addresses = {
  catalogue: process.env.CATALOGUE_URL ?? "http://catalogue:9080",
  reviews: process.env.REVIEWS_URL ?? "http://reviews:9080",
  orders: process.env.ORDERS_URL ?? "http://orders:50051",
  stock: process.env.STOCK ?? "stock:7070",
};
