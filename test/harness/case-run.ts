import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CaseFile } from "./case-file.ts";
import { parseCase } from "./case-file.ts";
import { CaseMesh } from "./case-mesh.ts";
import type { Certificates } from "./certificates.ts";
import type { JsonObject } from "./json.ts";
import { onLoopback } from "./loopback.ts";
import { startEnvoy, validate } from "./real-envoy.ts";
import { shownParts } from "./show.ts";
import { staticBootstrap } from "./static-bootstrap.ts";
import { runRow } from "./traffic.ts";
import { Upstreams } from "./upstreams.ts";
import { differenceToWant, saveWant } from "./want-file.ts";

export interface CaseTools {
  /** The Envoy to ask. */
  readonly envoy: string;
  readonly certificates: Certificates;
  /** The little mesh under every case. */
  readonly shop: string;
}

/** What a case came to; nothing is wrong where `wrong` is empty. */
export interface CaseReport {
  /** What the case says of itself. */
  readonly about: string;
  readonly wrong: readonly string[];
}

/**
 * Runs one case: shows what it asks for, has a real Envoy judge the whole configuration, and sends the traffic.
 *
 * @param write  writes what is shown instead of comparing it
 */
export async function runCase(file: string, write: boolean, tools: CaseTools): Promise<CaseReport> {
  const given = parseCase(await readFile(file, "utf8"));
  const { about } = given;
  const before = CaseMesh.of([tools.shop]);
  const mesh = CaseMesh.of([tools.shop, given.objects], given.settings);
  const [configBefore, config] = await Promise.all([before.config(given.proxy), mesh.config(given.proxy)]);
  const directory = await mkdtemp(join(tmpdir(), "stod-c-"));
  try {
    const bootstrap = staticBootstrap(config, mesh.identityOf(given.proxy), tools.certificates);
    const verdict = await validate(tools.envoy, bootstrap, join(directory, "whole.json"));
    const shown: JsonObject = {
      ...(mesh.findings.length > 0 && { findings: [...mesh.findings] }),
      ...(mesh.problems.length > 0 && { problems: [...mesh.problems] }),
      ...(verdict.warnings.length > 0 && { warnings: [...verdict.warnings] }),
      ...shownParts(given.show, config, configBefore),
    };
    if (write) await saveWant(file, shown);
    const difference = await differenceToWant(file, shown);
    if (verdict.refusal !== undefined) {
      return { about, wrong: [`Envoy refuses this configuration: ${verdict.refusal}`] };
    }
    const traffic = await runTraffic(given, mesh, bootstrap, directory, tools);
    return { about, wrong: [...(difference === undefined ? [] : [`not as wanted:\n${difference}`]), ...traffic] };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function runTraffic(
  { proxy, traffic }: CaseFile,
  mesh: CaseMesh,
  bootstrap: JsonObject,
  directory: string,
  { envoy, certificates }: CaseTools,
): Promise<string[]> {
  if (traffic.length === 0) return [];
  await using upstreams = new Upstreams(directory, certificates);
  const standIn = (address: string, tls: boolean) => upstreams.open({ ...mesh.placeOf(address, proxy), tls });
  const { bootstrap: moved, doors } = await onLoopback(bootstrap, directory, standIn);
  await using _ = await startEnvoy(envoy, moved, directory);
  const wrong: string[] = [];
  for (const row of traffic) {
    const found = await runRow(row, {
      upstreams,
      wayOf: (each) => mesh.wayOf(each, proxy, doors, certificates),
      versionOf: (name) => mesh.versionOf(name),
    });
    wrong.push(...found);
  }
  return wrong;
}
