// Processes that have ended while somebody still has them: zombies, which nobody waited for, and those whose files are gone or closed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeHost, FakeProbe } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const lines = (count) => Array.from({ length: count }, () => "01");
/** What the kernel does when a process ends that nobody waits for. */
function over(host, pid, comm, state = "Z") {
  host.process(pid, { comm, state, start: 100 });
  for (const gone of ["net", "ns", "fd"]) host.remove(`${pid}/${gone}`);
}

for (const state of ["Z", "X"]) {
  test(`a process in state ${state} has no descriptors, and nothing gets older by it`, () => {
    const host = new FakeHost();
    host.process(1, { comm: "init", fds: 2 });
    host.process(10, { comm: "web", fds: 200 });
    const probe = new FakeProbe(host, { slowSeconds: 5 }).round(3);
    assert.equal(probe.page()['processes_open_fds{command="web"}'], 200);
    over(host, 10, "web", state);
    probe.round(4);
    assert.equal(probe.page()['processes{command="web"}'], 1);
    assert.equal(probe.page()['processes_open_fds{command="web"}'], 0);
    probe.round(40);
    const { walk } = probe.found;
    for (let i = 0; i < 20; i++) {
      probe.round();
      assert.ok(walk.began - walk.oldest <= 2, "a sleeping process is read every two seconds");
    }
    assert.ok(walk.began - walk.looked <= 5 * 3 + 2, "and looked at in each third tour");
  });
}

test("the sockets of a namespace are read by another process where the first one is a zombie, or its files are gone", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init", fds: 1, net: { tcp: ["0A"] }, namespace: 1 });
  for (const pid of [10, 11, 12]) host.process(pid, { comm: "web", fds: 1, net: { tcp: lines(1) }, namespace: 7 });
  const probe = new FakeProbe(host).round(3);
  const sockets = () => Object.values(probe.samples('processes_sockets{namespace="7"'));
  assert.deepEqual(sockets(), [1]);
  over(host, 10, "web");
  host.process(12, { comm: "web", fds: 1, net: { tcp: lines(9) }, namespace: 7 });
  // Nobody has read of 11 yet that it ended.
  host.remove("11/net");
  probe.round(45);
  assert.deepEqual(sockets(), [9]);
  const { walk, namespaces } = probe.found;
  assert.ok(namespaces.all.every((each) => walk.began - each.read <= 25));
  over(host, 11, "web");
  over(host, 12, "web");
  probe.round(45);
  assert.deepEqual(sockets(), [], "zombies keep no namespace");
});

test("I/O that was denied and may be read later is shown, and no process is unreadable any more", () => {
  const host = new FakeHost();
  host.process(1, { comm: "web", fds: 1, io: [7, 9] });
  const probe = new FakeProbe(host);
  // Nothing is denied to root: what the kernel says to others is said here.
  const { Files, DENIED } = probing;
  const { read } = Files.prototype;
  Files.prototype.read = function (path) {
    return path.endsWith("/io") ? DENIED : read.call(this, path);
  };
  const unreadable = () => probe.page()['tallystick_probe_unreadable_processes{what="io"}'];
  try {
    probe.round(2);
    assert.equal(unreadable(), 1);
  } finally {
    Files.prototype.read = read;
  }
  probe.round(400);
  assert.equal(unreadable(), 0);
  assert.equal(probe.page()['processes_read_bytes_total{command="web"}'], 0);
  host.process(1, { comm: "web", fds: 1, io: [17, 9], user: 5 });
  probe.round(2);
  assert.equal(probe.page()['processes_read_bytes_total{command="web"}'], 10, "and it is read with each round that finds that it ran");
});

