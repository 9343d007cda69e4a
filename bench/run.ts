const [name = "", ...args] = process.argv.slice(2);
const all = ["control-plane", "data-plane", "change-to-live"];

// Whatever a benchmark has started or made is cleaned up at the exit.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

/** `npm run bench [-- control-plane|data-plane|change-to-live] [--quick]`: one benchmark, or one after the other. */
if (all.includes(name)) await runOne(name, args);
else if (name === "" || name.startsWith("--")) {
  for (const each of all) await runOne(each, process.argv.slice(2));
} else {
  console.error(`There is no benchmark ${name}. There are ${all.join(", ")}.`);
  process.exitCode = 2;
}

async function runOne(which: string, flags: readonly string[]): Promise<void> {
  const { run } = (await import(`./${which}/run.ts`)) as { run: (args: readonly string[]) => Promise<void> };
  await run(flags);
}
