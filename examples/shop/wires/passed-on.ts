import type { IncomingHttpHeaders } from "node:http";

/**
 * Headers that a service takes from the request it answers and puts on each request it makes for it.
 *
 * The tracing headers tie the hops of one request together: a proxy sees each hop by itself, so only the service
 * between two hops can say that they belong together. The user's headers let the mesh route deep down by who asks.
 */
const names = [
  "x-request-id",
  "traceparent",
  "tracestate",
  "b3",
  "x-b3-traceid",
  "x-b3-spanid",
  "x-b3-parentspanid",
  "x-b3-sampled",
  "x-b3-flags",
  "x-ot-span-context",
  "end-user",
  "cookie",
];

export type PassedOn = Readonly<Record<string, string>>;

export function passedOn(headers: IncomingHttpHeaders): PassedOn {
  const entries = names.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
