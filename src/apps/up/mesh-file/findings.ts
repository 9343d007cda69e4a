import { nearestName } from "#api/field-names.ts";
import { finding } from "#findings/finding.ts";

export const unreadable = finding({
  code: "STOD0701",
  severity: "error",
  example: { why: "a tab cannot stand for indentation" },
  says: ({ why }: { why: string }) => `this is not YAML: ${why}`,
  help: "Look at this line and the one before it, at indentation, quotes and brackets.",
});

export const unknownField = finding({
  code: "STOD0702",
  severity: "error",
  example: { path: "services.reviews", field: "readyness", known: ["readiness"] },
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
  example: { path: "", field: "name", example: "name: shop" },
  says: ({ path, field }: { path: string; field: string; example: string }) =>
    `${path || "stod.yaml"} says no ${field}`,
  help: ({ example }) => `Add it, as in: ${example}`,
});

export const wrongValue = finding({
  code: "STOD0704",
  severity: "error",
  example: { path: "services.reviews.replicas", is: "two", wanted: "a number from 0 to 50", example: "replicas: 2" },
  says: ({ path, is, wanted }: { path: string; is: unknown; wanted: string; example: string }) =>
    `${path} is ${shown(is)}, and not ${wanted}`,
  help: ({ example }) => `Write it as in: ${example}`,
});

export const unknownService = finding({
  code: "STOD0705",
  severity: "error",
  example: { path: "services.web.dependsOn", name: "reveiws", known: ["reviews"] },
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
  example: { circle: ["web", "reviews", "web"] },
  says: ({ circle }: { circle: readonly string[] }) => `each of these waits for the next: ${circle.join(" → ")}`,
  help: "Take one of these out of a dependsOn.",
});

export const sameName = finding({
  code: "STOD0707",
  severity: "error",
  example: { what: "workloads", name: "reviews-v1" },
  says: ({ what, name }: { what: string; name: string }) => `there are two ${what} with the name ${name}`,
  help: "Give one of them another name.",
});

export const contradiction = finding({
  code: "STOD0708",
  severity: "error",
  example: {
    says: "services.gateway is a gateway, and has a command",
    help: "Take command out: its Envoy is the workload.",
  },
  says: ({ says }: { says: string; help: string }) => says,
  help: ({ help }) => help,
});

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
