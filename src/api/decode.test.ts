import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { type Decoding, decodeDocuments, decodeValue } from "./decode.ts";
import { isKind } from "./objects.ts";

const options = { file: "mesh/x.yaml", defaultNamespace: "shop", source: "test" };

function decode(text: string): Decoding {
  return decodeDocuments(text, options);
}

/** A VirtualService whose one HTTP route has these lines, from line 7 on. */
function route(...lines: string[]): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http:
  - ${["route: [{ destination: { host: reviews } }]", ...lines].join("\n    ")}
`;
}

/** An object of a kind with this spec, on one line each. */
function object(apiVersion: string, kind: string, spec: string, metadata = "{ name: x }"): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;
}

const istio = "networking.istio.io/v1";
const service = (spec: string, metadata?: string) => object("v1", "Service", spec, metadata);

test("an object gets its default namespace, its key, a typed spec, and the way back to its lines", () => {
  const { documents, findings } = decode(route("timeout: 1m0.25s", "retries: { attempts: 3, perTryTimeout: 250ms }"));
  assert.deepEqual(findings, []);
  const [decoded] = documents;
  assert(decoded?.is === "object" && isKind(decoded.object, "VirtualService"));
  const { key, metadata, spec, origin } = decoded.object;
  assert.equal(key, "shop/reviews");
  assert.equal(metadata.namespace, "shop");
  const [http] = spec.http;
  assert.equal(http?.route[0]?.destination?.host, "reviews");
  assert.equal(http?.timeout && durationMs(http.timeout), 60_250);
  assert.equal(http?.retries?.perTryTimeout && durationMs(http.retries.perTryTimeout), 250);
  assert.equal(origin.file, "mesh/x.yaml");
  assert.equal(origin.lineOf("spec.http[0].retries.attempts"), 9);
});

test("a Service gets Kubernetes' defaults", () => {
  const text = service("{ ports: [{ port: 80, name: a }, { port: 81, name: b, targetPort: web }] }");
  const [decoded] = decode(text).documents;
  assert(decoded?.is === "object" && isKind(decoded.object, "Service"));
  const { spec } = decoded.object;
  assert.equal(spec.type, "ClusterIP");
  assert.deepEqual(spec.selector, {});
  assert.deepEqual(
    spec.ports.map(({ name, port, targetPort, protocol }) => ({ name, port, targetPort, protocol })),
    [
      { name: "a", port: 80, targetPort: 80, protocol: "TCP" },
      { name: "b", port: 81, targetPort: "web", protocol: "TCP" },
    ],
  );
});

test("each version of a kind decodes to the same", () => {
  const specs = ["v1", "v1beta1", "v1alpha3"].map((version) => {
    const [decoded] = decode(
      object(`networking.istio.io/${version}`, "DestinationRule", "{ host: reviews }"),
    ).documents;
    return decoded?.is === "object" ? decoded.object.spec : decoded;
  });
  assert.deepEqual(specs[1], specs[0]);
  assert.deepEqual(specs[2], specs[0]);
});

test("a List counts as what is in it, and lines lead into it", () => {
  const text = `kind: List\napiVersion: v1\nitems:\n- ${route("timeout: 1s").replaceAll("\n", "\n  ")}\n- kind: Nonsense\n`;
  const { documents, findings } = decode(text);
  assert.deepEqual(
    documents.map(({ is }) => is),
    ["object", "refused"],
  );
  const [decoded] = documents;
  assert.equal(decoded?.is === "object" && decoded.object.origin.lineOf("spec.http[0].timeout"), 11);
  assert.equal(findings[0]?.line, 13);
});

interface Refusal {
  readonly text: string;
  readonly code: string;
  readonly path: string;
  readonly line: number | undefined;
  readonly says: RegExp;
  readonly help?: RegExp;
}

const refusals: readonly [what: string, refusal: Refusal][] = [
  [
    "a misspelt field",
    {
      text: route("timout: 1s"),
      code: "STOD0102",
      path: "spec.http[0].timout",
      line: 8,
      says: /no field timout/,
      help: /mean timeout\?/,
    },
  ],
  [
    "a field in the wrong case",
    {
      text: route("retries: { pertrytimeout: 1s }"),
      code: "STOD0102",
      path: "spec.http[0].retries.pertrytimeout",
      line: 8,
      says: /retries has no field/,
      help: /mean perTryTimeout\?/,
    },
  ],
  [
    "a field of no kind",
    {
      text: route("zebra: 1"),
      code: "STOD0102",
      path: "spec.http[0].zebra",
      line: 8,
      says: /zebra/,
      help: /write one of /,
    },
  ],
  [
    "a misspelt field of a Service",
    {
      text: service("{ ports: [{ port: 80, protcol: TCP }] }"),
      code: "STOD0102",
      path: "spec.ports[0].protcol",
      line: 4,
      says: /protcol/,
      help: /mean protocol\?/,
    },
  ],
  [
    "a field beside spec",
    {
      text: `${route()}sepc: {}\n`,
      code: "STOD0102",
      path: "sepc",
      line: 8,
      says: /VirtualService has no field sepc/,
      help: /mean spec\?/,
    },
  ],
  [
    "a field __proto__",
    {
      text: route("__proto__: { timeout: 1s }"),
      code: "STOD0102",
      path: "spec.http[0].__proto__",
      line: 8,
      says: /__proto__/,
    },
  ],
  [
    "a field constructor",
    { text: route("constructor: 1"), code: "STOD0102", path: "spec.http[0].constructor", line: 8, says: /constructor/ },
  ],
  [
    "a text for a number",
    {
      text: route('retries: { attempts: "3" }'),
      code: "STOD0103",
      path: "spec.http[0].retries.attempts",
      line: 8,
      says: /the text "3", where a whole number/,
      help: /Write 3, without quotes/,
    },
  ],
  [
    "a fraction for a whole number",
    {
      text: route("retries: { attempts: 1.5 }"),
      code: "STOD0103",
      path: "spec.http[0].retries.attempts",
      line: 8,
      says: /the number 1.5/,
    },
  ],
  [
    "yes for true",
    {
      text: object(
        istio,
        "Gateway",
        "{ servers: [{ port: { number: 80, protocol: HTTP, name: a }, hosts: ['*'], tls: { httpsRedirect: yes } }] }",
      ),
      code: "STOD0103",
      path: "spec.servers[0].tls.httpsRedirect",
      line: 4,
      says: /the text "yes", where true or false/,
      help: /Write true, without/,
    },
  ],
  [
    "a number for a text",
    {
      text: object(istio, "DestinationRule", "{ host: 42 }"),
      code: "STOD0103",
      path: "spec.host",
      line: 4,
      says: /the number 42, where text/,
      help: /quotes: "42"/,
    },
  ],
  [
    "one value for a list",
    {
      text: object(istio, "VirtualService", "{ hosts: reviews }"),
      code: "STOD0103",
      path: "spec.hosts",
      line: 4,
      says: /where a list/,
      help: /\[reviews\]/,
    },
  ],
  [
    "a map for a list",
    {
      text: object(istio, "VirtualService", "{ hosts: [a], http: { route: [] } }"),
      code: "STOD0103",
      path: "spec.http",
      line: 4,
      says: /a map, where a list/,
      help: /dash/,
    },
  ],
  [
    "an empty field",
    {
      text: object(istio, "VirtualService", "{ hosts: [a], http: }"),
      code: "STOD0103",
      path: "spec.http",
      line: 4,
      says: /nothing, where a list/,
      help: /take the field out/,
    },
  ],
  [
    "a spec that is a list",
    {
      text: object(istio, "VirtualService", "[]"),
      code: "STOD0103",
      path: "spec",
      line: 4,
      says: /a list, where a map/,
    },
  ],
  [
    "a field that is missing",
    {
      text: service("{ ports: [{ name: a }] }"),
      code: "STOD0104",
      path: "spec.ports[0]",
      line: 4,
      says: /needs the field port/,
      help: /Write port/,
    },
  ],
  [
    "a value that is near one of those allowed",
    {
      text: object("security.istio.io/v1", "PeerAuthentication", "{ mtls: { mode: STRIKT } }"),
      code: "STOD0105",
      path: "spec.mtls.mode",
      line: 4,
      says: /"STRIKT"/,
      help: /mean STRICT\?.*PERMISSIVE/,
    },
  ],
  [
    "a value that is none of those allowed",
    {
      text: service("{ type: Cluster, ports: [{ port: 80 }] }"),
      code: "STOD0105",
      path: "spec.type",
      line: 4,
      says: /"Cluster"/,
      help: /ClusterIP, NodePort/,
    },
  ],
  [
    "a port out of range",
    {
      text: service("{ ports: [{ port: 65536 }] }"),
      code: "IST0106",
      path: "spec.ports[0].port",
      line: 4,
      says: /65536 must be <= 65535/,
    },
  ],
  [
    "two matches where one may be",
    {
      text: route("match: [{ uri: { exact: /a, prefix: /b } }]"),
      code: "IST0106",
      path: "spec.http[0].match[0].uri",
      line: 8,
      says: /uri has exact, prefix/,
      help: /Keep the one/,
    },
  ],
  [
    "a duration that is none",
    {
      text: route("timeout: soon"),
      code: "IST0106",
      path: "spec.http[0].timeout",
      line: 8,
      says: /duration greater than 1ms/,
    },
  ],
  [
    "a duration that is too short",
    {
      text: route("timeout: 0.5ms"),
      code: "IST0106",
      path: "spec.http[0].timeout",
      line: 8,
      says: /duration greater than 1ms/,
    },
  ],
  [
    "a rule on map keys",
    {
      text: object(
        "security.istio.io/v1",
        "PeerAuthentication",
        "{ selector: { matchLabels: { app: x } }, portLevelMtls: { 99999: { mode: STRICT } } }",
      ),
      code: "IST0106",
      path: "spec.portLevelMtls",
      line: 4,
      says: /port must be between/,
    },
  ],
  [
    "a rule on the whole spec",
    {
      text: object("security.istio.io/v1", "PeerAuthentication", "{ portLevelMtls: { 80: { mode: STRICT } } }"),
      code: "IST0106",
      path: "spec",
      line: 4,
      says: /portLevelMtls requires selector/,
    },
  ],
  [
    "a rule on a spec that is not there",
    {
      text: "apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: { name: x }\n",
      code: "IST0106",
      path: "spec",
      line: 1,
      says: /Address is required/,
    },
  ],
  [
    "ports without names",
    {
      text: service("{ ports: [{ port: 80 }, { port: 81 }] }"),
      code: "IST0106",
      path: "spec.ports",
      line: 4,
      says: /each port needs a name/,
    },
  ],
  [
    "a regular expression with lookahead",
    {
      text: route("match: [{ uri: { regex: '^/(?!admin)' } }]"),
      code: "STOD0113",
      path: "spec.http[0].match[0].uri.regex",
      line: 8,
      says: /no lookahead/,
      help: /RE2/,
    },
  ],
  [
    "a backreference in a header match",
    {
      text: route("match: [{ headers: { x-id: { regex: '(a)\\1' } } }]"),
      code: "STOD0113",
      path: "spec.http[0].match[0].headers.x-id.regex",
      line: 8,
      says: /no backreferences/,
    },
  ],
  [
    "a bad regular expression of a rewrite",
    {
      text: route("rewrite: { uriRegexRewrite: { match: '[', rewrite: x } }"),
      code: "STOD0113",
      path: "spec.http[0].rewrite.uriRegexRewrite.match",
      line: 8,
      says: /missing closing/,
    },
  ],
  [
    "a name with capitals",
    {
      text: service("{}", "{ name: Reviews }"),
      code: "STOD0112",
      path: "metadata.name",
      line: 3,
      says: /Reviews is not made of/,
    },
  ],
  [
    "a service's name with a dot",
    {
      text: service("{}", "{ name: a.b }"),
      code: "STOD0112",
      path: "metadata.name",
      line: 3,
      says: /a\.b is not made of/,
    },
  ],
  [
    "a service's name that starts with a digit",
    {
      text: service("{}", "{ name: 1a }"),
      code: "STOD0112",
      path: "metadata.name",
      line: 3,
      says: /starts with a digit/,
    },
  ],
  [
    "a name that is too long",
    {
      text: service("{}", `{ name: ${"a".repeat(64)} }`),
      code: "STOD0112",
      path: "metadata.name",
      line: 3,
      says: /64 characters long, and 63/,
    },
  ],
  [
    "a bad namespace",
    {
      text: service("{}", "{ name: a, namespace: a/b }"),
      code: "STOD0112",
      path: "metadata.namespace",
      line: 3,
      says: /namespace a\/b/,
    },
  ],
  [
    "a label that is a number",
    {
      text: service("{}", "{ name: a, labels: { version: 1.10 } }"),
      code: "STOD0103",
      path: "metadata.labels.version",
      line: 3,
      says: /the number 1.1, where text/,
      help: /quotes/,
    },
  ],
  [
    "a label __proto__",
    {
      text: service("{}", "{ name: a, labels: { __proto__: x } }"),
      code: "STOD0112",
      path: "metadata.labels.__proto__",
      line: 3,
      says: /label key __proto__/,
    },
  ],
  [
    "a label's value that is no name",
    {
      text: service("{}", "{ name: a, labels: { app: 'a b' } }"),
      code: "STOD0112",
      path: "metadata.labels.app",
      line: 3,
      says: /label's value a b/,
    },
  ],
  [
    "labels that are a list",
    {
      text: service("{}", "{ name: a, labels: [a] }"),
      code: "STOD0103",
      path: "metadata.labels",
      line: 3,
      says: /a list, where a map of texts/,
    },
  ],
  [
    "a time that is none",
    {
      text: service("{}", "{ name: a, creationTimestamp: yesterday }"),
      code: "STOD0103",
      path: "metadata.creationTimestamp",
      line: 3,
      says: /where a time/,
    },
  ],
  [
    "a misspelt metadata field",
    {
      text: service("{}", "{ name: a, lables: {} }"),
      code: "STOD0102",
      path: "metadata.lables",
      line: 3,
      says: /lables/,
      help: /mean labels\?/,
    },
  ],
  [
    "an unknown kind",
    {
      text: object(istio, "VirtualServices", "{}"),
      code: "STOD0109",
      path: "kind",
      line: 2,
      says: /no kind VirtualServices/,
      help: /mean kind: VirtualService /,
    },
  ],
  [
    "a kind in the wrong group",
    {
      text: object("istio.io/v1", "VirtualService", "{}"),
      code: "STOD0109",
      path: "kind",
      line: 2,
      says: /in istio\.io\/v1/,
      help: /apiVersion: networking\.istio\.io\/v1\?/,
    },
  ],
  [
    "a kind from elsewhere",
    {
      text: object("example.com/v1", "Elephant", "{}"),
      code: "STOD0109",
      path: "kind",
      line: 2,
      says: /Elephant/,
      help: /stod acts on: Service, VirtualService/,
    },
  ],
  [
    "an unknown version",
    {
      text: object("networking.istio.io/v2", "Gateway", "{}"),
      code: "STOD0110",
      path: "apiVersion",
      line: 1,
      says: /v2 is no version of Gateway/,
      help: /apiVersion: networking\.istio\.io\/v1 /,
    },
  ],
];

for (const [what, { text, code, path, line, says, help }] of refusals) {
  test(`refused: ${what}`, () => {
    const { documents, findings } = decode(text);
    assert.deepEqual(
      documents.map(({ is }) => is),
      ["refused"],
    );
    assert.deepEqual(
      findings.map((one) => [one.code, one.path, one.line]),
      [[code, path, line]],
    );
    assert.match(findings[0]?.says ?? "", says);
    if (help !== undefined) assert.match(findings[0]?.help ?? "", help);
  });
}

const nameless: readonly [what: string, text: string, code: string, line: number][] = [
  ["a text", "hello", "STOD0108", 1],
  ["a list", "- a", "STOD0108", 1],
  ["no kind", "# note\napiVersion: v1\nmetadata: { name: a }", "STOD0108", 2],
  ["no apiVersion", "kind: Service\nmetadata: { name: a }", "STOD0108", 1],
  ["no metadata", "apiVersion: v1\nkind: Service", "STOD0108", 1],
  ["no name", "apiVersion: v1\nkind: Service\nmetadata: {}", "STOD0108", 1],
  ["a name that is a number", "apiVersion: v1\nkind: Service\nmetadata: { name: 1 }", "STOD0108", 1],
  ["broken YAML", "a: [", "STOD0101", 1],
  ["a duplicate key", "kind: Service\nkind: Gateway", "STOD0107", 2],
  ["too much of it", `kind: ${"[".repeat(70)}${"]".repeat(70)}`, "STOD0106", 1],
];

for (const [what, text, code, line] of nameless) {
  test(`refused without a name to remember: ${what}`, () => {
    const { documents, findings } = decode(text);
    assert.deepEqual(documents, [{ is: "refused", ref: undefined }]);
    assert.deepEqual(
      findings.map((one) => [one.code, one.line, one.file]),
      [[code, line, "mesh/x.yaml"]],
    );
  });
}

test("a bad object is refused by name, and its neighbours are decoded", () => {
  const { documents, findings } = decode(
    `${service("{}")}---\n${route("timout: 1s")}---\n${service("{}", "{ name: y }")}`,
  );
  assert.deepEqual(
    documents.map((one) => (one.is === "object" ? one.object.key : one.ref)),
    ["shop/x", { kind: "VirtualService", namespace: "shop", name: "reviews" }, "shop/y"],
  );
  assert.equal(findings[0]?.line, 13);
});

test("an object that is there twice counts once, and the finding names both lines", () => {
  const { documents, findings } = decode(`${service("{}")}---\n${service("{}")}`);
  assert.equal(documents.length, 1);
  assert.deepEqual(
    findings.map(({ code, line }) => [code, line]),
    [["STOD0114", 6]],
  );
  assert.match(findings[0]?.says ?? "", /line 1/);
});

test("of one object no more than 20 faults are told", () => {
  const fields = Array.from({ length: 500 }, (_, nth) => `zebra${nth}: 1`);
  assert.equal(decode(route(...fields)).findings.length, 20);
});

test("a kind that stod does not act on is checked and kept, with a warning", () => {
  const { documents, findings } = decode(object(istio, "Sidecar", "{ egress: [{ hosts: ['./*'] }] }"));
  assert.equal(documents[0]?.is, "object");
  assert.deepEqual(
    findings.map(({ code, severity }) => [code, severity]),
    [["STOD0111", "warning"]],
  );
  const wrong = decode(object(istio, "Sidecar", "{ egres: [] }"));
  assert.deepEqual(
    wrong.findings.map(({ code }) => code),
    ["STOD0111", "STOD0102"],
  );
});

test("what only Kubernetes acts on is passed over, with a warning", () => {
  const { documents, findings } = decode(
    `${object("apps/v1", "Deployment", "{ replicas: 2 }")}---\napiVersion: v1\nkind: Secret\nmetadata: { name: s }\ndata: {}\n`,
  );
  assert.deepEqual(documents, []);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ["STOD0111", "STOD0111"],
  );
});

test("the digest is of the content and of the place", () => {
  const digest = (text: string, changed = {}) => {
    const [decoded] = decodeDocuments(text, { ...options, ...changed }).documents;
    return decoded?.is === "object" ? decoded.object.digest : undefined;
  };
  const before = digest(service("{}"));
  assert.equal(digest(service("{}")), before);
  assert.notEqual(digest(service("{ type: NodePort }")), before, "other content");
  assert.notEqual(digest(`\n${service("{}")}`), before, "other lines");
  assert.notEqual(digest(service("{}"), { file: "y.yaml" }), before, "another file");
  assert.notEqual(digest(service("{}"), { source: "store" }), before, "another source");
});

test("what did not change since the last time is not decoded again", () => {
  const first = decodeDocuments(`${service("{}")}---\n${route()}`, options);
  const second = decodeDocuments(`${service("{}")}---\n${route("timeout: 1s")}`, options, first);
  assert.equal(second.documents[0], first.documents[0]);
  assert.notEqual(second.documents[1], first.documents[1]);
});

test("a value that is no text any more is decoded without lines", () => {
  const { documents, findings } = decodeValue(
    { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { prots: [] } },
    options,
  );
  assert.deepEqual(documents, [{ is: "refused", ref: { kind: "Service", namespace: "shop", name: "a" } }]);
  assert.deepEqual(
    findings.map(({ code, line }) => [code, line]),
    [["STOD0102", undefined]],
  );
});

const rubbish: readonly unknown[] = [
  undefined,
  null,
  1,
  "x",
  [],
  {},
  { kind: {} },
  { kind: "List", items: [null] },
  { kind: "Service", apiVersion: "v1", metadata: { name: "a", namespace: 1 } },
];

for (const value of rubbish) {
  test(`${JSON.stringify(value)} is refused and not thrown at`, () => {
    const { documents, findings } = decodeValue(value, options);
    assert.deepEqual(
      documents.map(({ is }) => is),
      ["refused"],
    );
    assert.equal(findings.length, 1);
  });
}
