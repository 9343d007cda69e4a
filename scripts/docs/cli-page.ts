import type { Command, Option } from "commander";
import { makeProgram } from "#apps/cli/program.ts";

/** docs/cli.md: every command, its arguments, options and examples. */
export async function cliPage(): Promise<string> {
  const program = await makeProgram(undefined);
  const whole = await Promise.all(["control-plane", "agent"].map((name) => makeProgram(name)));
  const commands = visible(program).map((command) => inFull(command, whole));
  const list = commands.map(
    (command) => `| [\`stod ${command.name()}\`](#stod-${command.name()}) | ${cell(command.summary())} |`,
  );
  const table = ["| command | what it does |", "|---|---|", ...list].join("\n");
  return [head, table, exitCodes, ...commands.flatMap((command) => sections(command, "stod"))]
    .join("\n\n")
    .concat("\n");
}

function visible(command: Command): readonly Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((inner) => inner.name() !== "help");
}

/** A program that is loaded only when it is run, from where it was loaded. */
function inFull(command: Command, programs: readonly Command[]): Command {
  const same = programs.flatMap((program) => program.commands).filter((inner) => inner.name() === command.name());
  return same.find(({ options }) => options.length > command.options.length) ?? command;
}

function sections(command: Command, path: string): readonly string[] {
  const name = `${path} ${command.name()}`;
  const help = command.createHelp();
  const parts = [
    `${"#".repeat(name.split(" ").length)} ${name}`,
    command.description(),
    `\`\`\`\nstod ${help.commandUsage(command).replace(/^stod /, "")}\n\`\`\``,
    rows(help.visibleArguments(command).map((each) => [`\`${each.name()}\``, help.argumentDescription(each)])),
    rows(
      help
        .visibleOptions(command)
        .filter(({ long }) => long !== "--help")
        .map((each) => [`\`${each.flags}\``, described(each)]),
    ),
    examplesOf(command),
  ];
  return [...parts.filter((part) => part !== ""), ...visible(command).flatMap((inner) => sections(inner, name))];
}

function described({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const choices = argChoices === undefined ? "" : ` (${argChoices.join(", ")})`;
  const isSaid = defaultValue === undefined || defaultValue === false || description.includes("(default");
  return `${description}${choices}${isSaid ? "" : `; default: ${defaultValueDescription ?? `\`${defaultValue}\``}`}`;
}

function rows(of: readonly (readonly [string, string])[]): string {
  if (of.length === 0) return "";
  return ["| | |", "|---|---|", ...of.map(([what, how]) => `| ${cell(what)} | ${cell(how)} |`)].join("\n");
}

/** What is shown behind a command's help. */
function examplesOf(command: Command): string {
  let text = "";
  const writeOut = (more: string) => {
    text += more;
  };
  command.configureOutput({ writeOut }).outputHelp();
  const [, examples] = text.split("\nExamples:\n");
  return examples === undefined ? "" : `\`\`\`sh\n${examples.replace(/^ {2}/gm, "").trimEnd()}\n\`\`\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

const head = `# The CLI

<!-- Made from the code by scripts/docs.ts; a test holds that this is what the code says. -->

\`stod\` is \`./stod\` at the root of a clone. \`stod help COMMAND\` and \`stod COMMAND --help\` say what is here.

Where one mesh runs, commands find it. Where more run, say which: \`--state DIR\`, or a directory with its \`stod.yaml\` where a
command takes one, or \`STOD_STATE\` in the environment. Whatever prints a table takes \`-o json\` and \`-o yaml\`.`;

const exitCodes = `## Exit codes

| code | means |
|---|---|
| 0 | it was done |
| 1 | it was not, or not everywhere: standard error, or the findings, say why. \`stod diff\`: something would change. \`stod apply --wait\`: the change is not live on all proxies |
| 2 | the command was called in a way that it does not have |
| other | \`stod exec\`: that of the command that was run |`;
