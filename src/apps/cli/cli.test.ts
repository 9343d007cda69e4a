import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const main = new URL("./main.ts", import.meta.url).pathname;
const room = mkdtempSync(join(tmpdir(), "stod-cli-"));
after(() => rmSync(room, { recursive: true }));

function stod(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    env: { ...process.env, STOD_STATE: join(room, "none"), STOD_DEBUG: "", NO_COLOR: "1", ...env },
    encoding: "utf8",
    input: "",
  });
  return { status, out: stdout, err: stderr };
}

writeFileSync(join(room, "a.yaml"), "kind: X\n");

const rows: readonly [args: string, status: number, says: RegExp, why: string][] = [
  ["--help", 0, /^Usage: stod/, "help is no fault"],
  ["help exec", 0, /^Usage: stod exec .*[\s\S]*Examples:\n {2}stod exec/, "a command's help has examples"],
  ["aply", 2, /unknown command 'aply'\n\(Did you mean apply\?\)/, "a command that does not exist"],
  [
    "get --nmespace x",
    2,
    /unknown option '--nmespace'\n\(Did you mean --namespace\?\)/,
    "an option that does not exist",
  ],
  ["get", 2, /missing required argument 'kind'/, "an argument that is missing"],
  ["get vz", 2, /^error {2}there is no kind vz\.\n {2}Did you mean vs\?\n$/, "a kind that does not exist"],
  ["get vs -o xml", 2, /Allowed choices are table, json, yaml/, "a form that does not exist"],
  ["status", 1, /^error {2}\S+none: no mesh runs with this state\.\n {2}\S/, "a mesh that does not run"],
  ["scale web", 2, /web is no SERVICE=N/, "a scale that is none"],
  ["apply -f nowhere.yaml", 1, /nowhere\.yaml: there is no such file/, "a file that is not there"],
  [`apply -f ${room}/a.yaml`, 1, /no mesh runs/, "a file that is there, and no mesh"],
  ["delete", 2, /no object was named/, "nothing to delete"],
  ["up --port-base many", 2, /It is a port from 1 to 65535/, "a port that is none"],
  ["exec web", 2, /missing required argument 'command'/, "no command"],
  ["completion tcsh", 2, /no completion for tcsh\.\n {2}There is one for bash, zsh and fish\./, "another shell"],
];

for (const [args, status, says, why] of rows) {
  test(`stod ${args.replaceAll(room, "DIR")} exits with ${status}: ${why}`, () => {
    const { status: was, out, err } = stod(args.split(" "));
    assert.match(out + err, says);
    assert.doesNotMatch(out + err, /\n\s+at .*:\d+/, "no stack trace");
    assert.equal(was, status);
  });
}

test("STOD_DEBUG=1 shows where a fault came from", () => {
  assert.match(stod(["status"], { STOD_DEBUG: "1" }).err, /\n\s+at .*running-meshes\.ts:\d+/);
});

test("version is there for machines", () => {
  assert.equal(JSON.parse(stod(["version", "-o", "json"]).out).node, process.versions.node);
});

for (const [words, offered] of [
  ["stod pro", ["proxy-status", "proxy-config"]],
  ["stod proxy-config cl", ["clusters"]],
  ["stod apply --", ["--filename", "--namespace", "--wait", "--dry-run", "--output", "--state", "--help"]],
] as const) {
  test(`bash completes "${words}" to ${offered.join(", ")}`, () => {
    const script = `${stod(["completion", "bash"]).out}
      COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _stod; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const found = execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split("\n");
    assert.deepEqual(found.sort(), [...offered].sort());
  });
}
