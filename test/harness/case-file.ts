import { parseAllDocuments } from "yaml";
import { parseDuration } from "#base/duration.ts";
import { defaultMeshSettings, type MeshSettings } from "#model/mesh-settings.ts";
import { CaseFault, fieldsOf, listOf, type Raw, stringOf, stringsOf } from "./case-fields.ts";
import type { ProxyConfig } from "./proxy-config.ts";
import type { UpstreamAnswer } from "./upstreams.ts";

export const parts = ["listeners", "routes", "clusters", "endpoints"] as const satisfies (keyof ProxyConfig)[];
export type Part = (typeof parts)[number];

/** A part of the configuration to show: what the case changes in it, or all that is named so (`*` stands for anything). */
export interface Show {
  readonly part: Part;
  readonly named: string | undefined;
  /** Just these fields of each; all where `undefined`. */
  readonly fields: readonly string[] | undefined;
}

/** A request or a connection, and what should become of it. */
export interface Row {
  /** As it is written, for messages. */
  readonly title: string;
  /** Where it comes from: the workload's own application, or from outside to it. */
  readonly side: "outbound" | "inbound";
  /** The caller's SPIFFE id, for a call that comes in over mTLS. */
  readonly caller: string | undefined;
  readonly upstream: readonly UpstreamAnswer[];
  readonly sends: HttpRow | TcpRow;
}

export interface HttpRow {
  readonly is: "http";
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly http2: boolean;
  readonly expect: number | "closed";
  /** Whoever answered: a workload's name, or its version. */
  readonly from: string | undefined;
  /** How often an upstream was asked. */
  readonly tries: number | undefined;
  /** What the last upstream saw. */
  readonly seen: Seen | undefined;
  readonly responseHeaders: Readonly<Record<string, string | null>>;
  readonly mirroredTo: string | undefined;
  readonly atLeastMs: number | undefined;
  readonly lessThanMs: number | undefined;
}

export interface Seen {
  readonly path: string | undefined;
  readonly authority: string | undefined;
  readonly caller: string | null | undefined;
  readonly http: string | undefined;
  /** `null` for a header that should not be there. */
  readonly headers: Readonly<Record<string, string | null>>;
}

export interface TcpRow {
  readonly is: "tcp";
  readonly url: URL;
  readonly send: string;
  readonly receive: string;
}

export interface CaseFile {
  /** The comment at its top. */
  readonly about: string;
  /** `namespace/name` of the workload whose proxy is looked at. */
  readonly proxy: string;
  /** Settings of the mesh that differ from the defaults. */
  readonly settings: Partial<MeshSettings>;
  readonly show: readonly Show[];
  readonly traffic: readonly Row[];
  /** What a user would apply: the file with the first document blanked, so that lines keep their numbers. */
  readonly objects: string;
}

/**
 * Reads a case.
 *
 * @throws {CaseFault} that names the field
 */
