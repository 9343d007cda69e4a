import { relative } from "node:path";
import { run } from "node:test";

/** How many of each, and what to print of those that failed. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface TestRun {
  readonly files: readonly string[];
  /** Files at once. */
  readonly concurrency: number;
  /** How long one file may take before it counts as hung. */
  readonly timeoutMs: number;
  readonly print: (text: string) => void;
  /** Gets each file that is through, and how long it took. */
  readonly onFile: (file: string, ms: number) => void;
}

/** What `node:test` says of a test that failed, or of a file as a whole. */
interface Ended {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly details: { readonly duration_ms: number; readonly error?: Error };
}

/** Runs test files, each in a process of its own, and prints each failure with what its file had printed. */
export async function runTests({ files, concurrency, timeoutMs, print, onFile }: TestRun): Promise<Outcome> {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const printed = new Map<string, string>();
  const keep = ({ file, message }: { readonly file: string; readonly message: string }) =>
    printed.set(named(file), `${printed.get(named(file)) ?? ""}${message}`.slice(-20_000));
  const tellPrinted = (file: string) => {
    const text = printed.get(named(file))?.trim();
    if (text) print(`  what ${named(file)} printed:\n${indented(text)}`);
    printed.delete(named(file));
  };
  const stream = run({ files: [...files], concurrency, timeout: timeoutMs });
  stream.on("test:stdout", keep);
  stream.on("test:stderr", keep);
  stream.on("test:pass", ({ skip, todo, details }) => {
    if (details.type === "suite") return;
    if (skip !== undefined || todo !== undefined) skipped++;
    else passed++;
  });
  stream.on("test:fail", (test) => {
    // A suite, or a test with tests in it, fails because of what is in it, which was told already.
    if ((test.details.error as { failureType?: string }).failureType === "subtestsFailed") return;
    failed++;
    print(isFile(test) ? `✗ ${named(test.name)} ${howItEnded(test)}` : toldFailure(test));
    if (isFile(test)) tellPrinted(test.name);
  });
  stream.on("test:summary", ({ file, success }) => {
    if (file !== undefined && !success) tellPrinted(file);
  });
  // Told when it happens; all else is told in the order of files.
  stream.on("test:complete", (test) => {
    if (isFile(test)) onFile(named(test.name), test.details.duration_ms);
  });
  for await (const _event of stream);
  return { passed, failed, skipped };
}

/** Files are tests too, named by their path; they pass and fail by themselves only when they crash. */
function isFile({ name, file }: Ended): boolean {
  return file !== undefined && named(name) === named(file);
}

function howItEnded({ details }: Ended): string {
  const { exitCode, signal, failureType } = details.error as {
    exitCode?: number;
    signal?: string;
    failureType?: string;
  };
  if (failureType === "testTimeoutFailure") return `hung, and was stopped after ${details.duration_ms / 1000} s`;
  return `ended with ${signal ?? `exit code ${exitCode}`} before its tests did`;
}

function toldFailure({ name, file, line, details }: Ended): string {
  const cause = details.error?.cause;
  const error = cause instanceof Error ? cause : details.error;
  const where = file === undefined ? "" : `  (${named(file)}${line === undefined ? "" : `:${line}`})`;
  const stack = (error?.stack ?? String(cause)).split("\n").filter((row) => !/^\s+at .*\(?node:/.test(row));
  return `✗ ${name}${where}\n${indented(stack.join("\n"))}`;
}

function named(file: string): string {
  return relative(process.cwd(), file);
}

function indented(text: string): string {
  return text.replace(/^/gm, "    ");
}
