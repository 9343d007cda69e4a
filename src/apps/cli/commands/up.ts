import { printFault } from "#apps/cli/print-fault.ts";
import { type UpOptions, upDetached, upInBackground, upInForeground } from "#apps/up/outside/up-command.ts";

interface UpFlags extends Omit<UpOptions, "directory"> {
  readonly detach?: boolean;
  readonly background?: boolean;
}

export async function runUp(directory: string, flags: UpFlags): Promise<void> {
  const options: UpOptions = { ...flags, directory, quiet: flags.quiet ?? false };
  if (flags.background) await upInBackground(options, printFault);
  else if (flags.detach) await upDetached(options);
  else await upInForeground(options);
}
