import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareText } from "#base/order.ts";
import { examples, type Finding } from "#findings/finding.ts";

/** What the first digits of a code tell, in the order of the page. */
const groups: readonly [title: string, codes: RegExp][] = [
  ["Reading objects", /^STOD01|^IST0106/],
  ["Routes: VirtualService", /^STOD02|^IST010[19]|^IST013/],
  ["Connections: DestinationRule", /^STOD03/],
  ["stod.yaml", /^STOD07/],
  ["Proxies and the control plane", /^STOD09/],
];

/** docs/findings.md: every kind of finding that the code can make. */
export async function findingsPage(root: string): Promise<string> {
  await loadKinds(join(root, "src"));
  const all = [...examples()].sort((a, b) => compareText(a.code, b.code));
  const sections = groups.map(([title, codes]) =>
    table(
      title,
      all.filter(({ code }) => codes.test(code)),
    ),
  );
  const rest = all.filter(({ code }) => !groups.some(([, codes]) => codes.test(code)));
  return [head, ...sections, ...(rest.length > 0 ? [table("Others", rest)] : [])].join("\n\n").concat("\n");
}

/** A kind enters the catalogue when its file is loaded. */
async function loadKinds(folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const isOurs = (file: string) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.startsWith("findings/");
  for (const file of files.filter(isOurs).sort()) {
    const path = join(folder, file);
    if (/= finding\(\{/.test(readFileSync(path, "utf8"))) await import(path);
  }
}

function table(title: string, findings: readonly Finding[]): string {
  const rows = findings.map(
    ({ code, severity, says, help }) => `| \`${code}\` | ${severity} | ${cell(`${says}.`)} | ${cell(help)} |`,
  );
  return [
    `## ${title}`,
    "",
    "| code | severity | what it says, as an example | what to do |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*").replaceAll("\n", " ");
}

const head = `# Findings

<!-- Made from the code by scripts/docs.ts; a test holds that this is what the code says. -->

What stod tells about what you wrote: where (object, field, file and line), what is so, and what to do.

\`\`\`
error STOD0102  VirtualService shop/ratings  spec.http[0].timeuot  (ratings.yaml:7)
  http has no field timeuot.
  Did you mean timeout?
\`\`\`

- An **error** means that the object, or this part of it, does not count. What was in force before stays in force.
- A **warning** means that it counts, and may not do what you expect.
- An **info** is good to know.

\`stod apply\` prints the findings of what it applies, \`stod up\` those of files as they are saved, and \`stod status\` all that there
are now (\`-o json\`: \`findings\`). A code stays what it is, so it can be searched for. Codes with IST are those that Istio's own
analysis gives to the same fault.`;
