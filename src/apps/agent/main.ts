import { mkdirSync } from "node:fs";
import { availableParallelism, networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { Agent, type DnsSettings } from "#agent/agent.ts";
import { serveAgentApi } from "#agent/agent-api.ts";
import { resolversOf } from "#agent/dns/forward.ts";
import type { EnvoySettings } from "#agent/proxy/supervised-envoy.ts";
import { socketPath } from "#agent/socket-path.ts";
import { stodVersion } from "#apps/version.ts";
import { type Duration, parseDuration, seconds } from "#base/duration.ts";
import { createLog, type Log } from "#base/log.ts";
import { findEnvoy } from "#host/envoy-binary.ts";

export interface AgentFlags {
  readonly state: string;
  /** Directory of the control plane's sockets; `undefined` for `run` in the state directory. */
  readonly controlPlane: string | undefined;
  readonly trustDomain: string;
  readonly certificateTtl: Duration;
  readonly envoy: string | undefined;
  readonly concurrency: number;
  readonly proxyLogLevel: EnvoySettings["logLevel"];
  /** Where DNS listens; `undefined` for the workloads' bridge, where that is here. */
  readonly dns: { readonly address: string; readonly port: number } | undefined;
}

/** The address of the bridge that `stod up` makes, which its workloads ask for names. */
const bridgeDns = { address: "10.128.0.1", port: 53 };

/**
 * `stod agent`: runs until SIGTERM or SIGINT, and takes all that it runs along.
 *
 * @throws HostFault where there is no Envoy, and others where its sockets cannot be made
 */
export async function runAgent(flags: AgentFlags, log: Log): Promise<void> {
  const state = resolve(flags.state);
  const run = join(state, "run");
  mkdirSync(run, { recursive: true, mode: 0o700 });
  // Unix sockets have short paths only, and shorter ones seen from here.
  process.chdir(state);
  const sockets = flags.controlPlane === undefined ? run : resolve(flags.controlPlane);
  const { path, version } = await findEnvoy({ explicit: flags.envoy ?? process.env.STOD_ENVOY });
  const agent = await Agent.start({
    state,
    controlPlane: { xds: join(sockets, "xds.sock"), api: join(sockets, "api.sock") },
    trustDomain: flags.trustDomain,
    certificateTtl: flags.certificateTtl,
    envoy: {
      envoy: path,
      concurrency: flags.concurrency,
      logLevel: flags.proxyLogLevel,
      stodVersion: stodVersion(),
    },
    dns: dnsSettings(flags.dns),
    log,
  });
  const server = await serveAgentApi(agent, socketPath(join(run, "agent.sock")));
  log.info("the agent runs workloads", { state, envoy: version, dns: agent.dnsPort });
  await signalled();
  server.close();
  server.closeAllConnections();
  await agent.stop();
}

function dnsSettings(asked: AgentFlags["dns"]): DnsSettings | undefined {
  const isHere = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === bridgeDns.address),
  );
  const where = asked ?? (isHere ? bridgeDns : undefined);
  return (
    where && { ...where, resolvers: resolversOf("/etc/resolv.conf").filter(({ address }) => address !== where.address) }
  );
}

function signalled(): Promise<void> {
  return new Promise((done) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.once(name, () => {
        done();
        // Asked for once more, it ends at once: the kernel then ends what it runs.
        process.once(name, () => process.exit(1));
      });
    }
  });
}

function addressAndPort(text: string): { address: string; port: number } {
  const match = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError("It is an address and a port, such as 10.128.0.1:53.");
  return { address: match[1] as string, port: Number(match[2]) };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It is a whole number, 1 or more.");
  return value;
}

function life(text: string): Duration {
  const value = parseDuration(text);
  if (value === undefined || value.ms < 60_000)
    throw new InvalidArgumentError("It is a duration such as 24h, of 1m or more.");
  return value;
}

export const agentCommand: Command = new Command("agent")
  .summary("run a host's workloads, each behind an Envoy")
  .description("Runs this host's workloads, each behind an Envoy, and connects these to the control plane.")
  .requiredOption("--state <dir>", "the mesh's state directory")
  .option("--control-plane <dir>", "directory with the control plane's sockets (default: run/ in the state directory)")
  .option("--trust-domain <name>", "trust domain of all identities", "cluster.local")
  .addOption(
    new Option("--certificate-ttl <duration>", "life of workloads' certificates")
      .argParser(life)
      .default(seconds(86_400), "24h"),
  )
  .option("--envoy <path>", "the Envoy to run (default: the one on PATH, or stod's own)")
  .addOption(
    new Option("--concurrency <threads>", "worker threads of each Envoy")
      .argParser(positive)
      .default(Math.min(2, availableParallelism()), "as many as processors, at most 2"),
  )
  .addOption(
    new Option("--proxy-log-level <level>", "what Envoys log")
      .choices(["trace", "debug", "info", "warning", "error"])
      .default("warning"),
  )
  .addOption(
    new Option(
      "--dns <address:port>",
      "where to answer DNS (default: the workloads' bridge, where there is one)",
    ).argParser(addressAndPort),
  )
  .action(async (flags: AgentFlags) => {
    const log = createLog("agent");
    try {
      await runAgent(flags, log);
    } catch (fault) {
      log.error((fault as Error).message);
      process.exitCode = 1;
    }
  });
