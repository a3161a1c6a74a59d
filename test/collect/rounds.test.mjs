// What a probe finds in a /proc, round by round: counters that go on when processes end, groups that have a limit, and whatever
// a host may put in its way.

import assert from "node:assert/strict";
import { renameSync, rmSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { FakeHost, FakeProbe, statLine } from "./fakes.mjs";

const cpu = (command, mode = "user") => `processes_cpu_seconds_total{command="${command}",mode="${mode}"}`;

test("a round shows processes, threads, memory, descriptors, states, I/O and sockets by command", () => {
  const host = new FakeHost();
  host.process(1, {
    comm: "init",
    fds: 3,
    io: [100, 200],
    net: { tcp: ["0A", "01", "01"], tcp6: ["0A"], udp: ["07"], udp6: ["01", "07"] },
  });
  host.process(20, { comm: "web", threads: 4, resident: 100, fds: 12, state: "R", start: 200 });
  host.process(21, { comm: "web", threads: 5, resident: 50, fds: 8, state: "D", start: 200 });
  host.process(22, { comm: "gone", state: "Z", start: 200 });
  const probe = new FakeProbe(host).round();
  const page = probe.page();
  assert.equal(page['processes{command="web"}'], 2);
  assert.equal(page['processes{command="gone"}'], 1);
  assert.equal(page['processes_threads{command="web"}'], 9);
  assert.equal(page['processes_resident_memory_bytes{command="web"}'], 150 * 4096);
  assert.equal(page['processes_open_fds{command="web"}'], 20);
  assert.equal(page['processes_open_fds{command="init"}'], 3);
  assert.equal(page['processes_open_fds{command="gone"}'], undefined, "a zombie has none");
  assert.deepEqual(
    ["running", "sleeping", "waiting", "zombie"].map((state) => page[`processes_states{state="${state}"}`]),
    [1, 1, 1, 1],
  );
  assert.deepEqual(probe.samples("processes_sockets"), {
    'processes_sockets{namespace="1",protocol="tcp",state="established"}': 2,
    'processes_sockets{namespace="1",protocol="tcp",state="listen"}': 2,
    'processes_sockets{namespace="1",protocol="udp",state="established"}': 1,
    'processes_sockets{namespace="1",protocol="udp",state="unconnected"}': 2,
  });
  assert.equal(page.tallystick_probe_up, 1);
  assert.equal(page.tallystick_probe_rounds_total, 1);
});

test("counters begin at 0 for those that were there before, count from birth for those that came, and go on for the dead", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init", user: 5000, system: 700, io: [1e6, 2e6], fds: 1 });
  const probe = new FakeProbe(host).round();
  assert.equal(probe.page()[cpu("init")], 0);
  host.process(1, { comm: "init", user: 5100, system: 750, io: [1e6 + 10, 2e6 + 20], fds: 1 });
  host.process(2, { comm: "job", user: 40, system: 20, start: 500, io: [7, 9], fds: 1 });
  probe.round();
  let page = probe.page();
  assert.equal(page[cpu("init")], 1);
  assert.equal(page[cpu("init", "system")], 0.5);
  assert.equal(page[cpu("job")], 0.4);
  assert.equal(page['processes_read_bytes_total{command="init"}'], 10);
  assert.equal(page['processes_written_bytes_total{command="init"}'], 20);
  assert.equal(page['processes_written_bytes_total{command="job"}'], 9);
  host.remove(2);
  host.process(3, { comm: "job", user: 10, start: 600 });
  probe.round();
  assert.equal(probe.page()[cpu("job")], 0.5, "what the dead one had used counts on");
  host.remove(3);
  probe.round(2);
  page = probe.page();
  assert.equal(page[cpu("job")], 0.5);
  assert.equal(page['processes{command="job"}'], 0);
});

test("a pid that comes back is another process, in one round and over several", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init" });
  host.process(9, { comm: "old", user: 1000, start: 50 });
  const probe = new FakeProbe(host).round();
  host.process(9, { comm: "new", user: 30, start: 900 });
  probe.round();
  assert.equal(probe.page()[cpu("new")], 0.3);
  assert.equal(probe.page()[cpu("old")], 0);
  assert.equal(probe.page()['processes{command="old"}'], 0);
  host.process(9, { comm: "new", user: 20, start: 1900 });
  probe.round();
  assert.equal(probe.page()[cpu("new")], 0.5);
});

