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
  const supervisor = new Supervisor({
    spec: () => ({
      command: [process.execPath, ...process.execArgv, process.argv[1] ?? "", name, ...args],
      env: definedOf(process.env),
      cwd: undefined,
      surroundings: parentsSurroundings,
      privileges: { dieWithParent: true, unprivileged: false, user: undefined },
    }),
    onLine: (line) => void log.write(`${line}\n`),
    onChange: (standing) => {
      if (standing.at === "running") onStart();
      if (standing.at !== "waiting") return;
      const text = `the ${name} ${describeExit(standing.exit)} and is started again; its last words: stod logs ${name}`;
      tell({ is: "note", text });
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

function openLog(path: string): WriteStream {
  const log = createWriteStream(path, { flags: "a", mode: 0o600 });
  // A full disk costs the log, not the mesh.
  log.on("error", () => {});
  return log;
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
