/**
 * Runs cases by hand: `npm run cases -- [feature[/case]] [--write]`.
 *
 * With `--write` what a case shows becomes what is wanted: read the difference that git tells before you commit it.
 */
import { parseArgs, styleText } from "node:util";
import { CaseFault } from "../harness/case-fields.ts";
import { runCase } from "../harness/case-run.ts";
import { caseTools, type FoundCase, findCases } from "./find-cases.ts";

const atOnce = 2;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: "boolean" } } });
const cases = findCases(positionals[0]);
if (cases.length === 0) {
  console.error(`no case is called ${positionals[0]}; cases are src/features/FEATURE/cases/CASE.yaml`);
  process.exit(2);
}

const tools = await caseTools();
const began = performance.now();
const waiting = cases.values();
let failed = 0;

async function worker(): Promise<void> {
  for (const each of waiting) await run(each);
}

async function run({ name, file }: FoundCase): Promise<void> {
  const from = performance.now();
  const { about, wrong } = await runCase(file, values.write ?? false, tools).catch((reason: Error) => ({
    about: "",
    wrong: [reason instanceof CaseFault ? reason.message : (reason.stack ?? reason.message)],
  }));
  const mark = wrong.length === 0 ? styleText("green", "✔") : styleText("red", "✘");
  console.log(`${mark} ${name} ${styleText("dim", `${Math.round(performance.now() - from)} ms`)}`);
  if (wrong.length > 0 && about !== "") console.log(`    ${about.replaceAll("\n", " ")}`);
  for (const each of wrong) console.log(each.replaceAll(/^/gm, "    ").replaceAll(/^ {4}([-+]) .*$/gm, coloured));
  if (wrong.length > 0) failed++;
}

function coloured(line: string, sign: string): string {
  return styleText(sign === "-" ? "red" : "green", line);
}

await Promise.all(Array.from({ length: atOnce }, worker));
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`${cases.length - failed} of ${cases.length} cases as wanted, in ${seconds} s`);
process.exitCode = failed === 0 ? 0 : 1;