export function parseCase(text: string): CaseFile {
  const [first] = parseAllDocuments(text, { prettyErrors: true });
  if (first === undefined || !("contents" in first)) throw new CaseFault("", "it is empty");
  if (first.errors[0] !== undefined) throw new CaseFault("", first.errors[0].message);
  const fields = fieldsOf(first.toJS(), "", ["kind", "proxy", "settings", "show", "traffic"]);
  if (fields.kind !== "Case") throw new CaseFault("kind", "the first document of a case has kind: Case");
  return {
    about: /^(#.*\n)*/.exec(text)![0].replaceAll(/^# ?/gm, "").trim(),
    proxy: stringOf(fields.proxy, "proxy"),
    settings: fieldsOf(fields.settings ?? {}, "settings", Object.keys(defaultMeshSettings)),
    show: listOf(fields.show, "show").map(showOf),
    traffic: listOf(fields.traffic, "traffic").map((row, index) => rowOf(row, `traffic[${index}]`)),
    objects: withoutFirstDocument(text),
  };
}

function withoutFirstDocument(text: string): string {
  const lines = text.split("\n");
  const separator = lines.findIndex((line, index) => index > 0 && line.startsWith("---"));
  return separator < 0 ? "" : "\n".repeat(separator) + lines.slice(separator).join("\n");
}

/** `routes`, or `{ routes: "80/reviews.*" }`, or `{ clusters: "outbound|80||*", fields: [lb_policy] }`. */
function showOf(value: unknown): Show {
  const written = typeof value === "string" ? { [value]: undefined } : fieldsOf(value, "show", [...parts, "fields"]);
  const [part] = parts.filter((each) => each in written);
  if (part === undefined) throw new CaseFault("show", `${value} is none of ${parts.join(", ")}`);
  const fields = "fields" in written ? listOf(written.fields, "show.fields").map(String) : undefined;
  return { part, named: (written as Raw)[part] as string | undefined, fields };
}

const methods = ["get", "post", "put", "delete", "patch", "options", "head"];
const httpFields = [
  "headers",
  "http2",
  "expect",
  "from",
  "tries",
  "seen",
  "responseHeaders",
  "mirroredTo",
  "atLeast",
  "lessThan",
];

function rowOf(value: unknown, at: string): Row {
  const fields = fieldsOf(value, at, [
    "side",
    "caller",
    "upstream",
    "tcp",
    "send",
    "receive",
    ...methods,
    ...httpFields,
  ]);
  const method = methods.find((each) => each in fields);
  const side = fields.side ?? "outbound";
  if (side !== "outbound" && side !== "inbound") throw new CaseFault(`${at}.side`, "it is outbound or inbound");
  const upstream = listOf(fields.upstream, `${at}.upstream`);
  return {
    title: method === undefined ? `tcp ${fields.tcp}` : `${method} ${fields[method]}`,
    side,
    caller: fields.caller === undefined ? undefined : stringOf(fields.caller, `${at}.caller`),
    upstream: upstream.map((answer, index) => answerOf(answer, `${at}.upstream[${index}]`)),
    sends: method === undefined ? tcpRow(fields, at) : httpRow(fields, method, at),
  };
}

function tcpRow(fields: Raw, at: string): TcpRow {
  const url = new URL(`tcp://${stringOf(fields.tcp, `${at}.tcp`)}`);
  return { is: "tcp", url, send: String(fields.send ?? ""), receive: stringOf(fields.receive, `${at}.receive`) };
}

function httpRow(fields: Raw, method: string, at: string): HttpRow {
  const { expect } = fields;
  if (expect !== "closed" && typeof expect !== "number")
    throw new CaseFault(`${at}.expect`, "it is a status, or closed");
  const text = (name: string) => (fields[name] === undefined ? undefined : stringOf(fields[name], `${at}.${name}`));
  return {
    is: "http",
    method: method.toUpperCase(),
    url: new URL(stringOf(fields[method], `${at}.${method}`)),
    headers: stringsOf(fields.headers, `${at}.headers`) as Record<string, string>,
    http2: fields.http2 === true,
    expect,
    from: text("from"),
    tries: fields.tries as number | undefined,
    seen: fields.seen === undefined ? undefined : seenOf(fields.seen, `${at}.seen`),
    responseHeaders: stringsOf(fields.responseHeaders, `${at}.responseHeaders`),
    mirroredTo: text("mirroredTo"),
    atLeastMs: msOf(text("atLeast"), `${at}.atLeast`),
    lessThanMs: msOf(text("lessThan"), `${at}.lessThan`),
  };
}

function seenOf(value: unknown, at: string): Seen {
  const { path, authority, caller, http, headers } = fieldsOf(value, at, [
    "path",
    "authority",
    "caller",
    "http",
    "headers",
  ]);
  return {
    path: path as string | undefined,
    authority: authority as string | undefined,
    caller: caller as string | null | undefined,
    http: http === undefined ? undefined : String(http),
    headers: stringsOf(headers, `${at}.headers`),
  };
}

/** `503`, `reset`, or `{ status, headers, delay }`. */
function answerOf(value: unknown, at: string): UpstreamAnswer {
  if (value === "reset") return { status: 0, headers: {}, delayMs: 0, resets: true };
  if (typeof value === "number") return { status: value, headers: {}, delayMs: 0, resets: false };
  const { status = 200, headers, delay } = fieldsOf(value, at, ["status", "headers", "delay"]);
  return {
    status: Number(status),
    headers: stringsOf(headers, `${at}.headers`) as Record<string, string>,
    delayMs: msOf(delay as string | undefined, `${at}.delay`) ?? 0,
    resets: false,
  };
}

function msOf(text: string | undefined, at: string): number | undefined {
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration === undefined) throw new CaseFault(at, `${text} is no duration`);
  return duration.ms;
}
