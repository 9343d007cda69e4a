/**
 * Runs `stop` once, when the process is asked to end. It should stop accepting and let requests in flight finish; the
 * process then ends by itself, as nothing keeps it running. A second signal ends it at once.
 */
export function onShutdown(stop: () => void): void {
  const begin = () => {
    process.once("SIGTERM", () => process.exit(1)).once("SIGINT", () => process.exit(1));
    stop();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, begin);
}
