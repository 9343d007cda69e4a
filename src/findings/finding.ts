import type { FieldPath, ObjectRef } from "#findings/field-path.ts";

export type Severity = "error" | "warning" | "info";

/** One thing that we tell a user about what they wrote: where it is, what it does, and what to do. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly object: ObjectRef | undefined;
  /** The field, such as `spec.http[1].retries.backoff`; empty for the object as a whole. */
  readonly path: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly says: string;
  readonly help: string;
}

interface FindingKind<Facts> {
  /** `STOD0214`, or Istio's own code (`IST0101`) where Istio's analysis names the same fault. */
  readonly code: string;
  readonly severity: Severity;
  /** Facts to show it by in docs/findings.md; left out where it has none. */
  readonly example?: NoInfer<Facts>;
  /** What is so, as a clause without a full stop. */
  readonly says: (facts: Facts) => string;
  /** The way out, as a whole sentence. */
  readonly help: string | ((facts: Facts) => string);
}

/** Where a finding points: a field of an object, or just a place in a file when no object could be read there. */
export type Place = FieldPath | { readonly file: string; readonly line: number | undefined };

export interface FindingMaker<Facts> {
  (facts: Facts & { readonly at: Place }): Finding;
  readonly code: string;
}

const catalogue = new Map<string, () => Finding>();

/**
 * A kind of finding, entered into the catalogue; call what it returns with the facts and the place.
 *
 * @throws if another kind has the same code
 */
export function finding<Facts extends object>(kind: FindingKind<Facts>): FindingMaker<Facts> {
  if (catalogue.has(kind.code)) throw new Error(`two kinds of finding have the code ${kind.code}`);
  const make = (facts: Facts & { readonly at: Place }): Finding => {
    const { at } = facts;
    const place =
      "object" in at
        ? { object: at.object, path: at.path, file: at.origin.file, line: at.line }
        : { object: undefined, path: "", file: at.file, line: at.line };
    return {
      code: kind.code,
      severity: kind.severity,
      ...place,
      says: kind.says(facts),
      help: typeof kind.help === "string" ? kind.help : kind.help(facts),
    };
  };
  catalogue.set(kind.code, () => make({ ...(kind.example as Facts), at: nowhere }));
  return Object.assign(make, { code: kind.code });
}

const nowhere = { file: "", line: undefined };

/** An example of each kind of finding that was made so far, by code. */
export function examples(): readonly Finding[] {
  return [...catalogue.values()].map((example) => example());
}
