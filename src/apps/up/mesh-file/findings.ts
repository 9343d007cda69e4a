import { nearestName } from "#api/field-names.ts";
import { finding } from "#findings/finding.ts";

export const unreadable = finding({
  code: "STOD0701",
  severity: "error",
  says: ({ why }: { why: string }) => `this is not YAML: ${why}`,
  help: "Look at this line and the one before it, at indentation, quotes and brackets.",
});

export const unknownField = finding({
  code: "STOD0702",
  severity: "error",
  says: ({ path, field }: { path: string; field: string; known: readonly string[] }) =>
    `${path || "stod.yaml"} has no field ${field}`,
  help: ({ field, known }) => {
    const meant = nearestName(field, known);
    return meant === undefined ? `There are: ${known.join(", ")}.` : `Did you mean ${meant}?`;
  },
});

export const missingField = finding({
  code: "STOD0703",
  severity: "error",
  says: ({ path, field }: { path: string; field: string; example: string }) =>
    `${path || "stod.yaml"} says no ${field}`,
  help: ({ example }) => `Add it, as in: ${example}`,
});

export const wrongValue = finding({
  code: "STOD0704",
  severity: "error",
  says: ({ path, is, wanted }: { path: string; is: unknown; wanted: string; example: string }) =>
    `${path} is ${shown(is)}, and not ${wanted}`,
  help: ({ example }) => `Write it as in: ${example}`,
});

export const unknownService = finding({
  code: "STOD0705",
  severity: "error",
  says: ({ path, name }: { path: string; name: string; known: readonly string[] }) =>
    `${path} names ${name}, and there is no such service`,
  help: ({ name, known }) => {
    const meant = nearestName(name, known);
    return meant === undefined ? `There are: ${known.join(", ")}.` : `Did you mean ${meant}?`;
  },
});

export const dependsOnItself = finding({
  code: "STOD0706",
  severity: "error",
  says: ({ circle }: { circle: readonly string[] }) => `each of these waits for the next: ${circle.join(" → ")}`,
  help: "Take one of these out of a dependsOn.",
});

export const sameName = finding({
  code: "STOD0707",
  severity: "error",
  says: ({ what, name }: { what: string; name: string }) => `there are two ${what} with the name ${name}`,
  help: "Give one of them another name.",
});

export const contradiction = finding({
  code: "STOD0708",
  severity: "error",
  says: ({ says }: { says: string; help: string }) => says,
  help: ({ help }) => help,
});

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
