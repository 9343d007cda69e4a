// check: formatter, linter and compiler over the whole repository. Prints what they found, and nothing else.
import { spawn } from "node:child_process";

export interface Check {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

export const checks: readonly Check[] = [
  { name: "biome", command: ["biome", "check", "--diagnostic-level=warn", "--max-diagnostics=50", "."] },
  { name: "tsc", command: ["tsc", "--pretty", "false"] },
];

/** What a check has to say; `undefined` where all is well. */
export async function complaintOf({ command: [program, ...args] }: Check): Promise<string | undefined> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => said.push(bytes));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return code === 0 ? undefined : Buffer.concat(said).toString().trimEnd();
}

if (import.meta.main) {
  for (const check of checks) {
    const complaint = await complaintOf(check);
    if (complaint === undefined) continue;
    console.log(`${check.name}:\n${complaint}\n`);
    process.exitCode = 1;
  }
}
