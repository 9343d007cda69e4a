import { finding } from "#findings/finding.ts";

export const unreadableFile = finding({
  code: "STOD0121",
  severity: "error",
  example: { says: "permission denied", help: "Let stod read it." },
  says: (facts: { says: string; help: string }) => `the file cannot be read: ${facts.says}`,
  help: ({ help }) => `${help} Until then what was read from it before stays in force.`,
});

export const inAnotherFile = finding({
  code: "STOD0122",
  severity: "error",
  example: { file: "mesh/reviews.yaml", line: 12 },
  says: (facts: { file: string; line: number | undefined }) =>
    `the same object is in ${facts.file}${facts.line === undefined ? "" : `:${facts.line}`} already, and that one counts`,
  help: "Take it out of one of the two files, or give one another name.",
});

export const directoryGone = finding({
  code: "STOD0123",
  severity: "warning",
  says: () => "the directory of mesh objects is gone",
  help: "Put it back; until then the objects that were in it stay in force.",
});
