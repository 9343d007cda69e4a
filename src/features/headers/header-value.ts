import { isCommand } from "#features/headers/envoy-commands.ts";

/** A piece of a value: one character, a doubled `%`, or a command such as `%REQ(x-user?:path):10%`. */
const piece = /[^%]|%%|%([A-Z0-9_]+)(\([^)]+\))?(?::\d+)?%|%/gy;

/** Whether Envoy takes a text as the value of a header: no control characters but a tab, and each `%` in its place. */
export function isHeaderValue(value: string): boolean {
  if (/[^\P{Cc}\t]/u.test(value)) return false;
  return [...value.matchAll(piece)].every(
    ([text, command, argument]) =>
      text !== "%" && (command === undefined || isCommand(command, argument !== undefined)),
  );
}
