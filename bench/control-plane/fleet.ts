import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { atEnd } from "../measure/at-end.ts";
import type { Command, News } from "./fleet-messages.ts";

/** The simulated proxies, in a process of their own. */
export class Fleet {
  readonly #process: ChildProcess;
  readonly #end: () => void;

  constructor() {
    this.#process = fork(new URL("fleet-process.ts", import.meta.url), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#end = atEnd(() => this.#process.kill("SIGKILL"));
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  tell(command: Command): void {
    this.#process.send(command);
  }

  /** The next piece of news of a kind. @throws if the process ends before */
  async hear<Is extends News["is"]>(is: Is): Promise<Extract<News, { is: Is }>> {
    const gone = new AbortController();
    const onExit = () => gone.abort(new Error("the process of the simulated proxies has ended"));
    this.#process.once("exit", onExit);
    try {
      for (;;) {
        const [news] = (await once(this.#process, "message", { signal: gone.signal })) as [News];
        if (news.is === is) return news as Extract<News, { is: Is }>;
      }
    } finally {
      this.#process.off("exit", onExit);
    }
  }

  end(): void {
    this.#end();
  }
}
