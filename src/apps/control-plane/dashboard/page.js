/** Shows who is connected and what there is to say, and again at each change that goes out. */
async function show() {
  const [status, { proxies }, { findings }] = await Promise.all(
    ["/v1/status", "/v1/proxies", "/v1/findings"].map(async (path) => (await fetch(path)).json()),
  );
  document.querySelector("#summary").textContent =
    `${status.services} services, ${status.workloads} workloads, ` +
    `${status.proxies.synced} of ${status.proxies.connected} proxies up to date`;
  document.querySelector("#proxies tbody").replaceChildren(...proxies.map(proxyRow));
  document.querySelector("#findings").replaceChildren(...findings.map(findingItem));
}

function proxyRow({ name, namespace, kind, envoy, types }) {
  const states = Object.values(types).map(({ state }) => state);
  const state = ["refused", "pending"].find((each) => states.includes(each)) ?? "synced";
  const row = document.createElement("tr");
  row.append(...[name, namespace, kind, envoy, state].map((text) => element("td", text)));
  row.lastChild.className = state;
  return row;
}

function findingItem({ code, severity, object, path, says, help }) {
  const where = object ? `${object.kind} ${object.namespace}/${object.name} ${path}: ` : "";
  const item = element("li", `${severity} ${code}: ${where}${says}. ${help}`);
  item.className = severity;
  return item;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** One line for each change; a reader that falls behind just looks again. */
async function follow() {
  const { body } = await fetch("/v1/changes");
  const reader = body.getReader();
  for (;;) {
    const { done } = await reader.read();
    if (done) return;
    await show();
  }
}

await show();
await follow();
