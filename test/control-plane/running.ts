import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "#base/log.ts";
import { defaultMeshSettings, type MeshSettings } from "#model/mesh-settings.ts";
import { type ControlPlane, startControlPlane } from "../../src/apps/control-plane/control-plane.ts";

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire, to be compared with what is wanted
  readonly body: any;
}

export interface StartOptions {
  /** Files of the watched directory, by name; without them nothing is watched. */
  readonly files?: Readonly<Record<string, string>>;
  /** The state of an earlier one. */
  readonly state?: string;
  readonly tls?: boolean;
  readonly api?: { readonly host: string; readonly port: number };
  readonly settings?: Partial<MeshSettings>;
}

/** A control plane as `stod control-plane` starts it, in a directory of its own. */
export class Running implements AsyncDisposable {
  readonly state: string;
  readonly config: string;
  readonly logged: string[] = [];
  readonly #directory: string;
  #controlPlane: ControlPlane | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.state = join(directory, "state");
    this.config = join(directory, "config");
    mkdirSync(this.state, { mode: 0o700 });
  }

  static async start(options: StartOptions = {}): Promise<Running> {
    const running = new Running(mkdtempSync(join(tmpdir(), "stod-cp-")));
    try {
      await running.startAgain(options);
    } catch (fault) {
      await running[Symbol.asyncDispose]();
      throw fault;
    }
    return running;
  }

  async startAgain({ files, tls, api, settings }: StartOptions = {}): Promise<void> {
    if (files !== undefined) {
      mkdirSync(this.config, { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(this.config, name), text);
    }
    this.#controlPlane = await startControlPlane({
      version: "test",
      stateDirectory: this.state,
      config: files === undefined ? undefined : this.config,
      defaultNamespace: "shop",
      settings: { ...defaultMeshSettings, ...settings },
      xds: tls ? { host: "127.0.0.1", port: 0, dnsNames: ["localhost"] } : undefined,
      api,
      log: createLog("control-plane", { level: "debug", sink: (line) => this.logged.push(line) }),
    });
  }

  get running(): ControlPlane {
    if (this.#controlPlane === undefined) throw new Error("the control plane does not run");
    return this.#controlPlane;
  }

  async stop(): Promise<void> {
    await this.#controlPlane?.close();
    this.#controlPlane = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true });
  }

  /** Asks the API on its unix socket. */
  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, path, body === undefined ? "" : JSON.stringify(body));
  }

  send(method: string, path: string, text: string | Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asking = request(
        { socketPath: join(this.state, "run", "api.sock"), method, path, agent: false },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.once("end", () => {
            const said = Buffer.concat(chunks).toString();
            resolve({ status: answer.statusCode ?? 0, body: said === "" ? undefined : JSON.parse(said) });
          });
        },
      );
      asking.once("error", reject);
      asking.end(text);
    });
  }

  async apply(text: string, more: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return this.ask("POST", "/v1/apply", { documents: [{ file: "mesh.yaml", text }], namespace: "shop", ...more });
  }

  /** Lines of JSON as they come, until it is disposed of. */
  lines(path: string): Promise<Lines> {
    return new Promise((resolve, reject) => {
      const asking = request({ socketPath: join(this.state, "run", "api.sock"), path, agent: false }, (answer) =>
        resolve(new Lines(answer)),
      );
      asking.once("error", reject);
      asking.end();
    });
  }
}

/** A stream of JSON, line by line. */
export class Lines implements Disposable {
  readonly #from: import("node:http").IncomingMessage;
  readonly #seen: unknown[] = [];
  #rest = "";
  #wake: () => void = () => undefined;

  constructor(from: import("node:http").IncomingMessage) {
    this.#from = from;
    from.on("error", () => undefined);
    from.on("data", (chunk: Buffer) => {
      const [...whole] = (this.#rest + chunk.toString()).split("\n");
      this.#rest = whole.pop() ?? "";
      this.#seen.push(...whole.map((line) => JSON.parse(line)));
      this.#wake();
    });
  }

  async next(): Promise<unknown> {
    while (this.#seen.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#seen.shift();
  }

  [Symbol.dispose](): void {
    this.#from.destroy();
  }
}

/** Waits until something is so; it is looked at again and again, for what tells nobody when it changes. */
export async function until<T>(what: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await what();
    if (found) return found as NonNullable<T>;
    await new Promise((resume) => setTimeout(resume, 5));
  }
}
