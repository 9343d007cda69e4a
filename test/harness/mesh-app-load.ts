import { setTimeout as delay } from "node:timers/promises";
import { type Ask, askOnce } from "./mesh-app-client.ts";

/** How a load has gone so far. */
export interface LoadReport {
  readonly good: number;
  /** Answers that were no 200, or none at all; the first few. */
  readonly bad: readonly string[];
  readonly badCount: number;
  /** Good answers by who gave them. */
  readonly by: Readonly<Record<string, number>>;
}

interface Load {
  good: number;
  badCount: number;
  readonly bad: string[];
  readonly by: Record<string, number>;
  readonly stop: AbortController;
  done: Promise<unknown>;
}

/** Requests that go on until they are told to stop. */
export class Loads {
  readonly #loads: Load[] = [];

  /** Starts so many workers, each with so long a pause between an answer and the next request. */
  start({ asks, atOnce, pauseMs }: { asks: readonly Ask[]; atOnce: number; pauseMs: number }): number {
    const load: Load = { good: 0, badCount: 0, bad: [], by: {}, stop: new AbortController(), done: Promise.resolve() };

    load.done = Promise.all(Array.from({ length: atOnce }, (_, nth) => work(load, asks, nth, pauseMs)));
    return this.#loads.push(load) - 1;
  }

  look(id: number): LoadReport {
    const { good, bad, badCount, by } = this.#loads[id] as Load;
    return { good, bad, badCount, by };
  }

  /** Ends it when the requests in flight are answered. */
  async stop(id: number): Promise<LoadReport> {
    const load = this.#loads[id] as Load;
    load.stop.abort();
    await load.done;
    return this.look(id);
  }
}

async function work(load: Load, asks: readonly Ask[], nth: number, pauseMs: number): Promise<void> {
  const { signal } = load.stop;
  for (let turn = nth; !signal.aborted; turn++) {
    const ask = asks[turn % asks.length] as Ask;
    const { status, error, headers, body, grpcStatus = 0 } = await askOnce(ask);
    if (status === 200 && grpcStatus === 0) {
      load.good++;
      const by = headers["x-by"] ?? "";
      load.by[by] = (load.by[by] ?? 0) + 1;
    } else {
      load.badCount++;
      const said = error ?? `${status} ${headers["grpc-status"] ?? ""} ${body.slice(0, 200)}`;
      if (load.bad.length < 20) load.bad.push(`${new Date().toISOString()} ${ask.http ?? "1.1"} ${ask.url}: ${said}`);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}
