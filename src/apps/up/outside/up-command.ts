import { type ChildProcess, spawn } from "node:child_process";
import { paintFor } from "#apps/cli/terminal.ts";
import type { CaptureChoice } from "#apps/up/capture.ts";
import type { InsideEvent } from "#apps/up/inside/events.ts";
import { Presentation, type Stage, showOutput } from "#apps/up/outside/present.ts";
import { type StartedMesh, startMesh } from "#apps/up/outside/start-mesh.ts";
import type { MeshRecord } from "#apps/up/state-directory.ts";
import { visibleInColour } from "#base/visible.ts";

export interface UpOptions {
  readonly directory: string;
  readonly state: string | undefined;
  /** The first host port; 0 for any free ones. */
  readonly portBase: number;
  readonly envoy: string | undefined;
  readonly capture: CaptureChoice;
  /** Nothing of what workloads print. */
  readonly quiet: boolean;
}

function stageOf(stream: NodeJS.WriteStream): Stage {
  return { print: (text) => void stream.write(`${visibleInColour(text)}\n`), paint: paintFor(stream) };
}

/** Runs a mesh in the foreground until it has ended. */
export async function upInForeground(options: UpOptions): Promise<void> {
  const stage = stageOf(process.stdout);
  const presentation = new Presentation(stage, false);
  const late = presentation.tellWhenLate();
  let output: ReturnType<typeof showOutput> | undefined;
  let mesh: StartedMesh | undefined;
  const onEvent = (event: InsideEvent) => {
    presentation.hear(event, mesh?.record);
    if (event.is === "serving") output?.begin();
  };
  mesh = await startMesh({ ...options, onEvent });
  if (!options.quiet) output = showOutput(mesh.state, stage);
  endBySignal(mesh, () => process.stderr.write("\ndraining; press Ctrl-C again to end at once\n"));
  const fault = await mesh.ended;
  clearTimeout(late);
  output?.end();
  if (fault !== undefined) throw fault;
}

/** What a mesh in the background sends to the command that started it. */
type FromBackground =
  | { readonly event: InsideEvent; readonly record: MeshRecord | undefined }
  /** It could not be started, or has ended: what a person should read. */
  | { readonly failed: string };

/** Runs a mesh for a command that waits until it serves, and then goes away. */
export async function upInBackground(options: UpOptions, printed: (fault: unknown) => string): Promise<void> {
  let mesh: StartedMesh | undefined;
  const send = (message: FromBackground) => {
    if (process.connected) process.send?.(message, () => {});
  };
  process.on("disconnect", () => {});
  try {
    mesh = await startMesh({ ...options, onEvent: (event) => send({ event, record: mesh?.record }) });
    endBySignal(mesh, () => {});
    const fault = await mesh.ended;
    if (fault !== undefined) throw fault;
  } catch (fault) {
    send({ failed: printed(fault) });
    process.exitCode = 1;
  }
  if (process.connected) process.disconnect();
}

/**
 * Starts a mesh in the background, and resolves when it serves.
 *
 * @throws BackgroundFault where it does not come to that
 */
export async function upDetached(options: UpOptions): Promise<void> {
  const { directory, state, portBase, envoy, capture } = options;
  const stage = stageOf(process.stdout);
  const presentation = new Presentation(stage, true);
  const late = presentation.tellWhenLate();
  const flags = [
    "--port-base",
    String(portBase),
    ...["--capture", capture],
    ...(state ? ["--state", state] : []),
    ...(envoy ? ["--envoy", envoy] : []),
  ];
  const command = [...process.execArgv, process.argv[1] ?? "", "up", directory, "--background", ...flags];
  const child = spawn(process.execPath, command, { detached: true, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  // Whoever gives up waiting does not want it any more.
  const giveUp = () => {
    child.kill("SIGTERM");
  };
  process.once("SIGINT", giveUp).once("SIGTERM", giveUp);
  try {
    await untilServing(child, (event, record) => presentation.hear(event, record));
  } finally {
    clearTimeout(late);
    process.off("SIGINT", giveUp).off("SIGTERM", giveUp);
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** A mesh in the background that did not start; the message is what a person should read. */
export class BackgroundFault extends Error {
  override readonly name = "BackgroundFault";
}

function untilServing(child: ChildProcess, hear: (event: InsideEvent, record?: MeshRecord) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: FromBackground) => {
      if ("failed" in message) return reject(new BackgroundFault(message.failed));
      hear(message.event, message.record);
      if (message.event.is === "serving") resolve();
    });
    child.once("error", reject);
    child.once("exit", () => reject(new BackgroundFault("It ended before it was ready.")));
  });
}

/** Ctrl-C drains; a second one does not wait. */
function endBySignal(mesh: StartedMesh, onDrain: () => void): void {
  let asked = false;
  const end = () => {
    if (asked) return mesh.kill();
    asked = true;
    onDrain();
    mesh.drain();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
}
