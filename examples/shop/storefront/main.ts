/** The storefront: the shop's pages, made on the server from what the other services say. */
import { followOrder, placeOrder } from "../orders/client.ts";
import { GrpcError } from "../wires/grpc-frames.ts";
import { type Answer, type Ask, serveHttp } from "../wires/http-server.ts";
import { addresses } from "./addresses.ts";
import { type Gathered, gather } from "./gather.ts";
import { type Html, html } from "./html.ts";
import { pageFoot, pageHead } from "./page.ts";
import { productPage, shelvesPage } from "./shelves.ts";
import { onBehalfOf, setCookie, userName, visitorOf } from "./visitor.ts";

serveHttp("storefront", 8080, {
  "GET /": (ask) => shop(ask, undefined, ({ shelves }) => shelvesPage(shelves)),
  "GET /products/:sku": (ask) => shop(ask, ask.params.sku, ({ shelves }) => productPage(shelves)),
  "POST /orders": order,
  "GET /orders/:id": follow,
  "POST /sign-in": async (ask) => backHome(setCookie("user", userName((await ask.form()).get("user")))),
  "POST /sign-out": () => backHome(setCookie("user", undefined)),
  "POST /preview": async (ask) =>
    backHome(setCookie("preview", (await ask.form()).get("preview") === "on" ? "on" : undefined)),
});

/** A page about products. It is 503 only when there is nothing to show at all. */
async function shop(ask: Ask, sku: string | undefined, content: (gathered: Gathered) => Html): Promise<Answer> {
  const visitor = visitorOf(ask);
  const gathered = await gather(sku, onBehalfOf(visitor, ask));
  const { shelves, servedBy, missing } = gathered;
  const status = "missing" in shelves ? 503 : shelves.value.length === 0 ? 404 : 200;
  const body = pageHead("Lera, stoneware", visitor) + content(gathered).markup + pageFoot(servedBy, missing);
  return { status, headers: page, body, with: servedBy };
}

async function order(ask: Ask): Promise<Answer> {
  const visitor = visitorOf(ask);
  const sku = (await ask.form()).get("sku") ?? "";
  try {
    const { order, servedBy } = await placeOrder(addresses.orders, sku, 1, onBehalfOf(visitor, ask));
    return { status: 303, headers: { location: `/orders/${order.id}` }, body: "", with: servedBy };
  } catch (reason) {
    if (!(reason instanceof GrpcError)) throw reason;
    const status =
      ({ INVALID_ARGUMENT: 400, FAILED_PRECONDITION: 409 } as Record<string, number>)[reason.status] ?? 503;
    const sorry = html`<section class="intro"><h1>That did not work</h1>
<p>orders says ${reason.status}: ${reason.message || "nothing more"}.</p><p><a href="/">Back to the shelves</a></p></section>`;
    return { status, headers: page, body: pageHead("Lera, order", visitor) + sorry.markup + pageFoot([], new Map()) };
  }
}

/** An order's page grows while it is looked at: each stage is sent when `orders` streams it. */
function follow(ask: Ask): Answer {
  const visitor = visitorOf(ask);
  async function* body() {
    yield pageHead("Lera, your order", visitor);
    yield html`<section class="intro"><h1>Thank you${visitor.user && `, ${visitor.user}`}</h1>
<p>Order <code>${ask.params.id}</code></p></section><ol class="stages">`.markup;
    try {
      for await (const { stage } of followOrder(addresses.orders, ask.params.id ?? "", onBehalfOf(visitor, ask))) {
        yield html`<li>${stage}</li>\n`.markup;
      }
    } catch (reason) {
      if (!(reason instanceof GrpcError)) throw reason;
      yield html`<li class="away">orders says ${reason.status}: ${reason.message}</li>`.markup;
    }
    yield `</ol><p><a href="/">Back to the shelves</a></p>${pageFoot([], new Map())}`;
  }
  return { headers: page, body: body() };
}

const page = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'",
};

function backHome(cookie: string): Answer {
  return { status: 303, headers: { location: "/", "set-cookie": cookie }, body: "" };
}
