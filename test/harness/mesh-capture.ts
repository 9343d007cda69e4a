import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Mesh } from "./mesh.ts";

/** Reads every frame on every interface of a network namespace, and counts those that have a text in them. */
const sniffer = `
import json, select, socket, sys
texts = sys.argv[1:]
counts = {text: 0 for text in texts}
counts["frames"] = 0
frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
frames.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
print("ready", flush=True)
ending = False
while True:
    readable, _, _ = select.select([frames] if ending else [frames, sys.stdin], [], [], 0 if ending else None)
    if frames in readable:
        frame = frames.recv(1 << 18)
        counts["frames"] += 1
        for text in texts:
            counts[text] += text.encode() in frame
    elif ending:
        break
    else:
        ending = True
print(json.dumps(counts))
`;

/** A packet capture between a mesh's network namespaces. */
export interface Capture {
  /** Ends it; how many frames had each text in them, and how many `frames` there were. */
  stop(): Promise<Readonly<Record<string, number>>>;
}

/** Watches the bridge that all traffic between workloads crosses. */
export async function startCapture(mesh: Mesh, ...texts: string[]): Promise<Capture> {
  const enter = ["--preserve-credentials", "-U", "-n", "-t", String(mesh.record.innerPid)];
  const command = ["--pdeathsig", "KILL", "nsenter", ...enter, "python3", "-c", sniffer, ...texts];
  const child = spawn("setpriv", command, { stdio: ["pipe", "pipe", "pipe"] });
  let [said, complained] = ["", ""];
  child.stdout.on("data", (text) => (said += text));
  child.stderr.on("data", (text) => (complained += text));
  const ended = once(child, "close");
  await Promise.race([once(child.stdout, "data"), ended]);
  if (child.exitCode !== null) throw new Error(`no capture: ${complained}`);
  return {
    async stop() {
      child.stdin.end();
      await ended;
      return JSON.parse(said.slice(said.indexOf("{"))) as Record<string, number>;
    },
  };
}
