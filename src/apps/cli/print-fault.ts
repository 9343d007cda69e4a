import { visible } from "#base/visible.ts";
import type { Finding } from "#findings/finding.ts";
import { printFinding } from "#findings/print.ts";

/** A command that was called in a way it does not have. */
export class UsageFault extends Error {
  override readonly name = "UsageFault";
  readonly says: string;
  readonly help: string;

  constructor(says: string, help: string) {
    super(`${says}. ${help}`);
    this.says = says;
    this.help = help;
  }
}

/** A fault that was told already: only the exit code is left to say. */
export class ToldFault extends Error {
  override readonly name = "ToldFault";
}

/** What faults of ours have, whichever layer they come from. */
interface Told {
  readonly where?: string;
  readonly path?: string;
  readonly says: string;
  readonly help: string;
}

/** A fault as a person reads it: where, what, and what to do. With `STOD_DEBUG=1`, also where in the program. */
export function printFault(fault: unknown): string {
  if (fault instanceof ToldFault) return "";
  const text = visible(messageOf(fault));
  const stack = process.env.STOD_DEBUG === "1" && fault instanceof Error ? `\n${fault.stack}` : "";
  return text + stack;
}

function messageOf(fault: unknown): string {
  if (hasFindings(fault)) return [...new Set(fault.findings.map(printFinding))].join("\n");
  if (isTold(fault)) {
    const where = fault.where ?? fault.path ?? "";
    return `error  ${where === "" ? "" : `${where}: `}${fault.says}${/[.:?!]$/.test(fault.says) ? "" : "."}\n  ${fault.help}`.trimEnd();
  }
  if (fault instanceof Error && fault.name === "BackgroundFault") return fault.message;
  const words = fault instanceof Error ? fault.message : String(fault);
  return `error  ${words}\n  This is a fault in stod. STOD_DEBUG=1 shows where it happened.`;
}

function isTold(fault: unknown): fault is Told {
  return fault instanceof Error && typeof (fault as Partial<Told>).says === "string";
}

function hasFindings(fault: unknown): fault is { findings: readonly Finding[] } {
  return fault instanceof Error && Array.isArray((fault as { findings?: unknown }).findings);
}

export function exitCodeOf(fault: unknown): number {
  return fault instanceof UsageFault ? 2 : 1;
}
