/** The catalogue: what the shop sells. HTTP and JSON; calls nobody. */
import { HttpError, json, serveHttp } from "../wires/http-server.ts";
import { products } from "./products.ts";

serveHttp("catalogue", 9080, {
  "GET /products": () => json(products),

  "GET /products/:sku": ({ params }) => {
    const product = products.find(({ sku }) => sku === params.sku);
    if (product === undefined) throw new HttpError(404, `no product ${params.sku}`);
    return json(product);
  },
});
