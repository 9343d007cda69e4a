import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A field or message that a docstring names. */
export interface Tag {
  /** `v1 Service spec.ports[].name`, or `envoy.config.route.v3.Route`. */
  readonly field: string;
  /** The folder of what reads or writes it, from the root of the repository. */
  readonly folder: string;
}

export interface Tags {
  readonly reads: readonly Tag[];
  readonly writes: readonly Tag[];
}

/** What the docstrings of `src/` say is read and written, each in the order of fields, then folders. */
export function gatherTags(root: string): Tags {
  const files = globSync("src/**/*.ts", { cwd: root }).filter((file) => !/\/gen\/|\.test\.ts$/.test(file));
  const texts = files.map((file) => ({ folder: dirname(file), text: readFileSync(join(root, file), "utf8") }));
  const named = (word: string) => sorted(texts.flatMap(({ folder, text }) => tagsIn(text, word, folder)));
  return { reads: named("reads"), writes: named("writes") };
}

function tagsIn(text: string, word: string, folder: string): Tag[] {
  const lines = text.matchAll(new RegExp(`^(?: \\*|/\\*\\*).*?@${word} +(.*?)(?: *\\*/)?$`, "gm"));
  return [...lines].map(([, field = ""]) => ({ field: field.trim(), folder }));
}

function sorted(tags: readonly Tag[]): Tag[] {
  const unique = new Map(tags.map((tag) => [`${tag.field}\n${tag.folder}`, tag]));
  return [...unique.keys()].sort().map((key) => unique.get(key) as Tag);
}

/** The parts of a tag that names a field of an object: `networking.istio.io/v1`, `VirtualService`, `spec.hosts`. */
export function objectField(tag: Tag): { readonly apiVersion: string; readonly kind: string; readonly path: string } {
  const [apiVersion = "", kind = "", path = ""] = tag.field.split(" ");
  return { apiVersion, kind, path };
}
