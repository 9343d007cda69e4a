import { Command, InvalidArgumentError, Option } from "commander";
import { stodVersion } from "#apps/version.ts";

/**
 * The commands of `stod`. What a command does is loaded when it runs, so that help and completion are instant.
 *
 * @param wanted  the subcommand that was typed: of the long-running programs only that one is loaded
 */
export async function makeProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command("stod")
    .description("A service mesh on the real Envoy that runs anywhere with one command.")
    .version(stodVersion(), "-V, --version", "which stod this is")
    .helpCommand("help [command]", "what a command does, and examples of it")
    .showSuggestionAfterError(true)
    .showHelpAfterError("(stod --help lists the commands)")
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .enablePositionalOptions()
    .exitOverride();
  addMeshCommands(program);
  addObjectCommands(program);
  addProxyCommands(program);
  await addPrograms(program, wanted);
  for (const command of program.commands) inheritSettings(program, command, "stod");
  return program;
}

function inheritSettings(parent: Command, command: Command, path: string): void {
  const name = `${path} ${command.name()}`;
  command.copyInheritedSettings(parent).showHelpAfterError(`(${name} --help says how to call it)`);
  // Where the summary says it all.
  if (command.description() === "") command.description(sentence(command.summary()));
  for (const inner of command.commands) inheritSettings(command, inner, name);
}

function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

function addMeshCommands(program: Command): void {
  program
    .command("up")
    .summary("run a whole mesh on this machine")
    .description("Runs the mesh of DIR/stod.yaml on this machine until Ctrl-C, and leaves nothing behind.")
    .argument("[dir]", "directory of a stod.yaml", ".")
    .option("-d, --detach", "return when it is serving, and leave it in the background")
    .option("--state <dir>", "where its state is kept (default: by its name, in ~/.local/state/stod)")
    .option(
      "--port-base <n>",
      "first port on this machine: gateway N, dashboard N+1, API N+2; 0 for any free ones",
      portBase,
      8080,
    )
    .option("--envoy <path>", "the Envoy to run")
    .addOption(
      new Option("--capture <how>", "how workloads' traffic is taken: auto is transparent where namespaces are allowed")
        .choices(["auto", "transparent", "explicit"])
        .default("auto"),
    )
    .option("-q, --quiet", "do not show what workloads print")
    .addOption(new Option("--background").hideHelp())
    .addHelpText("after", examples("stod up examples/shop", "stod up --detach --port-base 0 examples/shop"))
    .action(async (directory: string, flags) => {
      const { runUp } = await import("#apps/cli/commands/up.ts");
      await runUp(directory, { ...flags, state: flags.state ?? process.env.STOD_STATE });
    });
  program
    .command("inside", { hidden: true })
    .requiredOption("--state <dir>")
    .requiredOption("--capture <how>")
    .action(async ({ state, capture }) => {
      const { runInside } = await import("#apps/up/inside/inside.ts");
      await runInside({ stateDirectory: state, capture });
      process.exit(0);
    });
  ofMesh(program.command("down"))
    .summary("end a mesh")
    .description("Ends a mesh after its requests in flight are through, and waits until nothing of it is left.")
    .argument("[dir]", "directory of its stod.yaml")
    .option("--now", "do not drain")
    .addHelpText("after", examples("stod down", "stod down examples/shop"))
    .action(async (directory, flags) => (await import("#apps/cli/commands/down.ts")).runDown({ ...flags, directory }));
  printing(ofMesh(program.command("status")))
    .summary("how a mesh is: its addresses, workloads and proxies")
    .argument("[dir]", "directory of its stod.yaml")
    .addHelpText("after", examples("stod status", "stod status -o json | jq -r .gateway.url"))
    .action(async (directory, flags) =>
      (await import("#apps/cli/commands/status.ts")).runStatus({ ...flags, directory }),
    );
  ofMesh(program.command("exec"))
    .summary("run a command as a workload")
    .description(
      "Runs a command in a workload's namespaces, as its user, with its traffic captured like the workload's own.",
    )
    .argument("<workload>", "an instance, or a workload or service for its first one")
    .argument("<command...>", "after --")
    .passThroughOptions()
    .addHelpText(
      "after",
      examples("stod exec shopper-0 -- curl -s http://reviews:9080/", "stod exec reviews-v1-0 -- sh"),
    )
    .action(async (workload, command, flags) =>
      (await import("#apps/cli/commands/exec.ts")).runExec(workload, command, flags),
    );
  ofMesh(program.command("logs"))
    .summary("what a workload or its proxy prints")
    .argument("<workload>", "an instance, a workload or a service; or control-plane, agent or up")
    .option("-p, --proxy", "its Envoy's log")
    .option("-f, --follow", "go on with what comes")
    .option("-n, --tail <lines>", "only the last lines", whole, 100)
    .addHelpText("after", examples("stod logs reviews", "stod logs -f --proxy reviews-v1-0", "stod logs control-plane"))
    .action(async (workload, flags) => (await import("#apps/cli/commands/logs.ts")).runLogs(workload, flags));
  printing(ofMesh(program.command("scale")))
    .summary("set how many instances a service has")
    .argument("<service[/version]=n...>", "such as reviews/v1=3")
    .addHelpText("after", examples("stod scale web=3", "stod scale reviews/v1=0 reviews/v2=2"))
    .action(async (wishes, flags) => (await import("#apps/cli/commands/scale.ts")).runScale(wishes, flags));
  printing(ofMesh(program.command("restart")))
    .summary("restart a service's instances one by one, without a lost request")
    .argument("<name>", "a service, a workload or an instance")
    .addHelpText("after", examples("stod restart reviews", "stod restart reviews-v1-0"))
    .action(async (name, flags) => (await import("#apps/cli/commands/restart.ts")).runRestart(name, flags));
  ofMesh(program.command("dashboard"))
    .summary("open the dashboard")
    .option("--print", "just print its address")
    .action(async (flags) => (await import("#apps/cli/commands/dashboard.ts")).runDashboard(flags));
}

