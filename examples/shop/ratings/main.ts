/** Ratings: one to five stars by reviewer and product. HTTP and JSON; calls nobody. */
import { json, serveHttp } from "../wires/http-server.ts";

const stars: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  teapot: { Ingrid: 5, Tomasz: 4 },
  cup: { Amara: 5, Jason: 5 },
  bowl: { Kenji: 4, Ingrid: 4 },
  vase: { Tomasz: 3, Amara: 5 },
  jug: { Jason: 2, Kenji: 4 },
  plate: { Amara: 4, Tomasz: 5 },
};

serveHttp("ratings", 9080, {
  "GET /ratings/:sku": ({ params }) => json(stars[params.sku ?? ""] ?? {}),
});
