import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEnvoy } from "#host/envoy-binary.ts";

/** An answer to a request of ours. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A real Envoy that gets all of its configuration over delta ADS, with every socket of it in one directory. */
export class EnvoyTrial {
  readonly directory: string = mkdtempSync(join(tmpdir(), "stod-envoy-"));
  #process: ChildProcess | undefined;
  #log = "";

  /** Where the ADS server is to listen. */
  get xdsSocket(): string {
    return join(this.directory, "xds.sock");
  }

  /** What it has logged so far: warnings and worse. */
  get log(): string {
    return this.#log;
  }

  async start(apiType: "DELTA_GRPC" | "GRPC"): Promise<void> {
    const { path } = await findEnvoy();
    const config = join(this.directory, "bootstrap.json");
    writeFileSync(config, JSON.stringify(bootstrap(this.xdsSocket, this.#socket("admin"), apiType)));
    const args = ["-c", config, "--concurrency", "1", "--disable-hot-restart", "-l", "warning"];
    const envoy = spawn(path, args, { stdio: ["ignore", "ignore", "pipe"] });
    envoy.stderr.on("data", (chunk: Buffer) => {
      this.#log += chunk;
    });
    this.#process = envoy;
  }

  async stop(): Promise<void> {
    const envoy = this.#process;
    if (envoy !== undefined && envoy.exitCode === null) {
      const gone = new Promise((resolve) => envoy.once("exit", resolve));
      envoy.kill("SIGKILL");
      await gone;
    }
    rmSync(this.directory, { recursive: true });
  }

  /** Where a listener of this name listens. */
  listenerSocket(name: string): string {
    return this.#socket(name);
  }

  /** Asks a listener. */
  get(listener: string, host: string): Promise<Answer> {
    return get(this.#socket(listener), "/", host);
  }

  /** A statistic; 0 for one that Envoy does not have yet. */
  async statistic(name: string): Promise<number> {
    const { body } = await get(this.#socket("admin"), `/stats?format=json&filter=^${name}$`, "admin");
    return (JSON.parse(body) as { stats: { value?: number }[] }).stats[0]?.value ?? 0;
  }

  #socket(name: string): string {
    return join(this.directory, `${name}.sock`);
  }
}

/** Fulfilled once `isSo` says yes; it is asked again and again, as long as the test's own time limit lasts. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 5));
}

function get(socketPath: string, path: string, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers: { host }, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

function bootstrap(xds: string, admin: string, apiType: string) {
  const http2 = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  const ads = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "0s" };
  return {
    node: { id: "trial", cluster: "trial" },
    admin: { address: { pipe: { path: admin } } },
    dynamic_resources: {
      ads_config: {
        api_type: apiType,
        transport_api_version: "V3",
        grpc_services: [{ envoy_grpc: { cluster_name: "xds" } }],
      },
      cds_config: ads,
      lds_config: ads,
    },
    static_resources: {
      clusters: [
        {
          name: "xds",
          type: "STATIC",
          typed_extension_protocol_options: {
            [http2]: { "@type": `type.googleapis.com/${http2}`, explicit_http_config: { http2_protocol_options: {} } },
          },
          load_assignment: {
            cluster_name: "xds",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: xds } } } }] }],
          },
        },
      ],
    },
  };
}
