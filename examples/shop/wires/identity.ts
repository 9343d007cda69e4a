import { hostname } from "node:os";

/** Who answered: `service/version/instance`, as the header `served-by` lists it. */
export type ServedBy = `${string}/${string}/${string}`;

/** This process's version: `VERSION`, or what `stod up` says in `STOD_VERSION_LABEL`. */
export const version = process.env.VERSION || process.env.STOD_VERSION_LABEL || "v1";

/** This process, as it signs its answers. */
export function whoAmI(service: string): ServedBy {
  return `${service}/${version}/${process.env.STOD_WORKLOAD || hostname()}`;
}

/** Reads the header `served-by`: everyone who took part in an answer, the one that sent it first. */
export function parseServedBy(header: string | null | undefined): ServedBy[] {
  const entries = (header ?? "").split(",").map((entry) => entry.trim());
  return entries.filter((entry): entry is ServedBy => /^[^/]+\/[^/]+\/[^/]+$/.test(entry));
}
