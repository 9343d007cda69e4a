// test [--only check|unit|cases|system] [PATTERN]: every test there is, or those of one kind, or those whose file's
// path has PATTERN in it. The last line says how many passed and failed, and so does the exit code.
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { checks, complaintOf } from "./check.ts";
import { type Outcome, runTests } from "./test-run.ts";

interface Kind {
  readonly patterns: readonly string[];
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Whether each file is worth a line: where one takes long, a silent screen looks hung. */
  readonly tellsFiles: boolean;
}

const kinds: Readonly<Record<string, Kind>> = {
  unit: {
    patterns: [
      "src/**/*.test.ts",
      "test/*.test.ts",
      "test/{harness,control-plane}/**/*.test.ts",
      "{scripts,bench,examples}/**/*.test.ts",
    ],
    concurrency: availableParallelism(),
    timeoutMs: 180_000,
    tellsFiles: false,
  },
  cases: { patterns: ["test/cases/**/*.test.ts"], concurrency: 1, timeoutMs: 600_000, tellsFiles: true },
  system: { patterns: ["test/system/**/*.test.ts"], concurrency: 2, timeoutMs: 600_000, tellsFiles: true },
};

const usage = `usage: npm test -- [--only check|${Object.keys(kinds).join("|")}] [PATTERN]`;

function print(text: string): void {
  console.log(text);
}

async function runChecks(): Promise<Outcome> {
  let failed = 0;
  for (const check of checks) {
    const complaint = await complaintOf(check);
    if (complaint === undefined) continue;
    failed++;
    print(`✗ ${check.name}\n${complaint}`);
  }
  return { passed: checks.length - failed, failed, skipped: 0 };
}

async function runKind({ patterns, concurrency, timeoutMs, tellsFiles }: Kind, pattern: string): Promise<Outcome> {
  const files = globSync([...patterns], { exclude: ["**/node_modules/**"] })
    .filter((file) => file.includes(pattern))
    .sort();
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const onFile = (file: string, ms: number) => {
    if (tellsFiles) print(`  ${file} (${seconds(ms)})`);
  };
  return runTests({ files, concurrency, timeoutMs, print, onFile });
}

function told({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function asked(): { readonly only: string | undefined; readonly pattern: string } {
  try {
    const { values, positionals } = parseArgs({ options: { only: { type: "string" } }, allowPositionals: true });
    const known = values.only === undefined || values.only === "check" || values.only in kinds;
    if (known && positionals.length <= 1) return { only: values.only, pattern: positionals[0] ?? "" };
  } catch (thrown) {
    console.error((thrown as Error).message);
  }
  console.error(usage);
  process.exit(2);
}

const { only, pattern } = asked();
const steps: [name: string, run: () => Promise<Outcome>][] = [];
if (pattern === "" || only === "check") steps.push(["check", runChecks]);
for (const [name, kind] of Object.entries(kinds)) steps.push([name, () => runKind(kind, pattern)]);

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const [name, run] of steps) {
  if (only !== undefined && only !== name) continue;
  const start = performance.now();
  const outcome = await run();
  for (const key of ["passed", "failed", "skipped"] as const) sum[key] += outcome[key];
  if (Object.values(outcome).some((count) => count > 0))
    print(`${name}: ${told(outcome)} (${seconds(performance.now() - start)})`);
}
if (sum.passed + sum.failed + sum.skipped === 0) {
  print(`there is no test whose path has "${pattern}" in it`);
  sum.failed = 1;
}
process.exitCode = sum.failed === 0 ? 0 : 1;
print(told(sum));
