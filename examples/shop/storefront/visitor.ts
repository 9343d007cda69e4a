import type { Ask } from "../wires/http-server.ts";
import type { PassedOn } from "../wires/passed-on.ts";
import type { Visitor } from "./page.ts";

/** Who asks: the header `end-user` (for scripts), or the cookie `user` that signing in sets. */
export function visitorOf({ headers }: Ask): Visitor {
  const cookies = new URLSearchParams((headers.cookie ?? "").replaceAll(/;\s*/g, "&"));
  const user = headers["end-user"]?.toString() ?? cookies.get("user") ?? undefined;
  return { user: userName(user), preview: cookies.get("preview") === "on" };
}

/** Names are letters only, so that they are safe in any header; `undefined` for others. */
export function userName(name: string | null | undefined): string | undefined {
  return name && /^[A-Za-z]{1,20}$/.test(name) ? name.toLowerCase() : undefined;
}

/** What goes to the other services: tracing headers, cookies, and who asks in `end-user`. */
export function onBehalfOf(visitor: Visitor, ask: Ask): PassedOn {
  const { "end-user": _, ...passedOn } = ask.passedOn;
  return visitor.user === undefined ? passedOn : { ...passedOn, "end-user": visitor.user };
}

export function setCookie(name: string, value: string | undefined): string {
  const life = value === undefined ? "Max-Age=0" : "Max-Age=86400";
  return `${name}=${value ?? ""}; Path=/; HttpOnly; SameSite=Lax; ${life}`;
}
