import { down } from "#apps/up/outside/down.ts";
import type { WhichMesh } from "#apps/up/running-meshes.ts";

export async function runDown({ now, ...which }: WhichMesh & { readonly now?: boolean }): Promise<void> {
  const what = await down(which, now ?? false);
  const says =
    "ended" in what ? `${what.ended} has ended` : `it ran no more; what it left in ${what.cleared} is cleared away`;
  process.stdout.write(`${says}\n`);
}