test("a process that takes another name counts under that one from then on", () => {
  const host = new FakeHost();
  host.process(7, { comm: "sh", user: 100 });
  const probe = new FakeProbe(host).round();
  host.process(7, { comm: "sh", user: 150 });
  probe.round();
  host.process(7, { comm: "nginx", user: 250 });
  probe.round();
  const page = probe.page();
  assert.deepEqual([page[cpu("sh")], page[cpu("nginx")]], [0.5, 1]);
  assert.deepEqual([page['processes{command="sh"}'], page['processes{command="nginx"}']], [0, 1]);
});

for (const [comm, label] of [
  ["a b", "a b"],
  ["x) R 1", "x) R 1"],
  [")", ")"],
  ["(sd-pam)", "(sd-pam)"],
  ["", ""],
  ["a\\nb", "a\\\\nb"],
  ['"quoted"', '\\"quoted\\"'],
  [Buffer.from([0xff, 0x41, 0xc3]), "\ufffdA\ufffd"],
  ["kworker/u64:15-events_unbound_and_a_name_of_sixty_four_bytes_xxx", "kworker/u64:15-events_unbound_and_a_name_of_sixty_four_bytes_xxx"],
]) {
  test(`the name ${JSON.stringify(String(comm))} is a label`, () => {
    const host = new FakeHost();
    host.process(3, { comm, resident: 3 });
    const page = new FakeProbe(host).round().page();
    assert.equal(page[`processes{command="${label}"}`], 1, JSON.stringify(Object.keys(page)));
    assert.equal(page[`processes_resident_memory_bytes{command="${label}"}`], 3 * 4096);
  });
}

for (const line of [
  "",
  "\n",
  "17",
  "17 (x",
  "17 (x) S",
  "17 (x) S 1 2 3\n",
  "17 (x) S 1 1 1 0 -1 0 a b c d 1 2\n",
  "(((((((",
  "\0\0\0\0",
]) {
  test(`what is no line of stat, ${JSON.stringify(line)}, is counted and not read`, () => {
    const host = new FakeHost();
    host.process(1, { comm: "init" });
    host.write("17/stat", line);
    const probe = new FakeProbe(host).round();
    assert.equal(probe.page()['tallystick_probe_unreadable_processes{what="stat"}'], 1);
    assert.deepEqual(probe.samples("processes{"), { 'processes{command="init"}': 1 });
    host.process(17, { comm: "late" });
    // It is tried again by tours, of which the sixth one does.
    probe.round(80);
    assert.equal(probe.page()['processes{command="late"}'], 1);
    assert.equal(probe.page()['tallystick_probe_unreadable_processes{what="stat"}'], 0);
  });
}

test("numbers beyond what a double has stay finite, and a counter that steps back does not", () => {
  const host = new FakeHost();
  const most = 2n ** 64n - 1n;
  host.process(1, { comm: "big", user: 0, resident: most, start: most, threads: most, io: [0, 0], fds: 1 });
  const probe = new FakeProbe(host).round();
  host.process(1, { comm: "big", user: most, resident: most, start: most, threads: most, io: [most, 9], fds: 1 });
  probe.round();
  const page = probe.page();
  for (const [name, value] of Object.entries(page)) assert.ok(Number.isFinite(value), name);
  const top = page[cpu("big")];
  assert.equal(top, Number(most) / 100);
  host.process(1, { comm: "big", user: 5, resident: 1, start: most, io: [1, 1], fds: 1 });
  probe.round();
  assert.equal(probe.page()[cpu("big")], top);
});

