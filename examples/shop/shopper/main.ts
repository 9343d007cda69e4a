/**
 * The shopper: keeps the shop busy, so that there is something to see. Asks the storefront for `RATE` pages a second
 * (5 where left out) and sometimes orders; says every 5 seconds how that went.
 */
import { setTimeout as delay } from "node:timers/promises";
import { addressOf } from "../wires/address.ts";
import { onShutdown } from "../wires/shutdown.ts";
import { Tally } from "./tally.ts";

const shop = process.env.STOREFRONT_URL ?? `http://${addressOf("storefront", 8080)}`;
const ratePerSecond = Number(process.env.RATE ?? 5);
const reportEveryMs = 5000;

interface Errand {
  readonly share: number;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly form?: string;
}

const errands: readonly Errand[] = [
  { share: 4, path: "/" },
  { share: 2, path: "/products/teapot" },
  { share: 1, path: "/products/vase", headers: { "end-user": "jason" } },
  { share: 1, path: "/products/jug", headers: { cookie: "preview=on" } },
  { share: 1, path: "/orders", form: "sku=cup" },
  { share: 1, path: "/orders", form: "sku=bowl", headers: { "end-user": "amara" } },
];

let tally = new Tally();

async function run({ path, headers, form }: Errand): Promise<void> {
  const began = performance.now();
  const method = form === undefined ? "GET" : "POST";
  const init = { method, headers: { ...headers, ...(form && formType) }, body: form, redirect: "manual" as const };
  try {
    const response = await fetch(shop + path, { ...init, signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    tally.add({
      path,
      status: response.status,
      servedBy: response.headers.get("served-by"),
      ms: performance.now() - began,
    });
  } catch (reason) {
    const cause = (reason as Error).cause as NodeJS.ErrnoException | undefined;
    tally.add({ path, status: cause?.code ?? (reason as Error).name, servedBy: null, ms: performance.now() - began });
  }
}

const formType = { "content-type": "application/x-www-form-urlencoded" };

/** An errand by chance, each as often as its share says. */
function nextErrand(): Errand {
  const tickets = errands.flatMap((errand) => Array<Errand>(errand.share).fill(errand));
  return tickets[Math.floor(Math.random() * tickets.length)]!;
}

let shopping = true;
const reports = setInterval(() => {
  console.log(tally.summary());
  tally = new Tally();
}, reportEveryMs);
onShutdown(() => {
  shopping = false;
  clearInterval(reports);
});

console.log(`shopping at ${shop}, ${ratePerSecond} requests a second`);
while (shopping) {
  void run(nextErrand());
  await delay(1000 / ratePerSecond);
}
