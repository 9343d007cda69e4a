import { setTimeout as delay } from "node:timers/promises";
import type { HttpRow, Row, TcpRow } from "./case-file.ts";
import { type Reply, sendHttp, sendTcp, type Way } from "./send.ts";
import type { Sighting, Upstreams } from "./upstreams.ts";

/** What a row needs to know of the mesh that it runs in. */
export interface Surroundings {
  readonly upstreams: Upstreams;
  wayOf(row: Row): Way;
  /** What else an upstream may be called in `from`: its version. */
  versionOf(name: string): string | undefined;
}

/** Sends what a row says, and tells everything that came out otherwise. */
export async function runRow(row: Row, surroundings: Surroundings): Promise<string[]> {
  const { upstreams } = surroundings;
  upstreams.expect(row.upstream);
  const { sends } = row;
  const wrong = sends.is === "tcp" ? await runTcp(row, sends, surroundings) : await runHttp(row, sends, surroundings);
  return wrong.map((each) => `${row.title}: ${each}`);
}

async function runTcp(row: Row, { send, receive }: TcpRow, { wayOf }: Surroundings): Promise<string[]> {
  const heard = await sendTcp(wayOf(row), send, receive);
  return heard.includes(receive) ? [] : [`${JSON.stringify(heard)} came back, without ${JSON.stringify(receive)}`];
}

async function runHttp(row: Row, wanted: HttpRow, { upstreams, wayOf, versionOf }: Surroundings): Promise<string[]> {
  const { method, url, headers, http2 } = wanted;
  const path = url.pathname + url.search;
  const reply = await sendHttp(wayOf(row), { method, authority: url.host, path, headers, http2 });
  const tries = upstreams.sightings.filter((sighting) => !sighting.mirrored);
  const last = tries.at(-1);
  return [
    ...wrongReply(reply, wanted),
    ...unless(wanted.tries, tries.length, "tries"),
    ...(wanted.from !== undefined && wanted.from !== last?.by && wanted.from !== versionOf(last?.by ?? "")
      ? [`${last?.by ?? "nobody"} answered, not ${wanted.from}`]
      : []),
    ...wrongSeen(last, wanted),
    ...(await wrongMirror(upstreams, wanted)),
  ];
}

function wrongReply({ status, headers, body, ms }: Reply, wanted: HttpRow): string[] {
  const { expect, responseHeaders, atLeastMs = 0, lessThanMs = Number.POSITIVE_INFINITY } = wanted;
  const took = Math.round(ms);
  return [
    ...(status === expect ? [] : [`${status} ${JSON.stringify(body.trim())}, not ${expect}`]),
    ...Object.entries(responseHeaders).flatMap(([name, value]) =>
      unless(value, headers[name] ?? null, `the response's ${name}`),
    ),
    ...(took >= atLeastMs && took < lessThanMs ? [] : [`it took ${took} ms`]),
  ];
}

function wrongSeen(last: Sighting | undefined, { seen }: HttpRow): string[] {
  if (seen === undefined) return [];
  if (last === undefined) return ["no upstream saw it"];
  return [
    ...unless(seen.path, last.path, "the path seen"),
    ...unless(seen.authority, last.authority, "the authority seen"),
    ...unless(seen.http, last.http, "the HTTP version seen"),
    ...unless(seen.caller, last.caller ?? null, "the caller seen"),
    ...Object.entries(seen.headers).flatMap(([name, value]) =>
      unless(value, last.headers[name] ?? null, `the header ${name} seen`),
    ),
  ];
}

const mirrorWithinMs = 5000;

/** A mirrored request is sent beside the real one, and may arrive after its answer. */
async function wrongMirror({ sightings }: Upstreams, { mirroredTo }: HttpRow): Promise<string[]> {
  if (mirroredTo === undefined) return [];
  const deadline = Date.now() + mirrorWithinMs;
  while (!sightings.some(({ mirrored, by }) => mirrored && by === mirroredTo)) {
    if (Date.now() > deadline) return [`no mirrored request came to ${mirroredTo}`];
    await delay(5);
  }
  return [];
}

/** Nothing where nothing is wanted, or what is wanted is so. `~` starts a regular expression. */
function unless<T>(wanted: T | undefined, is: T, what: string): string[] {
  const pattern = typeof wanted === "string" ? /^~(.+)$/s.exec(wanted)?.[1] : undefined;
  const holds = pattern === undefined ? wanted === is : new RegExp(pattern).test(String(is));
  return wanted === undefined || holds ? [] : [`${what}: ${is}, not ${wanted}`];
}
