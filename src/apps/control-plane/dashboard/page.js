/**
 * The mesh's token comes in the address, behind the `#`, and is kept for as long as the tab is open. It is not in a
 * cookie: cookies go to all ports of a host, so that the mesh's own workloads would get it.
 */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token !== null) {
    sessionStorage.setItem("token", token);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("token") ?? "";
}

const token = takeToken();

async function ask(path) {
  const answer = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
  if (answer.ok) return answer;
  const { error } = await answer.json();
  throw new Error(`${error.says}. ${error.help}`);
}

/** Shows who is connected and what there is to say, and again at each change that goes out. */
async function show() {
  const [status, { proxies }, { findings }] = await Promise.all(
    ["/v1/status", "/v1/proxies", "/v1/findings"].map(async (path) => (await ask(path)).json()),
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
  const { body } = await ask("/v1/changes");
  const reader = body.getReader();
  for (;;) {
    const { done } = await reader.read();
    if (done) return;
    await show();
  }
}

try {
  await show();
  await follow();
} catch (fault) {
  document.querySelector("#summary").textContent = fault.message;
}
