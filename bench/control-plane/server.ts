import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atEnd } from "../measure/at-end.ts";
import { JsonClient } from "../measure/json-client.ts";
import { until } from "../measure/until.ts";

const stod = fileURLToPath(new URL("../../stod", import.meta.url));

/** A control plane in a process of its own, as a user starts it. */
export interface RunningServer {
  readonly pid: number;
  readonly api: JsonClient;
  readonly xdsSocket: string;
  readonly xdsPort: number;
  /** From its start until it serves, in milliseconds. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** @param nodeFlags  for its Node, such as `--cpu-prof` */
export async function startServer(directory: string, nodeFlags: readonly string[]): Promise<RunningServer> {
  const state = join(directory, "state");
  mkdirSync(join(directory, "objects"), { recursive: true, mode: 0o700 });
  mkdirSync(join(state, "run"), { recursive: true, mode: 0o700 });
  const logFile = join(directory, "control-plane.log");
  const log = openSync(logFile, "a", 0o600);
  const xdsPort = await freePort();
  const flags = ["--state", state, "--config", join(directory, "objects"), "--xds", `127.0.0.1:${xdsPort}`];
  const begin = performance.now();
  const child = spawn(stod, ["control-plane", ...flags], {
    stdio: ["ignore", log, log],
    cwd: directory,
    env: { ...process.env, NODE_OPTIONS: nodeFlags.join(" ") },
  });
  closeSync(log);
  const kill = atEnd(() => child.kill("SIGKILL"));
  const socket = join(state, "run", "api.sock");
  const api = new JsonClient(socket);
  try {
    await until("the control plane to serve", async () => {
      if (child.exitCode !== null) throw new Error("the control plane has ended");
      return existsSync(socket) ? await api.ask("GET", "/v1/status").catch(() => undefined) : undefined;
    });
  } catch (fault) {
    kill();
    throw new Error(`the control plane does not serve:\n${readFileSync(logFile, "utf8")}`, { cause: fault });
  }
  return {
    pid: child.pid as number,
    api,
    xdsSocket: join(state, "run", "xds.sock"),
    xdsPort,
    startMs: performance.now() - begin,
    async stop() {
      api.close();
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      kill();
    },
  };
}

/** A port that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
