import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { appCommand, endMesh, type Mesh, startMesh, until } from "../harness/mesh.ts";
import type { Ask } from "../harness/mesh-app-client.ts";

const yaml = `
name: crashes
namespace: town
services:
  server:
    ports: [80:8000/http, 50051:8000/grpc, 9000/tcp]
    command: ${appCommand}
    env: { LISTEN: "8000/http 9000/tcp" }
    replicas: 2
  caller:
    command: ${appCommand}
`;

const asks: readonly Ask[] = [
  { url: "http://server/" },
  { url: "http://server/", fresh: true },
  { url: "http://server/", http: "2" },
  { url: "http://server:50051/echo.Echo/Say", http: "grpc" },
];

let mesh: Mesh;
before(async () => {
  mesh = await startMesh(yaml);
});
after(() => endMesh(mesh));

/** What would change in an Envoy that had to begin anew with anything but endpoints. */
function resets(instance: string): Promise<ReadonlyMap<string, number>> {
  return mesh.statistics(
    instance,
    /^(listener_manager\.(listener_(added|modified|removed|stopped|in_place_updated)|total_.*_draining)|cluster_manager\.cluster_(added|modified|removed))$/,
  );
}

/** Kills the control plane, and each new one before it can serve, until it is told to stop or the test ends. */
function keepControlPlaneAway(t: TestContext): { readonly kills: () => number; readonly stop: () => Promise<void> } {
  let kills = 0;
  const stop = new AbortController();
  t.after(() => stop.abort());
  const done = (async () => {
    while (!stop.signal.aborted) {
      const pid = mesh.programPid("control-plane");
      if (pid !== undefined) {
        process.kill(pid, "SIGKILL");
        kills++;
      }
      await delay(10);
    }
  })();
  return {
    kills: () => kills,
    async stop() {
      stop.abort();
      await done;
    },
  };
}

test("a control plane that is killed costs no request, Envoys that start meanwhile serve, and nothing is reset when it returns", async (t) => {
  const caller = mesh.app("caller-0");
  const kept = await caller.connect("server", 9000);
  const load = await caller.load(asks, { pauseMs: 10 });
  await until("requests are under way", async () => (await load.look()).good > 50);
  const before = { caller: await resets("caller-0"), server: await resets("server-0") };

  const away = keepControlPlaneAway(t);
  await until("it has been killed", () => away.kills() > 0);
  const scaled = await mesh.room.stod("scale", "server=3", "caller=2");
  assert.equal(scaled.status, 0, scaled.err);
  for (const instance of ["server-2", "caller-1"]) {
    for (const ask of asks) {
      const { status, grpcStatus = 0, error, body } = await mesh.app(instance).ask(ask.url, ask);
      assert.deepEqual([status, grpcStatus], [200, 0], `${instance} ${ask.url}: ${error ?? body}`);
    }
  }
  const { good } = await load.look();
  await until("requests go on without it", async () => (await load.look()).good > good + 100);
  await away.stop();

  await until("it is back, and has all proxies", async () => {
    const status = await mesh.controlPlane.status().catch(() => undefined);
    return status !== undefined && status.proxies.connected === 5 && status.proxies.synced === 5;
  });
  await until("the instance that started meanwhile gets requests", async () => {
    const { by } = await load.look();
    return (by["server-2"] ?? 0) > 20;
  });
  await kept.send({ text: "still there?" });
  assert.equal((await kept.read(12)).text, "still there?");
  assert.deepEqual(await resets("caller-0"), before.caller);
  assert.deepEqual(await resets("server-0"), before.server);
  const { bad, badCount } = await load.stop();
  assert.deepEqual([badCount, bad], [0, []]);
});

for (const instance of ["server-0", "caller-0"]) {
  test(`the Envoy of ${instance} that is killed comes back by itself`, async () => {
    const { proxyPid, proxyRestarts = 0, pid } = (await mesh.workload(instance)) ?? {};
    mesh.kill(proxyPid);
    await until("it is back", async () => {
      const now = await mesh.workload(instance);
      return now?.ready === true && now.proxyRestarts === proxyRestarts + 1;
    });
    assert.equal((await mesh.workload(instance))?.pid, pid, "the application was left alone");
    // Whoever calls it has to have heard that it is back.
    for (const ask of asks) {
      await until(`${ask.url} is answered`, async () => {
        const { status } = await mesh.app("caller-0").ask(ask.url, ask);
        return status === 200;
      });
    }
    await until("both instances answer", async () => {
      const answers = await mesh.app("caller-0").many({ url: "http://server/" }, 40);
      return new Set(answers.map(({ echo }) => echo?.by)).has("server-0");
    });
  });
}

test("an agent that is killed comes back with all that it ran", async () => {
  const before = await mesh.workloads();
  process.kill(mesh.programPid("agent") ?? 0, "SIGKILL");
  await until("other processes run, and all are ready", async () => {
    const now = await mesh.workloads().catch(() => []);
    return now.length === before.length && now.every((one, nth) => one.ready && one.pid !== before[nth]?.pid);
  });
  await until("it answers", async () => (await mesh.app("caller-0").ask("http://server/")).status === 200);
  assert.match(mesh.said, /the agent was ended by SIGKILL and is started again/);
});
