import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type Duration, milliseconds } from "#base/duration.ts";
import { commandLine, type Privileges, type Surroundings } from "#host/process-command.ts";
import { eachLine } from "#host/process-lines.ts";
import { makePipe } from "#host/process-pipe.ts";

/** A process to start. */
export interface ChildSpec {
  readonly command: readonly string[];
  /** Its whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory; `undefined` for the parent's. */
  readonly cwd: string | undefined;
  readonly surroundings: Surroundings;
  readonly privileges: Privileges;
}

export type OutputStream = "stdout" | "stderr";
export type OnLine = (line: string, stream: OutputStream) => void;

/** How a process ended. */
export type Exit =
  | { readonly by: "exit"; readonly code: number }
  | { readonly by: "signal"; readonly signal: string }
  | { readonly by: "not-started"; readonly reason: string };

/** An exit as a person reads it, as a clause: `exited with status 1`. */
export function describeExit(exit: Exit): string {
  if (exit.by === "exit") return `exited with status ${exit.code}`;
  if (exit.by === "signal") return `was ended by ${exit.signal}`;
  return `could not be started: ${exit.reason}`;
}

/** A running process and the group that it leads. */
export interface Child {
  /** Its process id; `undefined` where it could not be started. */
  readonly pid: number | undefined;
  /** Settles when the process has ended, its group was killed and its output is read; never rejects. */
  readonly exited: Promise<Exit>;
  /** Signals the whole group; `false` if it is gone. */
  signal(name: NodeJS.Signals): boolean;
  /** SIGTERM to the group, and SIGKILL for what is still there after the grace. */
  stop(grace: Duration): Promise<Exit>;
}

/**
 * Starts a process as the leader of a group of its own, and hands on what it prints line by line.
 *
 * @param onLine  `undefined` where nobody wants to hear what it prints
 */
export function startChild(spec: ChildSpec, onLine: OnLine | undefined): Child {
  const [program, ...args] = commandLine(spec.command, spec.surroundings, spec.privileges);
  if (program === undefined) throw new Error("a command needs at least the name of a program");
  const pipes = onLine && [makePipe(), makePipe()];
  const child = spawn(program, args, {
    env: spec.env,
    cwd: spec.cwd,
    detached: true,
    stdio: ["ignore", ...(pipes?.map(({ writer }) => writer) ?? (["ignore", "ignore"] as const))],
  });
  const outputs = pipes?.map(({ reader, writer }, nth) => {
    closeSync(writer);
    eachLine(reader, (line) => onLine?.(line, nth === 0 ? "stdout" : "stderr"));
    return once(reader, "close");
  });

  const { pid } = child;
  const signal = (name: NodeJS.Signals) => pid !== undefined && signalGroup(pid, name);
  const exited = exitOf(child).then(async (ending) => {
    const exit = spec.surroundings.alone ? toldByShell(ending) : ending;
    signal("SIGKILL");
    if (outputs !== undefined)
      await Promise.race([Promise.all(outputs), delay(lastWords.ms, undefined, { ref: false })]);
    return exit;
  });
  const stop = async (grace: Duration) => {
    signal("SIGTERM");
    const patience = new AbortController();
    const killer = delay(grace.ms, undefined, { signal: patience.signal }).then(
      () => signal("SIGKILL"),
      () => {},
    );
    const exit = await exited;
    patience.abort();
    await killer;
    return exit;
  };
  return { pid, exited, signal, stop };
}

/** Output can outlive its process, in the hands of one that left the group: it is waited for no longer than this. */
const lastWords = milliseconds(200);

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", (cause) => resolve({ by: "not-started", reason: cause.message }));
    child.once("exit", (code, signal) =>
      resolve(signal === null ? { by: "exit", code: code ?? 0 } : { by: "signal", signal }),
    );
  });
}

/** A shell that waited for a process ends with 128 and the signal that ended that one. */
function toldByShell(exit: Exit): Exit {
  const number = exit.by === "exit" ? exit.code - 128 : 0;
  const found = Object.entries(constants.signals).find(([, each]) => each === number);
  return found === undefined ? exit : { by: "signal", signal: found[0] };
}

function signalGroup(leader: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(-leader, name);
  } catch {
    return false;
  }
}
