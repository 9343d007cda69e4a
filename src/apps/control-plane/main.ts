import { readFileSync } from "node:fs";
import { Command } from "commander";
import { stodVersion } from "#apps/version.ts";
import { createLog } from "#base/log.ts";
import { StateFault } from "#base/state-fault.ts";
import { defaultMeshSettings, type MeshSettings } from "#model/mesh-settings.ts";
import { startControlPlane } from "./control-plane.ts";
import { readMeshConfig } from "./mesh-config.ts";

interface Flags {
  readonly state: string;
  readonly config?: string;
  readonly namespace: string;
  readonly trustDomain: string;
  readonly meshConfig?: string;
  readonly xds?: string;
  readonly dnsName: readonly string[];
  readonly api?: string;
}

/** `stod control-plane`. */
export const controlPlaneCommand: Command = new Command("control-plane")
  .summary("read objects, serve xDS, sign certificates")
  .description("Reads objects, derives Envoy's configuration, serves xDS, signs certificates, answers the CLI.")
  .requiredOption("--state <dir>", "where its store, certificate authority and unix sockets are")
  .option("--config <dir>", "a directory of objects in YAML, which is watched")
  .option("--namespace <name>", "namespace of objects in files that name none", "default")
  .option("--trust-domain <name>", "trust domain of all identities", defaultMeshSettings.trustDomain)
  .option("--mesh-config <file>", "settings of the whole mesh, as Istio's MeshConfig in YAML or JSON")
  .option("--xds <host:port>", "serve proxies of other machines over TLS here, such as 0.0.0.0:15012")
  .option("--dns-name <name...>", "names by which those reach it, for its certificate", ["localhost"])
  .option("--api <host:port>", "serve the API over TCP here, to callers with the token in STATE/api-token")
  .action(async (flags: Flags) => {
    const log = createLog("control-plane");
    try {
      await run(flags, log);
    } catch (fault) {
      if (!(fault instanceof StateFault)) throw fault;
      log.error(`${fault.path}: ${fault.says}. ${fault.help}`);
      process.exitCode = 1;
    }
  });

async function run(flags: Flags, log: ReturnType<typeof createLog>): Promise<void> {
  const xds = flags.xds === undefined ? undefined : { ...address(flags.xds), dnsNames: flags.dnsName };
  const controlPlane = await startControlPlane({
    version: stodVersion(),
    stateDirectory: flags.state,
    config: flags.config,
    defaultNamespace: flags.namespace,
    settings: settingsOf(flags),
    xds,
    api: flags.api === undefined ? undefined : address(flags.api),
    log,
  });
  let closing = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (closing) process.exit(1);
      closing = true;
      controlPlane.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

function settingsOf({ trustDomain, meshConfig }: Flags): MeshSettings {
  const base = { ...defaultMeshSettings, trustDomain };
  return meshConfig === undefined ? base : { ...base, ...readMeshConfig(textOf(meshConfig), meshConfig) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new StateFault(file, `it cannot be read: ${(cause as Error).message}`, "Name a file that is there.", {
      cause,
    });
  }
}

function address(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  if (colon <= 0 || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new StateFault(text, "it is no HOST:PORT", "Write it as in 127.0.0.1:15012.");
  }
  return { host: text.slice(0, colon), port };
}
