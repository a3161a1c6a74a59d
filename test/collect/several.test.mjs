// Probes of several hosts that push to one receiver by HTTP: the page has them all, and what is sent is what changed.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import fc from "fast-check";
import { FakeHost, FakeProbe, samplesOf } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const { pusher, receiver, Registry } = probing;
const TOKEN = "opensesame";
/** A receiver is not told more often than that somebody lives who has nothing to say. */
const IDLE_SECONDS = 60;

/** A collector whose clock is the test's; `status` is what it answers before it looks at a push. */
async function collecting(t, { labels = {} } = {}) {
  const own = { now: 0, status: undefined, bodies: [], registry: new Registry({ labels }) };
  own.begin = () => {
    own.receive = receiver({ token: TOKEN, registry: own.registry, deadAfterSeconds: 300, seconds: () => own.now, onError: () => {} });
    own.handler = own.receive.nodeHandler();
  };
  own.begin();
  const server = createServer((request, response) => {
    own.bodies.push(Number(request.headers["content-length"]));
    if (own.status === undefined) own.handler(request, response);
    else response.writeHead(own.status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  own.url = `http://127.0.0.1:${server.address().port}/push`;
  own.page = async () => {
    await own.receive.settled();
    return samplesOf(new TextDecoder().decode(own.registry.exposeSync().body));
  };
  return own;
}

/** A host with so many processes, its probe, and what pushes for it, by the clock of the collector. */
function hosted(collector, name, processes, labels = { host: name }, options = {}) {
  const host = new FakeHost();
  for (let pid = 1; pid <= processes; pid++) host.process(pid, { comm: "web", threads: 2 });
  const probe = new FakeProbe(host, options, new Registry({ labels }));
  const own = pusher({
    url: collector.url,
    token: TOKEN,
    registry: probe.registry,
    seconds: () => collector.now,
    idleSeconds: IDLE_SECONDS,
    onError: () => {},
  });
  return { host, probe, own };
}

const of = (host, command = "web") => `processes{command="${command}",host="${host}"}`;
const cpu = (host) => `processes_cpu_seconds_total{command="web",mode="user",host="${host}"}`;

test("two hosts on one collector: the page has both, gauges go with the dead one, and its counters stay", async (t) => {
  const collector = await collecting(t);
  const [a, b] = [hosted(collector, "a", 3), hosted(collector, "b", 5)];
  for (const { host, probe, own } of [a, b]) {
    probe.round();
    host.process(1, { comm: "web", user: 700 });
    probe.round();
    assert.equal((await own.push()).outcome, "sent");
  }
  let page = await collector.page();
  assert.deepEqual([page[of("a")], page[of("b")], page[cpu("a")], page[cpu("b")]], [3, 5, 7, 7]);
  // One dies without a word; the other one goes on.
  for (let i = 0; i < 4; i++) {
    collector.now += 100;
    b.probe.round();
    // Nothing but the time is new, and that it lives is said.
    assert.equal((await b.own.push()).outcome, "sent");
  }
  page = await collector.page();
  assert.equal(page[of("b")], 5);
  assert.equal(page[of("a")] ?? 0, 0, "a process that is dead has no processes");
  assert.equal(page[cpu("a")], 7, "what was counted stays");
  // It was only away.
  assert.equal((await a.own.push()).outcome, "nothing");
  page = await collector.page();
  assert.deepEqual([page[of("a")], page[cpu("a")]], [3, 7]);
});

test("hosts without a label are added up", async (t) => {
  const collector = await collecting(t);
  for (const count of [3, 5]) {
    const { probe, own } = hosted(collector, "", count, {});
    probe.round();
    await own.push();
  }
  assert.equal((await collector.page())['processes{command="web"}'], 8);
});

test("what is pushed is what changed: the time alone for a round that found what was there, and without one after a time a beat", async (t) => {
  const collector = await collecting(t);
  const { host, probe, own } = hosted(collector, "a", 1);
  for (let pid = 2; pid <= 60; pid++) host.process(pid, { comm: `c${pid}` });
  probe.round();
  const whole = await own.push();
  assert.equal(whole.outcome, "sent");
  assert.deepEqual(await own.push(), { ...whole, outcome: "nothing", bytes: 0 });
  assert.equal(collector.bodies.length, 1, "nobody was asked");
  probe.round();
  const time = await own.push();
  assert.equal(time.outcome, "sent");
  assert.ok(time.bytes < 200, `${time.bytes} bytes for the time`);
  host.process(7, { comm: "c7", threads: 9 });
  probe.round();
  const changes = await own.push();
  assert.equal(changes.outcome, "sent");
  assert.ok(changes.bytes < whole.bytes / 5, `${changes.bytes} of ${whole.bytes}`);
  assert.equal((await collector.page())['processes_threads{command="c7",host="a"}'], 9);
  collector.now += IDLE_SECONDS + 1;
  assert.equal((await own.push()).outcome, "nothing");
  assert.equal(collector.bodies.length, 4);
  assert.ok(collector.bodies.at(-1) < 64, `${collector.bodies.at(-1)} bytes say that it lives`);
});

test("a push that fails, and a receiver that forgot all, are made good by the next ones", async (t) => {
  const collector = await collecting(t);
  const { host, probe, own } = hosted(collector, "a", 2);
  probe.round();
  await own.push();
  host.process(1, { comm: "web", user: 100 });
  probe.round();
  collector.status = 500;
  assert.equal((await own.push()).outcome, "failed");
  collector.status = undefined;
  collector.now += 100;
  host.process(1, { comm: "web", user: 300 });
  probe.round();
  const changes = await own.push();
  assert.equal(changes.outcome, "sent");
  assert.equal((await collector.page())[cpu("a")], 3);
  // Another one has its place: it asks for all.
  collector.receive.close();
  collector.begin();
  probe.round();
  collector.now += IDLE_SECONDS + 1;
  const whole = await own.push();
  assert.equal(whole.outcome, "sent");
  assert.equal(own.counts.behind, 1);
  assert.ok(whole.bytes > changes.bytes);
  const page = await collector.page();
  assert.deepEqual([page[cpu("a")], page[of("a")]], [3, 2]);
});

test("a thousand pushes at once are few requests, and the last state is there", async (t) => {
  const collector = await collecting(t);
  const { host, probe, own } = hosted(collector, "a", 1);
  probe.round();
  const pushes = [];
  for (let i = 1; i <= 1000; i++) {
    if (i % 100 === 0) {
      host.process(1, { comm: "web", user: i });
      probe.round();
    }
    pushes.push(own.push());
  }
  await Promise.all(pushes);
  assert.ok(collector.bodies.length <= 3, `${collector.bodies.length} requests`);
  assert.equal((await collector.page())[cpu("a")], 10);
});

test("in whatever order hosts push, and however often, the page is the same", async (t) => {
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4], { minLength: 15 });
  await fc.assert(
    fc.asyncProperty(order, async (turns) => {
      const collector = await collecting(t);
      const all = [1, 2, 3, 4, 5].map((count) =>
        hosted(collector, `h${count}`, count, count > 3 ? { host: "same" } : { host: `h${count}` }),
      );
      for (const turn of turns) {
        const { host, probe, own } = all[turn];
        probe.round();
        host.process(1, { comm: "web", user: 100 * (turn + 1) });
        probe.round();
        await own.push();
      }
      const page = await collector.page();
      assert.deepEqual([page[of("h1")], page[of("h2")], page[of("h3")], page[of("same")]], [1, 2, 3, 9]);
      assert.deepEqual([page[cpu("h1")], page[cpu("h2")], page[cpu("h3")], page[cpu("same")]], [1, 2, 3, 9]);
      for (const { probe, own, host } of all) {
        own.close();
        probe.registry.close();
        host.remove("");
      }
      collector.receive.close();
      collector.registry.close();
    }),
    { numRuns: 10 },
  );
});

test("a series that the application removed is back, though its value is what it was", () => {
  const host = new FakeHost();
  host.process(1, { comm: "web" });
  const probe = new FakeProbe(host, { periodSeconds: 10 }).round(3);
  probe.registry.clearSeries();
  assert.equal(probe.page()['processes{command="web"}'], undefined);
  probe.round(61);
  assert.equal(probe.page()['processes{command="web"}'], 1);
});

test("host_time_seconds says who is silent: it stands still with its host, and ends with its gauges", async (t) => {
  const collector = await collecting(t);
  const hosts = ["a", "b"].map((name) => hosted(collector, name, 1));
  const time = (name) => `host_time_seconds{host="${name}"}`;
  const pushed = async (...whose) => {
    for (const { probe, own } of whose) {
      probe.away = collector.now;
      probe.round();
      assert.equal((await own.push()).outcome, "sent");
    }
    return collector.page();
  };
  const first = await pushed(...hosts);
  for (const name of ["a", "b"]) assert.ok(Math.abs(first[time(name)] - Date.now() / 1000) < 20, `${name} ${first[time(name)]}`);
  // Rounds that find what was there are enough.
  for (collector.now = 100; collector.now <= 200; collector.now += 50) await pushed(hosts[0]);
  const page = await collector.page();
  assert.equal(page[time("b")], first[time("b")]);
  assert.ok(page[time("a")] - page[time("b")] > 150, `${page[time("a")]} and ${page[time("b")]}`);
  for (; collector.now <= 400; collector.now += 50) await pushed(hosts[0]);
  const later = await collector.page();
  assert.deepEqual([time("a") in later, time("b") in later, of("b") in later], [true, false, false]);
  await hosts[0].own.push({ ended: true });
  assert.equal(time("a") in (await collector.page()), false);
});

test("of hosts without a label it is the latest", async (t) => {
  const collector = await collecting(t);
  for (const away of [1000, 5000, 3000]) {
    const { probe, own } = hosted(collector, "", 1, {});
    probe.away = away;
    probe.round();
    await own.push();
  }
  const ahead = (await collector.page()).host_time_seconds - Date.now() / 1000;
  assert.ok(ahead > 4900 && ahead < 5100, `${ahead}`);
});

test("hosts that are grouped otherwise wait until the last one of before has ended, and nothing that they count is lost", async (t) => {
  const collector = await collecting(t);
  const begun = (name, by) => {
    const one = hosted(collector, name, 1, { host: name }, { by });
    return {
      ...one,
      async used(user) {
        one.host.process(1, { comm: "web", user });
        one.probe.round();
        await one.own.push();
        return collector.page();
      },
    };
  };
  const total = (name) => [`processes{host="${name}"}`, `processes_cpu_seconds_total{mode="user",host="${name}"}`];
  const values = (page, names) => names.map((name) => page[name]);
  const before = ["a", "b"].map((name) => begun(name, "command"));
  for (const one of before) await one.used(100);
  await before[0].own.push({ ended: true });
  const a = begun("a", "total");
  await a.used(0);
  const page = await a.used(300);
  assert.deepEqual(values(page, [...total("a"), of("b")]), [undefined, undefined, 1]);
  assert.equal(page['processes_states{state="sleeping",host="a"}'], 1, "what is of no group is shown");
  await before[1].own.push({ ended: true });
  assert.deepEqual(values(await a.used(400), [...total("a"), of("b"), cpu("b")]), [1, 4, undefined, undefined]);
});
