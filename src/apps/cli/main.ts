import { CommanderError } from "commander";
import { exitCodeOf, printFault } from "#apps/cli/print-fault.ts";
import { makeProgram } from "#apps/cli/program.ts";

// `stod get … | head` is no fault.
process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
  if (cause.code === "EPIPE") process.exit(0);
  throw cause;
});

try {
  const [asked, of] = process.argv.slice(2);
  const program = await makeProgram(asked === "help" ? of : asked);
  await program.parseAsync();
} catch (fault) {
  if (fault instanceof CommanderError) {
    // Commander has said what is wrong; asking for help is not.
    process.exitCode = fault.exitCode === 0 ? 0 : 2;
  } else {
    const text = printFault(fault);
    if (text !== "") process.stderr.write(`${text}\n`);
    process.exitCode = exitCodeOf(fault);
  }
}
