import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Inside } from "../measure/stod-mesh.ts";

/** What a client saw. */
export interface Seen {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const run = promisify(execFile);

/** As many requests as the connections carry. */
export async function fullSpeed(client: Inside, url: string, seconds: number): Promise<Seen> {
  const said = await inside(client, ["wrk", "-t1", "-c16", `-d${seconds}s`, "--latency", url]);
  if (/Non-2xx|Socket errors/.test(said)) throw new Error(`requests to ${url} failed:\n${said}`);
  return {
    requests: number(said, /(\d+) requests in/),
    perSecond: number(said, /Requests\/sec:\s+([\d.]+)/),
    p50Ms: milliseconds(said, "50%"),
    p99Ms: milliseconds(said, "99%"),
  };
}

/** A thousand requests a second, on ten connections. */
export async function steady(client: Inside, url: string, seconds: number): Promise<Seen> {
  const said = await inside(client, ["hey", "-z", `${seconds}s`, "-c", "10", "-q", "100", url]);
  if (/\[[^2]\d\d\]\s+\d+ responses|Error distribution/.test(said))
    throw new Error(`requests to ${url} failed:\n${said}`);
  return {
    requests: number(said, /\[200\]\s+(\d+) responses/),
    perSecond: number(said, /Requests\/sec:\s+([\d.]+)/),
    p50Ms: 1000 * number(said, /50%.* in ([\d.]+) secs/),
    p99Ms: 1000 * number(said, /99%.* in ([\d.]+) secs/),
  };
}

async function inside(client: Inside, command: readonly string[]): Promise<string> {
  const [program = "", ...args] = client.enter(command);
  return (await run(program, args)).stdout;
}

function number(said: string, pattern: RegExp): number {
  const found = pattern.exec(said)?.[1];
  if (found === undefined) throw new Error(`the client said something else than ${pattern}:\n${said}`);
  return Number(found);
}

/** wrk prints `123.45us`, `1.23ms` or `1.23s`. */
function milliseconds(said: string, share: string): number {
  const [, value, unit] = new RegExp(`${share}\\s+([\\d.]+)(us|ms|s)`).exec(said) ?? [];
  const scale = unit === "us" ? 0.001 : unit === "ms" ? 1 : 1000;
  return Number(value) * scale;
}