function addObjectCommands(program: Command): void {
  const files = "a file, a directory of YAML, or - for standard input; more than once if need be";
  printing(ofMesh(program.command("apply")))
    .summary("change the mesh")
    .requiredOption("-f, --filename <path>", files, collect)
    .option("-n, --namespace <name>", "namespace of objects that name none", "default")
    .option("-w, --wait", "return when the change is live, and say where")
    .option("--dry-run", "only say what would be done")
    .addHelpText("after", examples("stod apply -f canary.yaml --wait", "cat route.yaml | stod apply -f -"))
    .action(async (flags) => (await import("#apps/cli/commands/apply.ts")).runApply(flags));
  printing(ofMesh(program.command("get")))
    .summary("show objects")
    .argument("<kind>", "such as virtualservices, vs, or all")
    .argument("[name]")
    .option("-n, --namespace <name>", "one namespace only (default: all)")
    .option("-A, --all-namespaces", "all namespaces, as without -n")
    .addHelpText("after", examples("stod get vs", "stod get vs reviews -n shop -o yaml"))
    .action(async (kind, name, flags) => (await import("#apps/cli/commands/get.ts")).runGet(kind, name, flags));
  printing(ofMesh(program.command("delete")))
    .summary("take objects away")
    .argument("[kind]")
    .argument("[name]")
    .option("-f, --filename <path>", `the objects of ${files}`, collect)
    .option("-n, --namespace <name>", "its namespace", "default")
    .option("-w, --wait", "return when the change is live")
    .addHelpText("after", examples("stod delete vs reviews -n shop", "stod delete -f canary.yaml"))
    .action(async (kind, name, flags) => (await import("#apps/cli/commands/delete.ts")).runDelete(kind, name, flags));
  printing(ofMesh(program.command("diff")))
    .summary("show what applying would change; exit code 1 if anything")
    .requiredOption("-f, --filename <path>", files, collect)
    .option("-n, --namespace <name>", "namespace of objects that name none", "default")
    .addHelpText("after", examples("stod diff -f canary.yaml"))
    .action(async (flags) => (await import("#apps/cli/commands/diff.ts")).runDiff(flags));
  printing(ofMesh(program.command("history")))
    .summary("show the changes that were applied")
    .argument("[kind]")
    .argument("[name]")
    .option("-n, --namespace <name>", "one namespace only")
    .addHelpText("after", examples("stod history", "stod history vs reviews -n shop"))
    .action(async (kind, name, flags) => (await import("#apps/cli/commands/history.ts")).runHistory(kind, name, flags));
}

