import { Up } from "#apps/cli/api-client.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";

export async function runRestart(name: string, which: WhichMesh): Promise<void> {
  const { restarted } = await new Up(findMesh(which).state).restart(name);
  process.stdout.write(`restarted ${restarted.join(", ")}\n`);
}
