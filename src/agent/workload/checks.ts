import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { proxySockets } from "#agent/proxy/static-resources.ts";
import { socketPath } from "#agent/socket-path.ts";
import { isListening } from "#agent/workload/listening.ts";
import { applicationHost, type WorkloadSpec } from "#agent/workload/spec.ts";
import { type Duration, milliseconds } from "#base/duration.ts";
import { type ChildSpec, startChild } from "#host/process.ts";

/** What a check needs to know of the instance as it runs. */
export interface CheckTarget {
  readonly spec: WorkloadSpec;
  /** A process inside its network namespace; `undefined` while none runs. */
  readonly pid: number | undefined;
  /** Its Envoy's directory; `undefined` where it has no Envoy. */
  readonly proxyDirectory: string | undefined;
  /** How a command is run as the application is. */
  readonly asApplication: (command: readonly string[]) => ChildSpec;
}

/** A command that does not exist, or cannot start, has ended within this: it never was ready. */
const soonEnds = milliseconds(150);

/** Checks once whether an application can take requests. Never rejects. */
export async function passes({ spec, pid, proxyDirectory, asApplication }: CheckTarget): Promise<boolean> {
  const { check, timeout } = spec.readiness;
  if (pid === undefined) return false;
  // Whoever checks drops the answer where the application has ended meanwhile.
  if (check.by === "running") return delay(soonEnds.ms, true);
  if (check.by === "tcp") {
    return isListening(pid, check.port, spec.explicit === undefined ? undefined : applicationHost(spec));
  }
  if (check.by === "exec") return succeeds(asApplication(check.command), timeout);
  // What comes over the bridge is captured, and refused where mTLS is a must; so the Envoy leads us in.
  const way =
    proxyDirectory === undefined
      ? { host: spec.address, port: check.port }
      : { socketPath: socketPath(join(proxyDirectory, proxySockets.readiness)) };
  return answersWell(way, check.path, timeout);
}

function answersWell(way: object, path: string, timeout: Duration): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { host: "localhost", "user-agent": "stod-readiness", connection: "close" };
    const ask = request({ ...way, path, headers, agent: false });
    const timer = setTimeout(() => ask.destroy(), timeout.ms);
    ask.once("error", () => resolve(false));
    ask.once("close", () => {
      clearTimeout(timer);
      resolve(false);
    });
    ask.once("response", ({ statusCode = 0 }) => {
      resolve(statusCode >= 200 && statusCode < 400);
      ask.destroy();
    });
    ask.end();
  });
}

async function succeeds(command: ChildSpec, timeout: Duration): Promise<boolean> {
  const child = startChild(command, undefined);
  const patience = new AbortController();
  const killer = delay(timeout.ms, undefined, { signal: patience.signal }).then(
    () => child.signal("SIGKILL"),
    () => {},
  );
  const exit = await child.exited;
  patience.abort();
  await killer;
  return exit.by === "exit" && exit.code === 0;
}