function addProxyCommands(program: Command): void {
  printing(ofMesh(program.command("proxy-status")))
    .alias("ps")
    .summary("how up to date each proxy is")
    .action(async (flags) => (await import("#apps/cli/commands/proxy-status.ts")).runProxyStatus(flags));
  const config = program
    .command("proxy-config")
    .alias("pc")
    .summary("what a proxy has, from the proxy itself")
    .addHelpText(
      "after",
      examples("stod proxy-config routes reviews-v1-0", "stod proxy-config all reviews-v1-0 -o json"),
    );
  const parts = ["clusters", "listeners", "routes", "endpoints", "secrets", "bootstrap", "all"];
  for (const part of parts) {
    printing(ofMesh(config.command(part)))
      .aliases(part.endsWith("s") ? [part.slice(0, -1)] : [])
      .summary(part === "all" ? "everything that a proxy has" : `a proxy's ${part}`)
      .argument("<workload>", "an instance, or a workload or service for its first one")
      .action(async (workload, flags) => {
        const { runProxyConfig } = await import("#apps/cli/commands/proxy-config.ts");
        await runProxyConfig(part, workload, flags);
      });
  }
}

async function addPrograms(program: Command, wanted: string | undefined): Promise<void> {
  const envoy = program.command("envoy").summary("the Envoy that stod runs");
  envoy
    .command("install")
    .summary("fetch the Envoy that stod is tested with")
    .action(async () => (await import("#apps/cli/commands/envoy.ts")).runEnvoyInstall());
  if (wanted === "control-plane") {
    program.addCommand((await import("#apps/control-plane/main.ts")).controlPlaneCommand);
  } else {
    program.command("control-plane").summary("read objects, serve xDS, sign certificates");
  }
  if (wanted === "agent") program.addCommand((await import("#apps/agent/main.ts")).agentCommand);
  else program.command("agent").summary("run a host's workloads, each behind an Envoy");
  program
    .command("completion")
    .summary("print a script that completes commands in a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", examples('eval "$(stod completion bash)"', "stod completion fish | source"))
    .action(async (shell) => {
      const { completionFor } = await import("#apps/cli/completion.ts");
      process.stdout.write(completionFor(shell, program));
    });
  printing(program.command("version"))
    .summary("which stod this is")
    .action(async (flags) => (await import("#apps/cli/commands/version.ts")).runVersion(flags));
}

/** Gives a command the way to say which mesh it is about. */
function ofMesh(command: Command): Command {
  return command.option("--state <dir>", "state directory of the mesh, where more than one runs (default: STOD_STATE)");
}

/** Gives a command the choice of how to print. */
function printing(command: Command): Command {
  const form = new Option("-o, --output <form>", "how to print").choices(["table", "json", "yaml"]).default("table");
  return command.addOption(form);
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function portBase(text: string): number {
  const port = Number(text);
  if (text.trim() === "" || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new InvalidArgumentError("It is a port from 1 to 65535, or 0 for any free ones.");
  }
  return port;
}

function whole(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError("It is a whole number.");
  return number;
}