test("there are no more groups than may be: the others are one, and a command without processes makes room in time", () => {
  const host = new FakeHost();
  for (let i = 1; i <= 10; i++) host.process(i, { comm: `c${i}`, user: 0 });
  const probe = new FakeProbe(host, { maxGroups: 4, periodSeconds: 10 }).round();
  const groups = () => Object.keys(probe.samples("processes{")).map((name) => /"(.*)"/.exec(name)[1]);
  assert.equal(groups().length, 5);
  assert.equal(probe.page()['processes{command="other"}'], 6);
  assert.equal(
    Object.values(probe.samples("processes{")).reduce((sum, value) => sum + value),
    10,
  );
  for (let i = 1; i <= 10; i++) host.process(i, { comm: `c${i}`, user: 100 });
  probe.round();
  assert.equal(probe.page()[cpu("other")], 6);
  const first = groups().find((name) => name !== "other");
  host.remove(Number(first.slice(1)));
  probe.round(3);
  assert.equal(probe.page()[cpu(first)], 1);
  host.process(50, { comm: "late", start: 900 });
  probe.round(2);
  assert.equal(probe.page()['processes{command="late"}'], undefined);
  host.remove(50);
  probe.round(65);
  assert.deepEqual(
    Object.keys(probe.page()).filter((name) => name.includes(`"${first}"`)),
    [],
    "nothing is left of it",
  );
  host.process(51, { comm: "later", start: 1900 });
  probe.round(2);
  assert.equal(probe.page()['processes{command="later"}'], 1);
});

test("threads of the kernel are one group, without descriptors", () => {
  const host = new FakeHost();
  for (let i = 2; i < 40; i++) host.process(i, { comm: `kworker/${i}`, flags: 0x200040, parent: 2, fds: 1 });
  const probe = new FakeProbe(host).round();
  assert.deepEqual(probe.samples("processes{"), { 'processes{command="[kernel]"}': 38 });
  assert.deepEqual(probe.samples("processes_open_fds"), {});
});

test("by pid: a series for each process with the kernel's own numbers, gone with it", () => {
  const host = new FakeHost();
  host.process(5, { comm: "web", user: 250, fds: 4, io: [10, 20] });
  host.process(6, { comm: "web", user: 50, fds: 5 });
  const probe = new FakeProbe(host, { by: "pid" }).round();
  let page = probe.page();
  assert.equal(page['processes_cpu_seconds_total{command="web",pid="5",mode="user"}'], 2.5);
  assert.equal(page['processes_open_fds{command="web",pid="6"}'], 5);
  assert.equal(page['processes_read_bytes_total{command="web",pid="5"}'], 10);
  host.remove(5);
  probe.round(2);
  page = probe.page();
  assert.deepEqual(
    Object.keys(page).filter((name) => name.includes('pid="5"')),
    [],
  );
  assert.equal(page['processes{command="web",pid="6"}'], 1);
});

test("in total: one series, without labels", () => {
  const host = new FakeHost();
  host.process(5, { comm: "web", fds: 4 });
  host.process(6, { comm: "kworker", flags: 0x200040 });
  const page = new FakeProbe(host, { by: "total" }).round().page();
  assert.deepEqual([page.processes, page.processes_threads, page.processes_open_fds], [2, 2, 4]);
});

test("of a tree only what descends is shown, also what lost its parent, and what began under a pid of before", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init", parent: 0 });
  host.process(30, { comm: "child", parent: 100, fds: 2, net: { tcp: ["01"] }, namespace: 7 });
  host.process(100, { comm: "root", parent: 1 });
  host.process(101, { comm: "grandchild", parent: 30 });
  host.process(200, { comm: "stranger", parent: 1, net: { tcp: ["01"] }, namespace: 8, fds: 1 });
  const probe = new FakeProbe(host, { tree: 100 }).round();
  const names = () => Object.entries(probe.samples("processes{")).flatMap(([name, value]) => (value > 0 ? [/"(.*)"/.exec(name)[1]] : []));
  assert.deepEqual(names().sort(), ["child", "grandchild", "root"]);
  assert.deepEqual(Object.keys(probe.samples("processes_sockets")), [
    'processes_sockets{namespace="7",protocol="tcp",state="established"}',
  ]);
  assert.deepEqual(Object.keys(probe.samples("host_")), ["host_time_seconds"], "the host is not asked for");
  host.remove(30);
  host.process(101, { comm: "grandchild", parent: 1 });
  host.process(102, { comm: "late", parent: 101, user: 50, start: 800 });
  probe.round();
  assert.deepEqual(names().sort(), ["grandchild", "late", "root"]);
  assert.equal(probe.page()[cpu("late")], 0.5);
  // A stranger's pid that a descendant has now: a tour finds out.
  host.process(200, { comm: "mine", parent: 101, start: 900 });
  probe.round(15);
  assert.deepEqual(names().sort(), ["grandchild", "late", "mine", "root"]);
  for (const pid of [100, 101, 102, 200]) host.remove(pid);
  probe.round(2);
  assert.deepEqual(names(), []);
  assert.equal(probe.page().tallystick_probe_up, 1);
});

