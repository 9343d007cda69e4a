import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, type Socket as Connection, createServer, isIP, type Server } from "node:net";
import { failure, judge, udpLimit } from "#agent/dns/answer.ts";
import { forward, framed, messagesOf, type Resolver, type Transport } from "#agent/dns/forward.ts";
import type { NameLookup } from "#agent/dns/name-table.ts";
import { seconds } from "#base/duration.ts";

/** More questions to others at a time are refused: an application in a loop must not use up our sockets. */
const maxForwarded = 256;
const maxConnections = 256;
const patience = seconds(2);
const idle = seconds(10);

export interface DnsOptions {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly names: NameLookup;
  /** Names for one who asks, by address; `undefined` for the same as everybody's. */
  readonly namesFor?: (asker: string) => NameLookup | undefined;
  /** The mesh's own domain, such as `cluster.local`: what is in it and not in the table does not exist. */
  readonly domain: string;
  /** Who is asked for everything else; with none, it is refused. */
  readonly resolvers: readonly Resolver[];
}

/** DNS for workloads, over UDP and TCP: names of the mesh from its table, everything else from other resolvers. */
export class DnsServer {
  readonly #options: DnsOptions;
  readonly #udp: Socket;
  readonly #tcp: Server;
  readonly #connections = new Set<Connection>();
  #forwarded = 0;

  private constructor(options: DnsOptions) {
    this.#options = options;
    this.#udp = createSocket(isIP(options.address) === 6 ? "udp6" : "udp4");
    this.#tcp = createServer((connection) => this.#serve(connection));
    this.#tcp.maxConnections = maxConnections;
    this.#udp.on("message", (query, asker) => {
      this.#reply(query, asker.address, "udp", udpLimit(query)).then((answer) => {
        if (answer !== undefined) this.#udp.send(answer, asker.port, asker.address, () => {});
      });
    });
  }

  /** @throws where the address cannot be listened on */
  static async listen(options: DnsOptions): Promise<DnsServer> {
    const server = new DnsServer(options);
    server.#tcp.listen(options.port, options.address);
    await once(server.#tcp, "listening");
    try {
      server.#udp.bind(server.port, options.address);
      await once(server.#udp, "listening");
    } catch (cause) {
      server.#tcp.close();
      throw cause;
    }
    server.#udp.on("error", () => {});
    server.#tcp.on("error", () => {});
    return server;
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  close(): void {
    this.#udp.close();
    this.#tcp.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #serve(connection: Connection): void {
    this.#connections.add(connection);
    connection.on("close", () => this.#connections.delete(connection));
    connection.on("error", () => connection.destroy());
    connection.setTimeout(idle.ms, () => connection.destroy());
    messagesOf(connection, (query) => {
      this.#reply(query, connection.remoteAddress ?? "", "tcp", 65_535).then((answer) => {
        if (answer !== undefined && connection.writable) connection.write(framed(answer));
      });
    });
  }

  async #reply(query: Buffer, asker: string, transport: Transport, maxBytes: number): Promise<Buffer | undefined> {
    const { names, namesFor, domain, resolvers } = this.#options;
    const verdict = judge(query, namesFor?.(asker) ?? names, domain, maxBytes);
    if (verdict.do === "answer") return verdict.bytes;
    if (verdict.do === "ignore") return undefined;
    if (resolvers.length === 0 || this.#forwarded >= maxForwarded) return failure(query, "refused");
    this.#forwarded++;
    try {
      return (await forward(query, resolvers, transport, patience)) ?? failure(query, "serverFailure");
    } finally {
      this.#forwarded--;
    }
  }
}
