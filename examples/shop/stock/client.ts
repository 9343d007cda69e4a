import { connect } from "node:net";
import { createInterface } from "node:readline";
import { NoAnswer } from "../wires/http-client.ts";
import { parseServedBy, type ServedBy } from "../wires/identity.ts";

const patienceMs = 3000;

/**
 * Says the lines to `stock` on one connection, and gives its reply to each.
 *
 * @param address  `host:port`
 * @throws {NoAnswer} if it cannot be reached, hangs up, or answers with an error
 */
export async function askStock(
  address: string,
  lines: readonly string[],
): Promise<{ readonly replies: readonly string[]; readonly servedBy: readonly ServedBy[] }> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setTimeout(patienceMs, () => socket.destroy(new Error(`no answer in ${patienceMs / 1000} s`)));

  const heard: string[] = [];
  try {
    for await (const line of createInterface({ input: socket })) {
      heard.push(line);
      if (heard.length === 1) socket.write(lines.map((each) => `${each}\n`).join(""));
      if (heard.length > lines.length) break;
    }
  } catch (reason) {
    const { code, message } = reason as NodeJS.ErrnoException;
    throw new NoAnswer(code ?? message);
  } finally {
    socket.on("error", () => {}); // Whatever happens after the last reply is no concern of ours.
    socket.end("QUIT\n");
  }
  const [greeting, ...replies] = heard;
  if (greeting === undefined || replies.length < lines.length) throw new NoAnswer("stock hung up");
  return { replies, servedBy: parseServedBy(greeting.split(" ")[2]) };
}

/** How many are left of each product, in the order asked. */
export async function stockOf(address: string, skus: readonly string[]) {
  const { replies, servedBy } = await askStock(
    address,
    skus.map((sku) => `GET ${sku}`),
  );
  return { value: replies.map((reply) => Number(/^OK (\d+)$/.exec(reply)?.[1] ?? 0)), servedBy };
}
