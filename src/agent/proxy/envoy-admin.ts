import { type IncomingHttpHeaders, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { socketPath } from "#agent/socket-path.ts";
import { type Duration, seconds } from "#base/duration.ts";
import { sidecarCapture } from "#host/capture.ts";

export interface AdminAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const answerLimit = seconds(10);
const maxBytes = 512 * 1024 * 1024;

/** An Envoy's admin interface, on its unix socket. */
export class EnvoyAdmin {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * @param target  path and query, such as `/stats?format=json`
   * @throws where the Envoy is not there, or does not answer in time
   */
  ask(method: "GET" | "POST", target: string): Promise<AdminAnswer> {
    return new Promise((resolve, reject) => {
      const ask = request({
        socketPath: socketPath(this.#path),
        method,
        path: target,
        timeout: answerLimit.ms,
        agent: false,
      });
      ask.once("error", reject);
      ask.once("timeout", () => ask.destroy(new Error("the Envoy's admin interface did not answer in time")));
      ask.once("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxBytes) ask.destroy(new Error("the Envoy's answer is too long"));
          else chunks.push(chunk);
        });
        response.once("error", reject);
        response.once("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      ask.end();
    });
  }

  /** Whether it has its first configuration and serves. */
  async isReady(): Promise<boolean> {
    try {
      return (await this.ask("GET", "/ready")).status === 200;
    } catch {
      return false;
    }
  }

  /** Fulfilled once it serves; asks often at first, for that takes a tenth of a second. */
  async whenReady(signal: AbortSignal): Promise<void> {
    for (let pause = 10; !(await this.isReady()); pause = Math.min(pause * 1.3, 200)) {
      await delay(pause, undefined, { signal });
    }
  }

  /** Connections that clients hold to the ports that the test names. */
  async connections(isCounted: (port: number) => boolean): Promise<number> {
    const filter = encodeURIComponent("^listener\\..*_[0-9]+\\.downstream_cx_active$");
    const { body } = await this.ask("GET", `/stats?filter=${filter}`);
    let sum = 0;
    for (const [, port, count] of body.toString().matchAll(/_(\d+)\.downstream_cx_active: (\d+)$/gm)) {
      if (isCounted(Number(port))) sum += Number(count);
    }
    return sum;
  }

  /**
   * Sends clients elsewhere, and returns when they are gone or the limit is over. Requests in flight finish; each answer
   * from now on asks its client to close the connection.
   *
   * A sidecar's outbound side goes on: requests in flight may still have to ask others.
   */
  async drain(side: "inbound" | "all", limit: Duration): Promise<void> {
    const until = performance.now() + limit.ms;
    const isCounted = (port: number) =>
      side === "inbound" ? port === sidecarCapture.inboundPort : !sidecarCapture.excludeInboundPorts.includes(port);
    await this.ask("POST", "/healthcheck/fail");
    await this.ask("POST", `/drain_listeners?graceful&skip_exit${side === "inbound" ? "&inboundonly" : ""}`);
    while (performance.now() < until && (await this.connections(isCounted)) > 0) await delay(25);
  }
}
