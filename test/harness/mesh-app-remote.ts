import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer, Ask } from "./mesh-app-client.ts";
import type { LoadReport } from "./mesh-app-load.ts";
import type { Behaviour, Echo } from "./mesh-app-server.ts";
import type { ConnectionReport } from "./mesh-app-tcp.ts";

const startsWithinMs = 20_000;

/** The test application of one instance, directed from outside the mesh. */
export class MeshApp {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Has it send one request; what went wrong is in the answer. */
  ask(url: string, more: Omit<Ask, "url"> = {}): Promise<Answer> {
    return this.#order("/ask", { url, ...more });
  }

  many(ask: Ask, times: number, atOnce = 8): Promise<readonly Answer[]> {
    return this.#order("/many", { ask, times, atOnce });
  }

  /** Has it send requests until {@link RemoteLoad.stop}. */
  async load(asks: readonly Ask[], { atOnce = 8, pauseMs = 20 } = {}): Promise<RemoteLoad> {
    const id: number = await this.#order("/load/start", { asks, atOnce, pauseMs });
    return {
      look: () => this.#order("/load/look", { id }),
      stop: () => this.#order("/load/stop", { id }),
    };
  }

  async connect(host: string, port: number): Promise<RemoteConnection> {
    const id: number = await this.#order("/tcp/open", { host, port });
    return {
      send: (what) => this.#order("/tcp/send", { id, ...what }),
      read: (bytes, timeoutMs) => this.#order("/tcp/read", { id, bytes, timeoutMs }),
      look: () => this.#order("/tcp/look", { id }),
      close: () => this.#order("/tcp/close", { id }),
    };
  }

  /** Requests that its server has seen since this was last asked. */
  seen(): Promise<readonly Echo[]> {
    return this.#order("/seen", {});
  }

  async behave(wanted: Partial<Behaviour>): Promise<void> {
    await this.#order("/behave", wanted);
  }

  /** One that has just been started has no socket yet. */
  async #order<T>(path: string, argument: unknown): Promise<T> {
    for (const deadline = Date.now() + startsWithinMs; ; await delay(20)) {
      try {
        return await this.#send<T>(path, argument);
      } catch (fault) {
        const { code } = fault as NodeJS.ErrnoException;
        if ((code !== "ENOENT" && code !== "ECONNREFUSED") || Date.now() > deadline) throw fault;
      }
    }
  }

  #send<T>(path: string, argument: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const asking = request({ socketPath: this.#socketPath, path, method: "POST", agent: false }, async (response) => {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`${path}: ${text}`));
      });
      asking.on("error", reject).end(JSON.stringify(argument));
    });
  }
}

export interface RemoteLoad {
  readonly look: () => Promise<LoadReport>;
  /** Ends it when the requests in flight are answered. */
  readonly stop: () => Promise<LoadReport>;
}

export interface RemoteConnection {
  /** Answers with the SHA-256 of what was sent. */
  readonly send: (what: { text?: string; bytes?: number; last?: boolean }) => Promise<string>;
  /** Waits for so many bytes since the last call, or the end. */
  readonly read: (bytes: number, timeoutMs?: number) => Promise<ConnectionReport>;
  readonly look: () => Promise<ConnectionReport>;
  readonly close: () => Promise<void>;
}
