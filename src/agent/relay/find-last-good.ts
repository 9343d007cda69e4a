import { readdirSync } from "node:fs";
import { join } from "node:path";
import { LastGood } from "#agent/relay/last-good.ts";
import type { Log } from "#base/log.ts";

export const lastGoodFile = "last-good";

/**
 * The last good configuration of an instance: its own; for a new one that of a sibling, which has the same
 * configuration, so that a service can be scaled up while the control plane is away.
 *
 * @param proxies  directory of all proxies' directories
 * @param running  those that are in use now
 * @param key      what siblings have in common
 */
export function findLastGood(
  proxies: string,
  name: string,
  key: string,
  running: Iterable<LastGood>,
  log: Log,
): LastGood {
  const path = join(proxies, name, lastGoodFile);
  const own = LastGood.load(path, key, log);
  if (!own.isEmpty) return own;
  const sibling = [...running, ...onDisk(proxies, key, log)].find((other) => other.key === key && !other.isEmpty);
  return sibling === undefined ? own : LastGood.seeded(path, sibling, log);
}

function* onDisk(proxies: string, key: string, log: Log): Iterable<LastGood> {
  for (const name of readdirSync(proxies).toSorted()) yield LastGood.load(join(proxies, name, lastGoodFile), key, log);
}
