import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change, Keyed } from "#graph/collection.ts";
import { createGraph } from "#graph/graph.ts";

interface Item extends Keyed {
  readonly value: string;
}

const item = (key: string, value = ""): Item => ({ key, value });
const shown = (items: Iterable<Item>) => [...items].map(({ key, value }) => `${key}=${value}`).join(" ");

/** One input, and a derivation of it that counts its runs. */
function counted(fn: (input: Item) => Iterable<Item>) {
  const graph = createGraph();
  const from = graph.input<Item>("from");
  const runs: string[] = [];
  const to = graph.derive("to", from, (input) => {
    runs.push(input.key);
    return fn(input);
  });
  return { graph, from, to, runs };
}

test("an item is derived once, and not again for the sake of its neighbours", () => {
  const { graph, from, to, runs } = counted(({ key, value }) => [item(key, `<${value}>`)]);
  from.set(item("a", "1"));
  from.set(item("b", "2"));
  graph.settle();
  from.set(item("b", "3"));
  graph.settle();
  assert.equal(shown(to.values()), "a=<1> b=<3>");
  assert.deepEqual(runs, ["a", "b", "b"]);
});

test("setting what is there already is no change", () => {
  const { graph, from, runs } = counted((input) => [input]);
  from.set(item("a", "1"));
  graph.settle();
  from.set(item("a", "1"));
  graph.settle();
  assert.deepEqual(runs, ["a"]);
});

test("an output that comes out equal stops the change there", () => {
  const { graph, from, to } = counted(({ key, value }) => [item(key, value.slice(0, 1))]);
  let later = 0;
  graph.derive("later", to, () => {
    later++;
    return [];
  });
  from.set(item("a", "x1"));
  graph.settle();
  const before = to.get("a");
  from.set(item("a", "x2"));
  graph.settle();
  assert.equal(later, 1);
  assert.equal(to.get("a"), before, "the old item is kept");
});

test("an `equal` of its own decides what counts as a change", () => {
  const graph = createGraph();
  const from = graph.input<Item>("from", { equal: (a, b) => a.value.length === b.value.length });
  from.set(item("a", "one"));
  graph.settle();
  from.set(item("a", "two"));
  graph.settle();
  assert.equal(from.get("a")?.value, "one");
});

test("a read of a missing key, and of an index value that nothing has, is remembered", () => {
  const graph = createGraph();
  const from = graph.input<Item>("from");
  const others = graph.input<Item>("others");
  const byValue = graph.index(others, ({ value }) => value.split(","));
  const to = graph.derive("to", from, ({ key }, read) => [
    item(key, `${read.one(others, "late")?.value ?? "none"}/${read.where(byValue, "x").map((other) => other.key)}`),
  ]);
  const states: string[] = [];
  const settled = () => {
    graph.settle();
    states.push(to.get("a")?.value ?? "");
  };
  from.set(item("a"));
  settled();
  others.set(item("late", "v"));
  settled();
  others.set(item("z", "x,y"));
  others.set(item("y", "x"));
  settled();
  others.set(item("z", "y"));
  settled();
  others.delete("late");
  settled();
  assert.deepEqual(states, ["none/", "v/", "v/y,z", "v/y", "none/y"]);
});

test("what is no longer read is no longer a reason to run", () => {
  const graph = createGraph();
  const from = graph.input<Item>("from");
  const others = graph.input<Item>("others");
  let runs = 0;
  graph.derive("to", from, ({ value }, read) => {
    runs++;
    read.one(others, value);
    return [];
  });
  for (const value of ["x", "y"]) {
    from.set(item("a", value));
    graph.settle();
  }
  others.set(item("x", "1"));
  graph.settle();
  assert.equal(runs, 2);
  others.set(item("y", "1"));
  graph.settle();
  assert.equal(runs, 3);
});

test("a derivation and an index made late start with what is there", () => {
  const graph = createGraph();
  const from = graph.input<Item>("from");
  from.set(item("a", "v"));
  graph.settle();
  const byValue = graph.index(from, ({ value }) => [value]);
  const to = graph.derive("to", from, ({ key }, read) => [item(key, `${read.where(byValue, "v").length}`)]);
  graph.settle();
  assert.equal(shown(to.values()), "a=1");
});

test("watchers hear what changed, once, and when all of it is there", () => {
  const { graph, from, to } = counted(({ key, value }) => [item(key, `<${value}>`)]);
  const heard: Change<Item>[] = [];
  const stop = graph.watch(to, (changes) => {
    heard.push(...changes);
    for (const { key, after } of changes) assert.equal(to.get(key), after);
  });
  from.set(item("a", "1"));
  from.set(item("a", "2"));
  assert.equal(from.get("a"), undefined, "input waits for the settle");
  graph.settle();
  from.delete("a");
  from.set(item("b", "1"));
  graph.settle();
  stop();
  from.delete("b");
  graph.settle();
  assert.deepEqual(heard, [
    { key: "a", before: undefined, after: item("a", "<2>") },
    { key: "a", before: item("a", "<2>"), after: undefined },
    { key: "b", before: undefined, after: item("b", "<1>") },
  ]);
});

