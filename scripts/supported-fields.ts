// supported-fields: writes docs/supported-fields.md anew from the @reads and @writes tags of the code's docstrings.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { page } from "./supported-fields/page.ts";
import { gatherTags } from "./supported-fields/tags.ts";

const root = join(import.meta.dirname, "..");

export const pagePath = join(root, "docs/supported-fields.md");

/** The page as it should be, and as it is. */
export function pages(): { readonly wanted: string; readonly written: string } {
  return { wanted: page(gatherTags(root)), written: readFileSync(pagePath, "utf8") };
}

if (import.meta.main) writeFileSync(pagePath, page(gatherTags(root)));