test("nothing of a round is shown before its end", () => {
  const host = new FakeHost();
  for (let i = 1; i <= 600; i++) host.process(i, { comm: "web", threads: 1, user: 0 });
  const probe = new FakeProbe(host).round();
  for (let i = 1; i <= 600; i++) host.process(i, { comm: "web", threads: 2, user: 100 });
  probe.ended = false;
  let steps = 0;
  for (; !probe.ended; steps++) {
    const page = probe.page();
    assert.equal(page['processes_threads{command="web"}'], 600);
    assert.equal(page[cpu("web")], 0);
    probe.step();
  }
  assert.ok(steps > 2, `${steps} steps`);
  assert.equal(probe.page()['processes_threads{command="web"}'], 1200);
  assert.equal(probe.page()[cpu("web")], 600);
});

test("a round's steps are spread over the period, and it ends before the next one begins", () => {
  const host = new FakeHost();
  for (let i = 1; i <= 1000; i++) host.process(i);
  const probe = new FakeProbe(host, { periodSeconds: 4 }).round(2);
  probe.ended = false;
  const waits = [];
  const began = probe.now;
  while (!probe.ended) waits.push(probe.step());
  assert.equal(waits.length, 4);
  for (const wait of waits.slice(0, -1)) assert.ok(wait > 0.8 && wait < 1, `${waits}`);
  assert.ok(Math.abs(probe.now - began - 4) < 0.01);
});

test("a process that sleeps is read in one of two rounds until it runs, and the age says so", () => {
  const host = new FakeHost();
  for (let i = 1; i <= 40; i++) host.process(i, { comm: "web", threads: 1, user: 7 });
  const probe = new FakeProbe(host).round(12);
  for (let i = 1; i <= 40; i++) host.process(i, { comm: "web", threads: 2, user: 7 });
  const threads = (of) => of.round().page()['processes_threads{command="web"}'];
  assert.deepEqual([threads(probe), threads(probe)], [60, 80]);
  const [, age] = Object.entries(probe.page()).find(([name]) => name.startsWith('tallystick_probe_age_seconds{of="processes"'));
  assert.ok(age >= 0.9 && age < 2, `${age}`);
  for (let i = 1; i <= 40; i++) host.process(i, { comm: "web", threads: 2, user: 8 });
  probe.round(2);
  assert.equal(probe.page()[cpu("web")], 0.4, "nothing is lost");
  // They ran: each round reads them.
  for (let i = 1; i <= 40; i++) host.process(i, { comm: "web", threads: 3, user: 8 });
  assert.equal(threads(probe), 120);
  const rare = new FakeProbe(host, { periodSeconds: 2 }).round(12);
  for (let i = 1; i <= 40; i++) host.process(i, { comm: "web", threads: 9, user: 8 });
  assert.equal(threads(rare), 360, "no older than two seconds");
});

test("descriptors of idle processes are looked at in tours, I/O of those that run with each round, and the ages say so", () => {
  const host = new FakeHost();
  host.process(1, { comm: "idle", fds: 1, io: [0, 0] });
  host.process(2, { comm: "busy", fds: 1, io: [0, 0] });
  const probe = new FakeProbe(host, { slowSeconds: 10 }).round();
  const busy = (fds, read) => {
    host.process(2, { comm: "busy", fds, io: [read, 0], user: (ticks += 1) });
    probe.round();
  };
  let ticks = 0;
  host.process(1, { comm: "idle", fds: 2, io: [50, 0] });
  busy(5, 50);
  assert.equal(probe.page()['processes_read_bytes_total{command="busy"}'], 50);
  for (let i = 0; i < 12; i++) busy(5, 50);
  let page = probe.page();
  assert.equal(page['processes_open_fds{command="busy"}'], 5);
  assert.equal(page['processes_open_fds{command="idle"}'], 2, "the second look is soon: it was beginning");
  assert.equal(page['processes_read_bytes_total{command="idle"}'], 50);
  host.process(1, { comm: "idle", fds: 7, io: [70, 0] });
  for (let i = 0; i < 12; i++) busy(5, 50);
  page = probe.page();
  assert.equal(page['processes_open_fds{command="idle"}'], 2, "it has not run: it can have opened nothing");
  const age = Object.entries(page).find(([name]) => name.startsWith('tallystick_probe_age_seconds{of="descriptors"'))[1];
  assert.ok(age > 11 && age < 25, `${age}`);
  for (let i = 0; i < 20; i++) busy(5, 50);
  page = probe.page();
  assert.equal(page['processes_open_fds{command="idle"}'], 7);
  assert.equal(page['processes_read_bytes_total{command="idle"}'], 70);
});

