import { spawn } from "node:child_process";
import { urlsOf } from "#apps/up/outside/summary.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";

export async function runDashboard({ print, ...which }: WhichMesh & { readonly print?: boolean }): Promise<void> {
  const { dashboard } = urlsOf(findMesh(which).record);
  process.stdout.write(`${dashboard}\n`);
  if (print || !process.stdout.isTTY) return;
  const opener = spawn(process.platform === "darwin" ? "open" : "xdg-open", [dashboard], {
    detached: true,
    stdio: "ignore",
  });
  // Without a browser here, the address that was printed is what there is.
  opener.on("error", () => {});
  opener.unref();
}
