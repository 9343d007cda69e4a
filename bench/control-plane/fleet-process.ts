import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { SharedBodies } from "./bodies.ts";
import { type Command, clockMs, type News, type Target } from "./fleet-messages.ts";
import type { Response } from "./response-reader.ts";
import { SimulatedProxy } from "./simulated-proxy.ts";
import { addressOf, namespace, serviceName, workloadName } from "./world.ts";

// The process that the simulated proxies live in; the bench starts it and talks to it over IPC.

interface Sight {
  readonly typeUrl: string;
  readonly marker: string;
  readonly at: Map<number, number>;
}

const shared = new SharedBodies();
const proxies: SimulatedProxy[] = [];
let sight: Sight | undefined;

function tell(news: News): void {
  process.send?.(news);
}

function connect({ to, proxies: count, services, vhds }: Extract<Command, { do: "connect" }>): void {
  const at: number[] = [];
  for (let number = 0; number < count; number++) {
    const service = number % services;
    const endpoint = Math.floor(number / services);
    const identity = {
      name: workloadName(service, endpoint),
      namespace,
      app: serviceName(service),
      address: addressOf(service, endpoint),
      vhds,
    };
    const listener = {
      converged: () => {
        if (at.push(clockMs()) < count) return;
        shared.clear();
        tell({ is: "converged", at });
      },
      response: (response: Response) => look(number, response),
      ended: (why: string) => fail(identity.name, why),
    };
    proxies.push(new SimulatedProxy(socketTo(to), identity, services, shared, listener));
  }
}

/** No stream is to end: what is measured afterwards would be of fewer proxies. */
function fail(name: string, why: string): never {
  console.error(`the stream of ${name} has ended: ${why}`);
  process.exit(1);
}

function look(proxy: number, { typeUrl, body }: Response): void {
  if (sight?.typeUrl !== typeUrl || sight.at.has(proxy) || !body.holds(sight.marker)) return;
  sight.at.set(proxy, clockMs());
  if (sight.at.size === proxies.length) tell({ is: "seen", at: [...sight.at.values()] });
}

function socketTo(to: Target): Duplex {
  if ("unix" in to) return connectTcp({ path: to.unix });
  const { port, roots, certificate, key } = to;
  return connectTls({
    host: "127.0.0.1",
    port,
    ca: roots,
    cert: certificate,
    key,
    ALPNProtocols: ["h2"],
    servername: "localhost",
  });
}

process.on("message", (command: Command) => {
  if (command.do === "connect") connect(command);
  else if (command.do === "watch") sight = { ...command, at: new Map() };
  else {
    const receivedBytes = proxies.reduce((sum, proxy) => sum + proxy.receivedBytes, 0);
    tell({ is: "total", receivedBytes });
  }
});