test("a process that ends between two of its files leaves what was known", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init", fds: 1 });
  host.process(2, { comm: "short", user: 70, fds: 3 });
  const probe = new FakeProbe(host).round();
  // Its directory is listed, and nothing is in it.
  for (const file of ["stat", "fd", "io"]) host.remove(`2/${file}`);
  probe.round(12);
  assert.equal(probe.page()['processes{command="short"}'], 0);
  assert.equal(probe.page().tallystick_probe_up, 1);
  host.process(3, { comm: "half", start: 700, user: 9 });
  probe.round();
  assert.equal(probe.page()[cpu("half")], 0.09, "without descriptors, I/O and namespace");
});

test("what is seen for the first time and goes in the same round is counted", () => {
  const host = new FakeHost();
  for (let i = 1; i <= 600; i++) host.process(i);
  // Half of a tour goes with each round: rows that the first step reads are looked at in the second one.
  const probe = new FakeProbe(host, { slowSeconds: 2 }).round();
  const { table } = probe.rounds.walk;
  const pid = [...table.pid.keys()].map((row) => table.pid[row])[200];
  host.remove(pid);
  probe.round(2);
  host.process(700, { comm: "short", state: "Z", user: 80, start: 900 });
  probe.step();
  assert.equal(table.rowOf(700), 200);
  host.remove(700);
  probe.round();
  assert.equal(table.rowOf(700), -1, "the tour found out");
  assert.equal(probe.page()[cpu("short")], 0.8);
});

test("a command that has come and gone between two rounds stays for its time", () => {
  const host = new FakeHost();
  host.process(1);
  const probe = new FakeProbe(host, { periodSeconds: 10 }).round(70);
  host.process(2, { comm: "short", user: 80, start: 900 });
  probe.round();
  host.remove(2);
  probe.round(30);
  assert.equal(probe.page()[cpu("short")], 0.8);
  probe.round(32);
  assert.equal(probe.page()[cpu("short")], undefined);
});

test("thousands of zombies are not read again with each round", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init", fds: 1 });
  for (let i = 2; i < 2002; i++) host.process(i, { comm: "defunct", state: "Z" });
  const probe = new FakeProbe(host).round();
  assert.equal(probe.page()['processes_states{state="zombie"}'], 2000);
  for (let i = 2; i < 2002; i++) host.write(`${i}/stat`, statLine(i, { comm: "defunct", state: "S" }));
  probe.round();
  const still = probe.page()['processes_states{state="zombie"}'];
  // A tour of ten rounds found a tenth of them: what was not read is as it was.
  assert.ok(still >= 1750 && still < 2000, `${still}`);
  for (let i = 2; i < 2002; i++) host.remove(i);
  probe.round();
  assert.equal(probe.page()['processes_states{state="zombie"}'], 0);
});

test("a host without processes, or without a /proc at all, is told and shows nothing", () => {
  const host = new FakeHost();
  const probe = new FakeProbe(host).round();
  assert.equal(probe.page().tallystick_probe_up, 0);
  assert.deepEqual(probe.samples("processes{"), {});
  host.process(1, { comm: "init", user: 5000 });
  probe.round();
  assert.equal(probe.page().tallystick_probe_up, 1);
  assert.equal(probe.page()[cpu("init")], 0, "it may have been there before");
  rmSync(host.proc, { recursive: true });
  const before = probe.now;
  probe.round(2);
  assert.equal(probe.page().tallystick_probe_up, 0);
  assert.deepEqual(probe.samples("processes{"), { 'processes{command="init"}': 0 }, "what was shown is not any more");
  assert.ok(probe.now - before > 29, "and it is not looked for with each round");
});

