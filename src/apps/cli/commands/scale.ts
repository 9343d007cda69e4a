import { Up } from "#apps/cli/api-client.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { UsageFault } from "#apps/cli/print-fault.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";

interface Wish {
  readonly service: string;
  readonly version: string | undefined;
  readonly replicas: number;
}

export async function runScale(
  wishes: readonly string[],
  { output, ...which }: WhichMesh & { readonly output: Form },
): Promise<void> {
  const parsed = wishes.map(parseWish);
  const up = new Up(findMesh(which).state);
  const done: { readonly service: string; readonly version?: string; readonly instances: readonly string[] }[] = [];
  for (const { service, version, replicas } of parsed) {
    const { scaled } = await up.scale(service, version, replicas);
    done.push({ service, ...(version === undefined ? {} : { version }), instances: scaled });
  }
  print(output, { scaled: done }, () => done.map(lineOf).join("\n"));
}

function lineOf(of: { readonly service: string; readonly version?: string; readonly instances: readonly string[] }) {
  return `${of.service}${of.version === undefined ? "" : `/${of.version}`}: ${of.instances.join(", ") || "none"}`;
}

/** Reads `reviews/v1=3`. */
export function parseWish(text: string): Wish {
  const match = /^([^/=]+)(?:\/([^/=]+))?=(\d{1,4})$/.exec(text);
  if (match === null) throw new UsageFault(`${text} is no SERVICE=N`, "Write it as in: stod scale reviews/v1=3");
  return { service: match[1] ?? "", version: match[2], replicas: Number(match[3]) };
}
