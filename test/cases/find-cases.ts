import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { findEnvoy } from "#host/envoy-binary.ts";
import type { CaseTools } from "../harness/case-run.ts";
import { throwAwayCertificates } from "../harness/certificates.ts";

export interface FoundCase {
  /** `feature/case`, such as `retry/attempts-zero`; `translate/…` is what no feature changes. */
  readonly name: string;
  readonly file: string;
}

const root = join(import.meta.dirname, "../..");

/** The cases of all features, in the order of their names; of one feature (`retry`) or one case (`retry/attempts-zero`). */
export function findCases(wanted = ""): FoundCase[] {
  return globSync("src/{features/*,translate}/cases/*.yaml", { cwd: root })
    .filter((file) => !file.endsWith(".want.yaml"))
    .map((file) => ({ name: `${basename(join(file, "../.."))}/${basename(file, ".yaml")}`, file: join(root, file) }))
    .filter(({ name }) => wanted === "" || name === wanted || name.startsWith(`${wanted}/`))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function caseTools(): Promise<CaseTools> {
  const { path } = await findEnvoy();
  return {
    envoy: path,
    certificates: throwAwayCertificates(),
    shop: readFileSync(join(root, "test/shop.yaml"), "utf8"),
  };
}