test("where /proc cannot be listed now, those that are known are looked at", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init" });
  host.process(2, { comm: "web", user: 0 });
  const probe = new FakeProbe(host).round();
  host.process(2, { comm: "web", user: 300 });
  // As when descriptors are used up, an error that is no absence: a link that leads to itself.
  renameSync(host.proc, `${host.proc}-away`);
  symlinkSync(host.proc, host.proc);
  probe.round();
  assert.equal(probe.page().tallystick_probe_up, 1);
  assert.equal(probe.page()['processes{command="web"}'], 1);
  rmSync(host.proc);
  renameSync(`${host.proc}-away`, host.proc);
  probe.round();
  assert.equal(probe.page()[cpu("web")], 3);
});

test("whoever has the root's pid when that is dead is none of the tree", () => {
  const host = new FakeHost();
  host.process(100, { comm: "root" });
  host.process(101, { comm: "child", parent: 100 });
  const probe = new FakeProbe(host, { tree: 100 }).round();
  host.process(100, { comm: "stranger", start: 5000 });
  host.process(102, { comm: "strangers", start: 5001, parent: 100 });
  probe.round(12);
  assert.deepEqual(probe.samples("processes{"), { 'processes{command="root"}': 0, 'processes{command="child"}': 1 });
});

test("a namespace ends with its last process, and its tables are read by another one where the first has ended", () => {
  const host = new FakeHost();
  host.process(1, { comm: "a", fds: 1, net: { tcp: ["01"] }, namespace: 11 });
  host.process(2, { comm: "b", fds: 1, net: { tcp: ["0A", "0A"] }, namespace: 22 });
  host.process(3, { comm: "c", fds: 1, net: { tcp: ["0A", "0A"] }, namespace: 22 });
  const probe = new FakeProbe(host).round();
  const sockets = (namespace) => probe.samples(`processes_sockets{namespace="${namespace}"`);
  assert.deepEqual(Object.values(sockets(22)), [2]);
  host.remove(2);
  host.process(3, { comm: "c", fds: 1, net: { tcp: ["0A", "0A", "0A", "06"] }, namespace: 22 });
  probe.round(25);
  assert.deepEqual(Object.values(sockets(22)), [3, 1]);
  host.remove(3);
  probe.round(25);
  assert.deepEqual(sockets(22), {});
  assert.deepEqual(Object.values(sockets(11)), [1]);
});

test("the host's processors, memory and open files are shown, and idle time that steps back does not", () => {
  const host = new FakeHost();
  host.process(1);
  host.write("stat", "cpu  100 2 300 4000 50 6 7 8 0 0\ncpu0 1 2 3\nintr 5\n");
  host.write("meminfo", "MemTotal:       2000 kB\nMemFree: 1 kB\nMemAvailable:    1500 kB\n");
  host.write("sys/fs/file-nr", "960\t0\t9223372036854775807\n");
  const probe = new FakeProbe(host).round();
  const host1 = probe.samples("host_");
  assert.equal(host1['host_cpu_seconds_total{mode="user"}'], 1);
  assert.equal(host1['host_cpu_seconds_total{mode="steal"}'], 0.08);
  assert.equal(host1['host_cpu_seconds_total{mode="idle"}'], 40);
  assert.equal(host1.host_memory_total_bytes, 2000 * 1024);
  assert.equal(host1.host_memory_available_bytes, 1500 * 1024);
  assert.equal(host1.host_open_files, 960);
  const silent = new FakeHost();
  silent.process(1);
  assert.ok(!("host_open_files" in new FakeProbe(silent).round().page()), "what is not told has no series");
  host.write("stat", "cpu  150 2 300 3999 50 6 7 8 0 0\n");
  probe.round();
  const cpuOf = (mode) => probe.page()[`host_cpu_seconds_total{mode="${mode}"}`];
  assert.deepEqual([cpuOf("user"), cpuOf("idle")], [1.5, 40]);
  // All of them begin anew, as where the host is another one.
  host.write("stat", "cpu  10 0 0 20 0 0 0 0 0 0\n");
  probe.round();
  host.write("stat", "cpu  20 0 0 70 0 0 0 0 0 0\n");
  probe.round();
  assert.deepEqual([cpuOf("user"), cpuOf("idle")], [1.5, 40.7], "1.3 seconds that step back are within what the kernel does");
  for (const file of ["meminfo", "sys/fs/file-nr"]) host.remove(file);
  probe.round();
  const { host_memory_total_bytes: total, host_memory_available_bytes: available, host_open_files: open } = probe.page();
  assert.deepEqual([total, available, open], [2000 * 1024, 1500 * 1024, 960], "what was known stands");
});

