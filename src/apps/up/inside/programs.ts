import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import type { Tell } from "#apps/up/inside/events.ts";
import { backoff } from "#base/backoff.ts";
import { milliseconds, seconds } from "#base/duration.ts";
import { describeExit } from "#host/process.ts";
import { parentsSurroundings } from "#host/process-command.ts";
import { Supervisor } from "#host/process-supervisor.ts";

/** One of stod's own programs beside the workloads: the control plane or the agent. */
export interface Program {
  readonly supervisor: Supervisor;
  /** Ends it, after it has had time to drain. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** The subcommand, such as `agent`. */
  readonly name: string;
  readonly args: readonly string[];
  readonly stateDirectory: string;
  readonly tell: Tell;
  /** Called at each start, the first included. */
  readonly onStart: () => void;
}

/** Longer than any drain of workloads that the agent does when it ends. */
const grace = seconds(30);

/** Starts one of stod's programs, starts it again when it dies, and keeps what it says in the mesh's `logs/`. */
export function startProgram({ name, args, stateDirectory, tell, onStart }: ProgramOptions): Program {
  const log = openLog(join(stateDirectory, "logs", `${name}.log`));
  let lastWords = "";
  let told = "";
  const supervisor = new Supervisor({
    spec: () => ({
      command: [process.execPath, ...process.execArgv, process.argv[1] ?? "", name, ...args],
      env: definedOf(process.env),
      cwd: undefined,
      surroundings: parentsSurroundings,
      privileges: { dieWithParent: true, capabilities: "all", user: undefined },
    }),
    onLine: (line) => {
      log.write(`${line}\n`);
      if (/\berror\b/i.test(line)) lastWords = line;
    },
    onChange: (standing) => {
      if (standing.at === "running") {
        lastWords = "";
        onStart();
      }
      if (standing.at !== "waiting") return;
      const why = `the ${name} ${describeExit(standing.exit)} and is started again`;
      const text =
        lastWords === "" ? why : `${why}; it said (and more: stod logs ${name}):\n  ${withoutTime(lastWords)}`;
      // What goes on failing in the same way is told once.
      if (text !== told) tell({ is: "note", text });
      told = text;
    },
    backoff: backoff(milliseconds(100), seconds(5)),
    healthyAfter: seconds(10),
  });
  supervisor.start();
  return {
    supervisor,
    async stop() {
      await supervisor.stop(grace);
      log.end();
    },
  };
}

/** A line of a log without what begins it. */
function withoutTime(line: string): string {
  return line.replace(/^\d\d:\d\d:\d\d\.\d{3} (error|warn|info|debug) +\S+ /, "");
}

function openLog(path: string): WriteStream {
  const log = createWriteStream(path, { flags: "a", mode: 0o600 });
  // A full disk costs the log, not the mesh.
  log.on("error", () => {});
  return log;
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
