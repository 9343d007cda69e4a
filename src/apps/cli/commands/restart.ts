import { Up } from "#apps/cli/api-client.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";

export async function runRestart(
  name: string,
  { output, ...which }: WhichMesh & { readonly output: Form },
): Promise<void> {
  const answer = await new Up(findMesh(which).state).restart(name);
  print(output, answer, () => `restarted ${answer.restarted.join(", ")}`);
}