test("a registry that was reset has its gauges again with the next round", () => {
  const host = new FakeHost();
  host.process(1, { comm: "web", resident: 30 });
  const probe = new FakeProbe(host).round(3);
  probe.registry.reset();
  assert.equal(probe.page()['processes{command="web"}'], 0);
  probe.round();
  assert.equal(probe.page()['processes{command="web"}'], 1);
  assert.equal(probe.page()['processes_resident_memory_bytes{command="web"}'], 30 * 4096);
});

test("processes are listed anew only where one began, and after some seconds at the latest", () => {
  const host = new FakeHost();
  host.process(1);
  host.write("loadavg", "0.00 0.01 0.05 1/80 1000\n");
  const probe = new FakeProbe(host).round();
  host.process(2);
  probe.round();
  assert.equal(probe.page()['processes{command="sleep"}'], 1, "the last pid is the one of before");
  host.write("loadavg", "0.00 0.01 0.05 1/80 1001\n");
  probe.round();
  assert.equal(probe.page()['processes{command="sleep"}'], 2);
  host.process(3);
  probe.round(6);
  assert.equal(probe.page()['processes{command="sleep"}'], 3);
});

test("whatever processes do between rounds, counters have all that was read, once, and never go back", () => {
  const pids = [1, 2, 3, 4, 5, 6];
  const action = fc.record({
    pid: fc.constantFrom(...pids),
    what: fc.constantFrom("work", "work", "die", "begin", "rename", "zombie"),
    ticks: fc.nat(50),
    comm: fc.constantFrom("a", "b", "c"),
  });
  fc.assert(
    fc.property(fc.array(fc.array(action, { maxLength: 6 }), { minLength: 1, maxLength: 12 }), (rounds) => {
      const host = new FakeHost();
      host.process(99, { comm: "init" });
      const living = new Map();
      const expected = { a: 0, b: 0, c: 0 };
      const probe = new FakeProbe(host, { periodSeconds: 2, slowSeconds: 2 });
      let start = 100;
      for (const [number, actions] of [[], ...rounds].entries()) {
        for (const { pid, what, ticks, comm } of actions) {
          const there = living.get(pid);
          if (what === "begin" || there === undefined)
            living.set(pid, { start: ++start, user: ticks, counted: number === 0 ? ticks : 0, comm, state: "S" });
          else if (what === "die") living.delete(pid);
          else if (there.state === "Z") continue;
          // It takes some CPU.
          else if (what === "rename") Object.assign(there, { comm, user: there.user + 1 });
          else if (what === "zombie") there.state = "Z";
          else there.user += ticks;
        }
        for (const pid of pids) {
          const there = living.get(pid);
          if (there === undefined) host.remove(pid);
          else host.process(pid, { ...there, fds: pid % 2 });
        }
        for (const there of living.values()) {
          expected[there.comm] += there.user - there.counted;
          there.counted = there.user;
        }
        const before = probe.samples("processes_cpu");
        probe.round();
        const page = probe.page();
        for (const [name, value] of Object.entries(before)) assert.ok(page[name] >= value, name);
        for (const [comm, ticks] of Object.entries(expected)) {
          assert.ok(Math.abs((page[cpu(comm)] ?? 0) - ticks / 100) < 1e-9, `${comm}: ${page[cpu(comm)]}, not ${ticks / 100}`);
          const count = [...living.values()].filter((there) => there.comm === comm).length;
          assert.equal(page[`processes{command="${comm}"}`] ?? 0, count);
        }
      }
      probe.registry.close();
      host.remove("");
    }),
    { numRuns: 100 },
  );
});
