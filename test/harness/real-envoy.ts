import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "./json.ts";

export interface Verdict {
  /** Envoy's own words, where it refused the configuration. */
  readonly refusal: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * Asks a real Envoy whether it takes a configuration; nothing is listened on.
 *
 * @param file  where to write the configuration, for whoever wants to look at it afterwards
 */
export async function validate(binary: string, bootstrap: JsonObject, file: string): Promise<Verdict> {
  await writeFile(file, JSON.stringify(bootstrap));
  const envoy = run(binary, ["--mode", "validate", "--config-path", file]);
  const [said, [code]] = await Promise.all([textOf(envoy), once(envoy, "exit")]);
  const lines = logLines(said);
  const texts = (level: string) => lines.filter((line) => line.level === level).map((line) => line.text);
  const refusal = code === 0 ? undefined : [...texts("critical"), ...texts("error"), said][0];
  return { refusal, warnings: [...new Set(texts("warning").map(withoutAdvice))].sort() };
}

/** Envoy ends each word about a deprecated field with the same lines about its documentation. */
function withoutAdvice(warning: string): string {
  return warning.replace(/ This configuration will be removed from Envoy soon\..*/s, "");
}

const quiet = ["--log-level", "warning", "--log-format", "\u0001%l\u0002%v", "--disable-hot-restart"];

/** Runs Envoy so that it does not outlive this process, however that ends. */
function run(binary: string, args: readonly string[]): ChildProcess {
  const stdio: StdioOptions = ["ignore", "ignore", "pipe"];
  return spawn("setpriv", ["--pdeathsig", "KILL", binary, ...args, ...quiet], { stdio });
}

interface LogLine {
  readonly level: string;
  readonly text: string;
}

function logLines(log: string): LogLine[] {
  return log
    .split("\u0001")
    .slice(1)
    .map((line) => {
      const [level = "", text = ""] = line.split("\u0002");
      return { level, text: text.trim() };
    });
}

/** A running Envoy; disposing of it ends the process. */
export interface RealEnvoy extends AsyncDisposable {
  /** The admin interface's answer, such as to `/stats`. */
  admin(path: string): Promise<string>;
  /** What it logged so far. */
  log(): string;
}

const startsWithinMs = 20_000;

/**
 * Starts an Envoy and waits until it serves.
 *
 * @param directory  for its configuration and its admin socket; short, as a socket's path may have 107 bytes
 * @throws where it ends instead, with what it said
 */
export async function startEnvoy(binary: string, bootstrap: JsonObject, directory: string): Promise<RealEnvoy> {
  const adminSocket = join(directory, "admin.sock");
  const file = join(directory, "envoy.json");
  await writeFile(file, JSON.stringify({ ...bootstrap, admin: { address: { pipe: { path: adminSocket } } } }));
  const envoy = run(binary, ["--config-path", file, "--concurrency", "1"]);
  let log = "";
  envoy.stderr!.setEncoding("utf8").on("data", (text: string) => (log += text));
  const admin = (path: string) => get(adminSocket, path);
  const deadline = Date.now() + startsWithinMs;
  while ((await admin("/ready").catch(() => "")).trim() !== "LIVE") {
    if (envoy.exitCode !== null) throw new Error(`Envoy ended with ${envoy.exitCode}: ${log}`);
    if (Date.now() > deadline) throw new Error(`Envoy is not ready after ${startsWithinMs} ms: ${log}`);
    await delay(5);
  }
  return { admin, log: () => log, [Symbol.asyncDispose]: () => end(envoy) };
}

async function end(envoy: ChildProcess): Promise<void> {
  if (envoy.exitCode !== null || envoy.signalCode !== null) return;
  envoy.kill("SIGKILL");
  await once(envoy, "exit");
}

async function get(socketPath: string, path: string): Promise<string> {
  const asking = request({ socketPath, path, agent: false }).end();
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

async function textOf({ stderr }: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of stderr!.setEncoding("utf8")) text += chunk;
  return text;
}
