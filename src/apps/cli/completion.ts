import type { Command } from "commander";
import { UsageFault } from "#apps/cli/print-fault.ts";

/** What may follow a command: its subcommands and its options. */
interface Completable {
  /** The words so far, such as `proxy-config routes`; empty for stod itself. */
  readonly after: string;
  readonly words: readonly string[];
}

/**
 * A script that completes commands and options in a shell.
 *
 * @throws UsageFault for a shell that we have none for
 */
export function completionFor(shell: string, program: Command): string {
  const all = completables(program, "");
  if (shell === "bash") return bash(all);
  if (shell === "zsh") return `autoload -U +X bashcompinit && bashcompinit\n${bash(all)}`;
  if (shell === "fish") return fish(all);
  throw new UsageFault(`there is no completion for ${shell}`, "There is one for bash, zsh and fish.");
}

function completables(command: Command, after: string): readonly Completable[] {
  const visible = command.createHelp().visibleCommands(command);
  const options = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  const own = { after, words: [...visible.map((inner) => inner.name()), ...options, "--help"] };
  const inner = visible.filter((one) => one.name() !== "help");
  return [own, ...inner.flatMap((one) => completables(one, `${after} ${one.name()}`.trim()))];
}

function bash(all: readonly Completable[]): string {
  const cases = all.map(({ after, words }) => `    "${after}") words="${words.join(" ")}" ;;`).join("\n");
  return `_stod() {
  local after="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) [ "\${after#* }" = "$after" ] && after="\${after:+$after }$word" ;; esac
  done
  case "$after" in
${cases}
    *) case "\${after%% *}" in
${all
  .filter(({ after }) => after !== "" && !after.includes(" "))
  .map(({ after, words }) => `      "${after}") words="${words.filter((word) => word.startsWith("-")).join(" ")}" ;;`)
  .join("\n")}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _stod stod ./stod
`;
}

function fish(all: readonly Completable[]): string {
  const lines = all.flatMap(({ after, words }) => {
    const seen = after.split(" ").filter(Boolean);
    const condition =
      seen.length === 0
        ? "__fish_use_subcommand"
        : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    return words.map((word) =>
      word.startsWith("--")
        ? `complete -c stod -n '${condition}' -l ${word.slice(2)}`
        : `complete -c stod -n '${condition}' -f -a ${word}`,
    );
  });
  return `${lines.join("\n")}\n`;
}