test("what a watcher sets is settled before settle returns, and its settle is the one under way", () => {
  const { graph, from, to } = counted((input) => [input]);
  graph.watch(to, (changes) => {
    for (const { after } of changes) if (after && after.value.length < 4) from.set(item(after.key, `${after.value}.`));
    graph.settle();
  });
  from.set(item("a", ""));
  graph.settle();
  assert.equal(shown(to.values()), "a=....");
});

test("watchers that answer each other for ever are stopped", () => {
  const { graph, from, to } = counted((input) => [input]);
  graph.watch(to, () => from.set(item("a", `${Number(to.get("a")?.value) + 1}`)));
  from.set(item("a", "0"));
  assert.throws(() => graph.settle(), /does not settle/);
});

test("a watcher that throws keeps no other from hearing, and settle throws it", () => {
  const { graph, from, to } = counted((input) => [input]);
  let heard = 0;
  graph.watch(to, () => {
    throw new Error("watcher fell over");
  });
  graph.watch(to, () => heard++);
  from.set(item("a"));
  assert.throws(() => graph.settle(), /watcher fell over/);
  assert.equal(heard, 1);
});

test("a derivation that throws keeps its last good output, and heals", () => {
  const { graph, from, to } = counted(({ key, value }) => {
    if (value === "bad") throw new Error("no good");
    return [item(key, value)];
  });
  const news: string[] = [];
  graph.watchProblems((changes) => {
    for (const { before, after } of changes) news.push(`${before?.error.message} → ${after?.error.message}`);
  });
  for (const value of ["good", "bad", "better"]) {
    from.set(item("a", value));
    graph.settle();
    if (value !== "bad") continue;
    assert.equal(shown(to.values()), "a=good");
    const [problem] = graph.problems();
    assert.deepEqual([problem?.collection, problem?.inputKey, problem?.error.message], ["to", "a", "no good"]);
  }
  assert.equal(shown(to.values()), "a=better");
  assert.deepEqual(news, ["undefined → no good", "no good → undefined"]);
});

test("an input that goes takes its problem along", () => {
  const { graph, from } = counted(() => {
    throw new Error("never good");
  });
  from.set(item("a"));
  graph.settle();
  assert.equal(graph.problems().length, 1);
  from.delete("a");
  graph.settle();
  assert.deepEqual(graph.problems(), []);
});

test("of two inputs that yield one key, the older keeps it until it goes", () => {
  const { graph, from, to } = counted(({ key, value }) => [item(value, `of ${key}`)]);
  from.set(item("b", "k"));
  graph.settle();
  from.set(item("a", "k"));
  graph.settle();
  assert.equal(shown(to.values()), "k=of b");
  assert.deepEqual(
    graph.problems().map(({ inputKey, outputKey, error }) => [inputKey, outputKey, error.message]),
    [["a", "k", 'to: "b" and "a" of from both yield the key "k"; "b" had it first and keeps it']],
  );
  from.delete("b");
  graph.settle();
  assert.equal(shown(to.values()), "k=of a");
  assert.deepEqual(graph.problems(), []);
});

const wrong: readonly [what: string, yields: (input: Item) => Iterable<Item>, says: RegExp][] = [
  ["one key twice", () => [item("k", "1"), item("k", "2")], /yields the key "k" twice/],
  ["something without a key", () => [{} as Item], /has no key/],
  ["undefined", () => [undefined as unknown as Item], /has no key/],
];
for (const [what, yields, says] of wrong) {
  test(`an input that yields ${what} is a problem`, () => {
    const { graph, from, to } = counted(yields);
    from.set(item("a"));
    graph.settle();
    assert.equal(to.size, 0);
    assert.match(graph.problems()[0]?.error.message ?? "", says);
  });
}

test("inside a derivation, only its read answers, and only of what was created before", () => {
  const graph = createGraph();
  const from = graph.input<Item>("from");
  const other = createGraph().input<Item>("other");
  const tries: readonly [() => unknown, RegExp][] = [
    [() => from.get("a"), /ask through its read/],
    [() => from.set(item("b")), /set nothing/],
    [() => graph.settle(), /graph.settle was used in/],
  ];
  graph.derive("to", from, (_input, read) => {
    for (const [tried, says] of tries) assert.throws(tried, says);
    assert.throws(() => read.one(later, "a"), /created before/);
    assert.throws(() => read.all(other), /not of this graph/);
    return [];
  });
  const later = graph.input<Item>("later");
  from.set(item("a"));
  graph.settle();
  assert.deepEqual(graph.problems(), []);
});

