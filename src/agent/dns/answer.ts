import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from "dns-packet";
import type { Addresses, NameLookup } from "#agent/dns/name-table.ts";

/** Seconds that a resolver may keep an answer: short, since a name's addresses can change. */
const ttl = 5;

/** What becomes of a query. */
export type Verdict =
  | { readonly do: "answer"; readonly bytes: Buffer }
  /** It is not about the mesh: others know. */
  | { readonly do: "forward" }
  /** It is no query. */
  | { readonly do: "ignore" };

/** Codes of RFC 1035 that a response carries in its last four flag bits. */
const codes = { ok: 0, formatError: 1, serverFailure: 2, noSuchName: 3, notImplemented: 4, refused: 5 };
export type ResponseCode = keyof typeof codes;

/**
 * What to do with a query, given the names of the mesh.
 *
 * A name of the mesh's own domain that is not in the table does not exist; a name that has only IPv4 addresses is
 * there, and has no IPv6 ones: a resolver that asks for both must not take the second answer for "no such name".
 *
 * @param domain    the mesh's own domain, such as `cluster.local`
 * @param maxBytes  what the asker can take in one piece; a longer answer is marked as truncated
 */
export function judge(query: Buffer, names: NameLookup, domain: string, maxBytes: number): Verdict {
  const packet = parseQuery(query);
  if (packet === undefined) return { do: "ignore" };
  const [question, ...more] = packet.questions ?? [];
  if (question === undefined || more.length > 0) return { do: "answer", bytes: response(packet, "formatError") };
  const known = names.lookup(question.name);
  if (known === undefined) {
    const ours = isWithin(question.name, domain);
    return ours ? { do: "answer", bytes: response(packet, "noSuchName") } : { do: "forward" };
  }
  const whole = response(packet, "ok", records(question.name, question.type, known));
  if (whole.length <= maxBytes) return { do: "answer", bytes: whole };
  return { do: "answer", bytes: response(packet, "ok", [], TRUNCATED_RESPONSE) };
}

/** The answer to a query that failed as a whole; `undefined` for what is no query. */
export function failure(query: Buffer, code: ResponseCode): Buffer | undefined {
  const packet = parseQuery(query);
  return packet && response(packet, code);
}

/** How many bytes the asker takes over UDP: 512, or what it says by EDNS. */
export function udpLimit(query: Buffer): number {
  const options = parseQuery(query)?.additionals?.find((record) => record.type === "OPT");
  const said = options !== undefined && "udpPayloadSize" in options ? options.udpPayloadSize : 512;
  return Math.min(Math.max(said, 512), 4096);
}

function parseQuery(bytes: Buffer): Packet | undefined {
  try {
    const packet = decode(bytes);
    return packet.type === "query" ? packet : undefined;
  } catch {
    return undefined;
  }
}

function records(name: string, type: string, { v4, v6 }: Addresses) {
  const rows: { type: "A" | "AAAA"; name: string; ttl: number; data: string }[] = [];
  if (type === "A" || type === "ANY") rows.push(...v4.map((data) => ({ type: "A" as const, name, ttl, data })));
  if (type === "AAAA" || type === "ANY") rows.push(...v6.map((data) => ({ type: "AAAA" as const, name, ttl, data })));
  return rows;
}

function response(query: Packet, code: ResponseCode, answers: ReturnType<typeof records> = [], flags = 0): Buffer {
  const asked = (query.flags ?? 0) & RECURSION_DESIRED;
  return encode({
    type: "response",
    id: query.id,
    flags: flags | asked | AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | codes[code],
    questions: query.questions?.slice(0, 1),
    answers,
  });
}

function isWithin(name: string, domain: string): boolean {
  const asked = name.toLowerCase().replace(/\.$/, "");
  return asked === domain || asked.endsWith(`.${domain}`);
}
