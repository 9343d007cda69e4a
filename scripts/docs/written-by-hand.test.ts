import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Command } from "commander";
import { makeProgram } from "#apps/cli/program.ts";

const root = join(import.meta.dirname, "../..");
const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: root })
  .toString()
  .trim()
  .split("\n")
  .filter((page) => existsSync(join(root, page)));
const textOf = (page: string) => readFileSync(join(root, page), "utf8");

test("what pages link to is there", () => {
  const broken = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target]) => target ?? "")
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test("commands in pages are commands of the CLI, with options that it has", async () => {
  const program = await makeProgram(undefined);
  const wrong = pages.flatMap((page) =>
    [...textOf(page).matchAll(/(?:^ {4}|^|\$ |`)(?:\.\/)?stod ([a-z][^`\n|]*)/gm)]
      .map(([, words]) => words ?? "")
      .filter((words) => !isCommand(program, words))
      .map((words) => `${page}: stod ${words}`),
  );
  assert.deepEqual(wrong, []);
});

/** Programs whose options are loaded only when they are run, and are in docs/cli.md from there. */
const programs = ["control-plane", "agent", "inside", "help"];

function isCommand(program: Command, text: string): boolean {
  // What comes behind the mark is a command of somebody else's.
  const [first = "", ...rest] = text.split(" -- ")[0]?.split(/\s+/) ?? [];
  if (programs.includes(first)) return true;
  const command = named(program, first);
  if (command === undefined) return false;
  const [second = ""] = rest;
  const inner = named(command, second) ?? command;
  if (inner === command && command.commands.length > 0 && /^[a-z]/.test(second)) return false;
  const flags = inner.options.flatMap(({ short, long }) => [short, long]);
  return rest.filter((word) => /^--?[a-zA-Z]/.test(word)).every((word) => flags.includes(word.replace(/[.,;:]$/, "")));
}

function named(of: Command, name: string): Command | undefined {
  return of.commands.find((command) => command.name() === name || command.aliases().includes(name));
}
