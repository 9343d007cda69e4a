import { fileURLToPath } from "node:url";
import { applicationProcess } from "#agent/workload/application.ts";
import { applicationHost, type WorkloadSpec } from "#agent/workload/spec.ts";
import { startChild } from "#host/process.ts";

const listener = fileURLToPath(new URL("./listen-for-words.ts", import.meta.url));

/**
 * The ports of an application whose server speaks first, of those whose protocol nobody said: such a port carries no
 * HTTP, and waiting for the client's first bytes to find that out would keep its callers waiting.
 *
 * They are called once, from inside of the application's namespaces, and left again without a word.
 *
 * @param state  the state directory
 */
export async function portsThatSpeakFirst(spec: WorkloadSpec, state: string): Promise<readonly number[]> {
  const unsaid = spec.ports.filter(({ protocol }) => protocol === "").map(({ targetPort }) => targetPort);
  const { netns, explicit } = spec;
  if (unsaid.length === 0 || (netns === undefined && explicit === undefined)) return [];
  const found: number[] = [];
  const address = explicit === undefined ? spec.address : applicationHost(spec);
  const command = [process.execPath, listener, address, ...unsaid.map(String)];
  const child = startChild(applicationProcess(spec, command, state), (line) => {
    const port = Number(line);
    if (unsaid.includes(port)) found.push(port);
  });
  await child.exited;
  return found.sort((a, b) => a - b);
}
