import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type MeshNamespace, spawnInMeshNamespace } from "#host/mesh-namespace.ts";
import { type Inside, insideOf } from "../measure/stod-mesh.ts";
import { type Hop, ports, writeApplication, writeBarePair } from "./envoy-files.ts";

const program = fileURLToPath(new URL("bare-ground-process.ts", import.meta.url));
export const serverAddress = "10.128.0.3";

/** Two namespaces like those of `stod up`, with two hand-written Envoys and an application in them. */
export class BareGround {
  readonly #namespace: MeshNamespace;
  readonly client: Inside;
  readonly server: Inside;

  private constructor(namespace: MeshNamespace, client: Inside, server: Inside) {
    this.#namespace = namespace;
    this.client = client;
    this.server = server;
  }

  /** @param workers  worker threads of each Envoy of the pair, and of the application */
  static async start(
    directory: string,
    envoy: string,
    hop: Hop,
    workers: { pair: number; application: number },
  ): Promise<BareGround> {
    const pair = writeBarePair(directory, serverAddress, hop);
    const application = writeApplication(directory, ports.application);
    const runs = [
      `client,${workers.pair},${pair.client}`,
      `server,${workers.pair},${pair.server}`,
      `server,${workers.application},${application}`,
    ];
    const namespace = spawnInMeshNamespace([process.execPath, program, envoy, ...runs], {
      stdio: ["pipe", "pipe"],
      env: process.env,
    });
    const pids = await new Promise<readonly number[]>((resolve, reject) => {
      let said = "";
      namespace.child.stderr?.on("data", (text) => {
        said += text;
      });
      namespace.child.once("exit", () => reject(new Error(`the ground of the bare pair has ended:\n${said}`)));
      createInterface({ input: namespace.child.stdout as NodeJS.ReadableStream }).once("line", (line) =>
        resolve(JSON.parse(line) as number[]),
      );
    });
    const inside = (nth: number) => insideOf(namespace.innerPid(), pids[nth], "an Envoy of the bare pair");
    return new BareGround(namespace, inside(0), inside(1));
  }

  async stop(): Promise<void> {
    await this.#namespace.kill();
  }
}
