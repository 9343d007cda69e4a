import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { type InsideEvent, parseEvent } from "#apps/up/inside/events.ts";
import type { FirstWords } from "#apps/up/inside/inside.ts";
import { clearRun, type MeshRecord, writeRecord } from "#apps/up/state-directory.ts";
import { StateFault } from "#base/state-fault.ts";
import { HostFault } from "#host/host-fault.ts";
import { type MeshNamespace, namespaceFault } from "#host/mesh-namespace.ts";
import { eachLine } from "#host/process-lines.ts";

/** The inside of a mesh, held from outside. */
export class Inside {
  /** Resolves when nothing of it is left: with `undefined` where it was told to end, else with what happened. */
  readonly ended: Promise<HostFault | undefined>;
  readonly #state: string;
  readonly #namespace: MeshNamespace;
  readonly #onEvent: (event: InsideEvent) => void;
  #record: MeshRecord | undefined;
  #wasTold = false;
  #wasReached = false;
  #lastWords = "";
  /** Why we ended it ourselves. */
  #fault: HostFault | undefined;

  constructor(state: string, namespace: MeshNamespace, onEvent: (event: InsideEvent) => void, onEnd: () => void) {
    this.#state = state;
    this.#namespace = namespace;
    this.#onEvent = onEvent;
    const { child } = namespace;
    const log = createWriteStream(join(state, "logs", "up.log"), { flags: "a", mode: 0o600 });
    // A full disk costs the log, not the mesh.
    log.on("error", () => {});
    const keep = (text: string) => void log.write(`${text}\n`);
    if (child.stdout !== null) eachLine(child.stdout, (line) => this.#hear(parseEvent(line), keep));
    if (child.stderr !== null) {
      eachLine(child.stderr, (line) => {
        this.#lastWords = `${this.#lastWords}${line}\n`.slice(-4096);
        keep(line);
      });
    }
    this.ended = new Promise((resolve) => {
      const end = (cause?: NodeJS.ErrnoException) => {
        log.end();
        clearRun(state);
        onEnd();
        resolve(this.#why(cause));
      };
      child.once("error", end);
      child.once("close", () => end());
    });
  }

  /** Tells it what to run, and the state directory that it does. */
  begin(words: FirstWords, record: MeshRecord): void {
    this.#record = record;
    writeRecord(this.#state, record);
    this.#say(JSON.stringify(words));
  }

  /** Lets requests in flight finish, then ends it. */
  drain(): void {
    this.#wasTold = true;
    this.#say("end");
  }

  /** Ends it at once; resolves when nothing of it is left. */
  async kill(): Promise<void> {
    this.#wasTold = true;
    await this.#namespace.kill();
    await this.ended;
  }

  #say(line: string): void {
    this.#namespace.child.stdin?.write(`${line}\n`);
  }

  #hear(event: InsideEvent | undefined, keep: (text: string) => void): void {
    if (event === undefined) return;
    if (event.is === "inside") this.#reached();
    if (event.is === "note") keep(event.text);
    this.#onEvent(event);
  }

  #reached(): void {
    this.#wasReached = true;
    if (this.#record === undefined) return;
    try {
      writeRecord(this.#state, { ...this.#record, innerPid: this.#namespace.innerPid() });
    } catch (cause) {
      if (!(cause instanceof StateFault)) throw cause;
      this.#fault = new HostFault(cause.path, cause.says, cause.help, { cause });
      void this.#namespace.kill();
    }
  }

  #why(cause: NodeJS.ErrnoException | undefined): HostFault | undefined {
    if (cause !== undefined) return namespaceFault("", cause);
    if (this.#fault !== undefined) return this.#fault;
    const words = this.#lastWords;
    if (!this.#wasReached && /^(unshare|setpriv|mount):/m.test(words)) return namespaceFault(words);
    if (this.#wasTold) return undefined;
    const says = `it ended by itself (${words.trim().split("\n").at(-1) || "without a word"})`;
    return new HostFault("the mesh's inside", says, `More is in ${join(this.#state, "logs", "up.log")}.`);
  }
}
