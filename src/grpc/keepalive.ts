import type { Http2Session } from "node:http2";
import type { Duration } from "#base/duration.ts";

/** How a connection is watched: a ping every `every`, and the end of it where no answer comes within `timeout`. */
export interface Keepalive {
  readonly every: Duration;
  readonly timeout: Duration;
}

/** Ends a session whose peer has silently gone; TCP alone would notice after many minutes. */
export function keepAlive(session: Http2Session, { every, timeout }: Keepalive): void {
  let overdue: NodeJS.Timeout | undefined;
  const beat = setInterval(() => {
    if (overdue !== undefined || session.closed || session.destroyed) return;
    overdue = setTimeout(() => session.destroy(), timeout.ms);
    const sent = session.ping((error) => {
      if (error !== null) return;
      clearTimeout(overdue);
      overdue = undefined;
    });
    if (!sent) session.destroy();
  }, every.ms);
  beat.unref();
  session.once("close", () => {
    clearInterval(beat);
    clearTimeout(overdue);
  });
}
