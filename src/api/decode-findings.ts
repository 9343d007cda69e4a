import { finding } from "#findings/finding.ts";
import { inWords, shortened } from "./value-words.ts";

const wholeNote = "Until then the last good version of the object stays in force.";

export const unreadableYaml = finding({
  code: "STOD0101",
  severity: "error",
  example: { says: "A tab cannot stand for indentation" },
  says: (facts: { says: string }) => `this is not YAML: ${lowerFirst(facts.says)}`,
  help: "Correct the text here or just above; until then what was read from this file before stays in force.",
});

export const unknownField = finding({
  code: "STOD0102",
  severity: "error",
  example: { field: "timeuot", of: "http", meant: "timeout", others: [] },
  says: (facts: { field: string; of: string; meant: string | undefined; others: readonly string[] }) =>
    `${facts.of} has no field ${shortened(facts.field)}`,
  help: ({ field, meant, others }) => {
    if (meant !== undefined) return `Did you mean ${meant}?`;
    if (others.length === 0) return `Take ${shortened(field)} out.`;
    return `Take ${shortened(field)} out, or write one of ${others.join(", ")}.`;
  },
});

export const wrongType = finding({
  code: "STOD0103",
  severity: "error",
  example: { found: "soon", wanted: "a number", help: "Write a number." },
  says: (facts: { found: unknown; wanted: string; help: string }) =>
    `here is ${inWords(facts.found)}, where ${facts.wanted} is wanted`,
  help: ({ help }) => help,
});

export const missingField = finding({
  code: "STOD0104",
  severity: "error",
  example: { field: "host", of: "destination" },
  says: (facts: { field: string; of: string }) => `${facts.of} needs the field ${facts.field}, and it is not there`,
  help: ({ field }) => `Write ${field}.`,
});

export const notOneOf = finding({
  code: "STOD0105",
  severity: "error",
  example: { written: "RANDM", allowed: ["LEAST_REQUEST", "RANDOM", "ROUND_ROBIN"], meant: "RANDOM" },
  says: (facts: { written: string; allowed: readonly string[]; meant: string | undefined }) =>
    `${facts.written} is none of the values that this field takes`,
  help: ({ allowed, meant }) => {
    const list = `one of ${allowed.join(", ")}`;
    return meant === undefined ? `Write ${list}.` : `Did you mean ${meant}? It may be ${list}.`;
  },
});

/** Istio's own code for whatever its validation of one object refuses. */
export const invalidValue = finding({
  code: "IST0106",
  severity: "error",
  example: { says: "a redirect cannot be combined with a route" },
  says: (facts: { says: string; help?: string | undefined }) => facts.says,
  help: ({ help }) => help ?? `Change the value. ${wholeNote}`,
});

export const tooMuch = finding({
  code: "STOD0106",
  severity: "error",
  example: { says: "the document is over 1048576 bytes" },
  says: (facts: { says: string }) => facts.says,
  help: "Make it smaller, or cut it into several documents.",
});

export const duplicateKey = finding({
  code: "STOD0107",
  severity: "error",
  example: { key: "spec" },
  says: (facts: { key: string }) => `the key ${facts.key} is there twice, and only one of them could count`,
  help: "Take one of them out, or make one of the two.",
});

export const notAnObject = finding({
  code: "STOD0108",
  severity: "error",
  example: { says: "this is a list, and no object" },
  says: (facts: { says: string }) => facts.says,
  help: "Write apiVersion, kind, metadata with a name, and spec, such as in apiVersion: networking.istio.io/v1.",
});

export const unknownKind = finding({
  code: "STOD0109",
  severity: "error",
  example: { kind: "VirtualServce", apiVersion: "networking.istio.io/v1", meant: "VirtualService", known: [] },
  says: (facts: { kind: string; apiVersion: string; meant: string | undefined; known: readonly string[] }) =>
    `stod knows no kind ${facts.kind} in ${facts.apiVersion}`,
  help: ({ meant, known }) =>
    meant === undefined ? `Kinds that stod acts on: ${known.join(", ")}.` : `Did you mean ${meant}?`,
});

export const unknownVersion = finding({
  code: "STOD0110",
  severity: "error",
  example: { kind: "VirtualService", apiVersion: "networking.istio.io/v2", known: ["networking.istio.io/v1"] },
  says: (facts: { kind: string; apiVersion: string; known: readonly string[] }) =>
    `${facts.apiVersion} is no version of ${facts.kind}`,
  help: ({ known }) => `Write apiVersion: ${known[0]}${known.length > 1 ? ` (or ${known.slice(1).join(", ")})` : ""}.`,
});

export const notActedOn = finding({
  code: "STOD0111",
  severity: "warning",
  example: { kind: "AuthorizationPolicy" },
  says: (facts: { kind: string }) => `stod does not act on ${facts.kind} yet, so this object changes nothing`,
  help: "Nothing needs to be done; what the object asks for does not happen in this mesh.",
});

export const badName = finding({
  code: "STOD0112",
  severity: "error",
  example: { written: "Reviews", says: "has a capital letter", help: "Write reviews." },
  says: (facts: { written: string; says: string; help: string }) => `${facts.written} ${facts.says}`,
  help: ({ help }) => help,
});

export const badRegex = finding({
  code: "STOD0113",
  severity: "error",
  example: { regex: "(?=a)b", problem: "it looks ahead" },
  says: (facts: { regex: string; problem: string }) =>
    `the regular expression ${shortened(facts.regex)} is not one that Envoy takes: ${facts.problem}`,
  help: "Write it in RE2's syntax (github.com/google/re2/wiki/Syntax); in YAML, single quotes keep backslashes as they are.",
});

export const twiceInFile = finding({
  code: "STOD0114",
  severity: "error",
  example: { line: 12 },
  says: (facts: { line: number }) =>
    `the same object is in this file already, on line ${facts.line}, and that one counts`,
  help: "Take one of the two out, or give one another name.",
});

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
