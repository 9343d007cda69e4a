import { stringify } from "yaml";
import { visibleInColour } from "#base/visible.ts";

/** How a command prints: for people, or for machines. */
export type Form = "table" | "json" | "yaml";

/** Prints a value for machines, or what `table` makes of it for people. */
export function print(form: Form, value: unknown, table: () => string): void {
  const text =
    form === "json"
      ? JSON.stringify(value, undefined, 2)
      : form === "yaml"
        ? stringify(value, { lineWidth: 0 })
        : visibleInColour(table());
  if (text !== "") process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}
