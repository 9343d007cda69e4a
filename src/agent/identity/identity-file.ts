import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "#agent/identity/secrets-source.ts";
import { readPrivateFile, writePrivateFile } from "#base/private-file.ts";
import { makeSvid } from "#identity/svid.ts";

/** Its name in a proxy's directory. */
export const identityFile = "identity.json";
const maxBytes = 256 * 1024;

/** Keeps an identity on disk (0600), to be used while nobody can give a new one. */
export function writeIdentity(path: string, { svid, roots }: Identity): void {
  const { privateKey, chain } = svid;
  writePrivateFile(path, JSON.stringify({ privateKey, chain, roots }));
}

/** The identity on disk; `undefined` where there is none, or none that can be used. */
export function readIdentity(path: string): Identity | undefined {
  try {
    const { privateKey, chain, roots } = JSON.parse(readPrivateFile(path, maxBytes));
    return { svid: makeSvid({ privateKey, chain }), roots: String(roots) };
  } catch {
    return undefined;
  }
}

/** The files of all instances that have one. */
export function identityFiles(proxies: string): string[] {
  return readdirSync(proxies)
    .toSorted()
    .map((name) => join(proxies, name, identityFile))
    .filter((path) => existsSync(path));
}