test("a read that outlives its derivation says so", () => {
  const graph = createGraph();
  const from = graph.input<Item>("from");
  let leaked = () => {};
  graph.derive("to", from, (_input, read) => {
    leaked = () => void read.all(from);
    return [];
  });
  from.set(item("a"));
  graph.settle();
  assert.throws(leaked, /after its derivation had returned/);
});

test("an index whose valuesOf throws has the item under no value, and a problem", () => {
  const graph = createGraph();
  const from = graph.input<Item>("from");
  const index = graph.index(from, ({ value }) => {
    if (value === "bad") throw new Error("no value");
    return [value];
  });
  const all = graph.input<Item>("all");
  const to = graph.derive("to", all, ({ key }, read) => [item(key, `${read.where(index, "good").length}`)]);
  all.set(item("x"));
  for (const [value, found, problems] of [
    ["good", "1", 0],
    ["bad", "0", 1],
    ["good", "1", 0],
  ] as const) {
    from.set(item("a", value));
    graph.settle();
    assert.equal(to.get("x")?.value, found);
    assert.equal(graph.problems().length, problems);
  }
});

test("explain goes down to the inputs, through indexes, lists and other derivations", () => {
  const graph = createGraph();
  const services = graph.input<Item>("services");
  const slices = graph.input<Item>("slices");
  const policies = graph.input<Item>("policies");
  const byService = graph.index(slices, ({ value }) => [value]);
  const endpoints = graph.derive("endpoints", services, ({ key }, read) =>
    read.where(byService, key).map((slice) => item(`${key}/${slice.key}`)),
  );
  const both = graph.union("both", endpoints, policies);
  const clusters = graph.derive("clusters", both, ({ key }, read) => {
    read.one(services, "not there");
    return [item(key, `${read.all(policies).length}`)];
  });
  services.set(item("reviews"));
  services.set(item("ratings"));
  slices.set(item("s1", "reviews"));
  slices.set(item("s2", "ratings"));
  policies.set(item("p"));
  graph.settle();
  const names = graph.explain(clusters, "reviews/s1").map(({ collection, key }) => `${collection} ${key}`);
  assert.deepEqual(names, ["policies p", "services reviews", "slices s1"]);
  assert.deepEqual(graph.explain(services, "reviews"), [{ collection: "services", key: "reviews" }]);
  assert.deepEqual(graph.explain(clusters, "nobody"), []);
});

test("a union shows the item of the collection listed first", () => {
  const graph = createGraph();
  const first = graph.input<Item>("first");
  const second = graph.input<Item>("second");
  const both = graph.union("both", first, second);
  second.set(item("a", "2"));
  second.set(item("b", "2"));
  graph.settle();
  first.set(item("a", "1"));
  graph.settle();
  assert.equal(shown(both.values()), "a=1 b=2");
  first.delete("a");
  graph.settle();
  assert.equal(shown(both.values()), "a=2 b=2");
});

test("two collections of one name are refused", () => {
  const graph = createGraph();
  graph.input("services");
  assert.throws(() => graph.input("services"), /two collections "services"/);
});

/** A graph whose settling takes some 40 slices. */
function slow() {
  const built = counted(({ key, value }) => {
    for (const until = performance.now() + 2; performance.now() < until; );
    return [item(key, value)];
  });
  for (let i = 0; i < 80; i++) built.from.set(item(`${i}`, "old"));
  return built;
}

test("a yielding settle lets others have their turn, shows them nothing unfinished, and takes up what they set", async () => {
  const { graph, from, to } = slow();
  graph.settle();
  const rounds: string[][] = [];
  graph.watch(to, (changes) => rounds.push(changes.map(({ after }) => after?.value ?? "")));
  for (let i = 0; i < 80; i++) from.set(item(`${i}`, "new"));
  const settled = graph.settleYielding();
  let turns = 0;
  const ticking = setInterval(() => {
    turns++;
    const values = new Set([...to.values()].map(({ value }) => value));
    if (rounds.length === 0) assert.deepEqual([...values, to.get("0")?.value, to.size], ["old", "old", 80]);
    if (turns === 2) from.set(item("0", "newer"));
  });
  await settled;
  clearInterval(ticking);
  assert.ok(turns >= 5, `there were ${turns} turns`);
  assert.deepEqual(rounds, [Array(80).fill("new"), ["newer"]]);
});

test("a settle that comes upon a yielding one finishes it", async () => {
  const { graph, from, to } = slow();
  const settled = graph.settleYielding();
  await new Promise((resume) => setImmediate(resume));
  assert.equal(to.size, 0);
  from.set(item("late", "new"));
  graph.settle();
  assert.equal(to.size, 81);
  await settled;
});
