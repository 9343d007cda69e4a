import { type CelInput, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import type { Rule } from "#api/gen/rules.js";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { invalidValue } from "./decode-findings.ts";

/** The rules of a kind in the shape of its objects, so that one walk over an object meets them all. */
export interface RuleTree {
  readonly rules: CompiledRule[];
  /** By field; `*` is for each item of a list and each value of a map. */
  readonly inner: Map<string, RuleTree>;
}

interface CompiledRule {
  readonly message: string;
  /** Whether a value keeps the rule; where the expression cannot be evaluated on it, it does not. */
  readonly keeps: (self: unknown) => boolean;
}

const env = celEnv({ funcs: strings });
const compiled = new Map<string, CompiledRule["keeps"]>();

/** @throws if a rule is not CEL */
export function ruleTree(rules: readonly Rule[]): RuleTree {
  const root: RuleTree = { rules: [], inner: new Map() };
  for (const { path, rule, message } of rules) {
    let tree = root;
    for (const step of path) {
      const next: RuleTree = tree.inner.get(step) ?? { rules: [], inner: new Map() };
      tree.inner.set(step, next);
      tree = next;
    }
    tree.rules.push({ message, keeps: compile(rule) });
  }
  return root;
}

/** Schemas repeat their rules: one says `duration(self) >= duration('1ms')` in 196 places. */
function compile(rule: string): CompiledRule["keeps"] {
  const before = compiled.get(rule);
  if (before !== undefined) return before;
  const evaluate = plan(env, parse(rule));
  const keeps = (self: unknown): boolean => {
    const result = evaluate({ self: self as CelInput });
    return !isCelError(result) && result === true;
  };
  compiled.set(rule, keeps);
  return keeps;
}

/** Tells which rules an object breaks. It has to be valid against its schema already. */
export function* brokenRules(tree: RuleTree, value: unknown, at: FieldPath): Iterable<Finding> {
  if (value === undefined || value === null) return;
  for (const { message, keeps } of tree.rules) {
    if (!keeps(value)) yield invalidValue({ at, says: `a rule of the schema is broken: ${message}` });
  }
  if (typeof value !== "object") return;
  const each = tree.inner.get("*");
  if (Array.isArray(value)) {
    if (each === undefined) return;
    for (const [nth, item] of value.entries()) yield* brokenRules(each, item, at.index(nth));
    return;
  }
  for (const [name, field] of Object.entries(value)) {
    const inner = tree.inner.get(name) ?? each;
    if (inner !== undefined) yield* brokenRules(inner, field, at.field(name));
  }
}
