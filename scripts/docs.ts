// docs: writes the pages of docs/ that are made from the code.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliPage } from "./docs/cli-page.ts";
import { findingsPage } from "./docs/findings-page.ts";
import { page as supportedFieldsPage } from "./supported-fields/page.ts";
import { gatherTags } from "./supported-fields/tags.ts";

const root = join(import.meta.dirname, "..");

/** How each page is made, by its path. */
export const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/cli.md": cliPage,
  "docs/findings.md": () => findingsPage(root),
  "docs/supported-fields.md": () => supportedFieldsPage(gatherTags(root)),
};

/** The page as it is; empty where there is none. */
export function written(path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return "";
  }
}

if (import.meta.main) {
  for (const [path, make] of Object.entries(pages)) writeFileSync(join(root, path), await make());
}