test("a tour that waited for its sockets does not catch up on processes: they are looked at as in any other", () => {
  const host = new FakeHost();
  for (let pid = 1; pid <= 200; pid++) host.process(pid, { comm: "web", fds: 1 });
  host.process(1, { comm: "web", fds: 1, net: { tcp: lines(40_000) }, namespace: 7 });
  const probe = new FakeProbe(host, { slowSeconds: 20 }).round();
  const { walk } = probe.rounds;
  let looks = 0;
  let most = 0;
  let waited = 0;
  const { look } = walk;
  walk.look = (row, now) => {
    looks++;
    look.call(walk, row, now);
  };
  // With each reading of the clock a moment passes: a step has time for a piece of the table, and no more.
  probe.tick = 0.004;
  for (let i = 0; i < 120; i++) {
    looks = 0;
    probe.round();
    most = Math.max(most, looks);
    if (looks === 0) waited++;
  }
  assert.ok(waited >= 10, `tours waited ${waited} rounds for their sockets`);
  assert.ok(most <= 2 * 11, `${most} of 200 in one round, where a twentieth of them is due`);
});

test("a process that ends between two of its tables of sockets leaves its namespace what it had", () => {
  const host = new FakeHost();
  const net = { tcp: lines(30), tcp6: Array.from({ length: 5 }, () => "0A"), udp: ["07"], udp6: ["07"] };
  for (const pid of [10, 11]) host.process(pid, { comm: "web", fds: 1, net, namespace: 7 });
  const probe = new FakeProbe(host, { slowSeconds: 1, budgetPercent: 100 }).round(6);
  const sockets = () => probe.samples("processes_sockets");
  const before = sockets();
  assert.equal(
    Object.values(before).reduce((sum, each) => sum + each),
    37,
  );
  const { open } = probing.Files.prototype;
  let ends = 0;
  probing.Files.prototype.open = function (path) {
    if (ends === 0 && path.endsWith("/10/net/tcp6")) {
      ends++;
      host.remove("10");
    }
    return open.call(this, path);
  };
  try {
    for (let i = 0; i < 8; i++) assert.deepEqual(probe.round() && sockets(), before, `round ${i}`);
  } finally {
    probing.Files.prototype.open = open;
  }
  assert.equal(ends, 1);
});

for (const by of ["command", "pid"]) {
  test(`by ${by}: of a process that cannot be read any more nothing stands, nothing ages, and its CPU counts on when it can`, () => {
    const host = new FakeHost();
    host.process(10, { comm: "daemon", fds: 4, io: [0, 0], resident: 1000, user: 100, start: 100 });
    host.process(11, { comm: "other", fds: 1, io: [0, 0] });
    const probe = new FakeProbe(host, { by, budgetPercent: 100 }).round(5);
    const { Files, DENIED } = probing;
    const { read } = Files.prototype;
    const sum = (family) =>
      Object.entries(probe.samples(family)).reduce((all, [name, value]) => all + (/daemon/.test(name) ? value : 0), 0);
    const cpu = () => sum("processes_cpu_seconds_total");
    const before = cpu();
    assert.equal(sum("processes{"), 1);
    Files.prototype.read = function (path) {
      return path.endsWith("/10/stat") ? DENIED : read.call(this, path);
    };
    try {
      host.process(10, { comm: "daemon", fds: 4, io: [0, 0], resident: 5, user: 300, start: 100 });
      probe.round(60);
      for (const family of ["processes{", "processes_resident_memory_bytes", "processes_open_fds", "processes_threads"]) {
        assert.equal(sum(family), 0, family);
      }
      assert.equal(probe.page()['tallystick_probe_unreadable_processes{what="stat"}'], 1);
      const { walk } = probe.found;
      assert.ok(walk.began - walk.oldest <= 2, "it makes nothing older");
      if (by === "command") assert.equal(cpu(), before);
    } finally {
      Files.prototype.read = read;
    }
    probe.round(400);
    assert.equal(sum("processes{"), 1);
    assert.equal(sum("processes_resident_memory_bytes"), 5 * 4096);
    assert.equal(Math.round((cpu() - before) * 100), 200);
  });
}

test("nothing is registered before the first round has ended: a page of zeros would be none", () => {
  const host = new FakeHost();
  host.process(10, { comm: "web", fds: 1 });
  const probe = new FakeProbe(host);
  assert.deepEqual(probe.page(), {});
  probe.round();
  assert.equal(probe.page().tallystick_probe_up, 1);
});
