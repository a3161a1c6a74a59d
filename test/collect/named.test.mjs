// Which process a series is of: names are whatever a process calls itself, and pids are given again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeHost, FakeProbe } from "./fakes.mjs";

const KERNEL_THREAD = 0x200000;
const ofPid = (command, mode = "user") => `processes_cpu_seconds_total{command="${command}",pid="50",mode="${mode}"}`;

test("by pid: whoever has the pid and the name of one that ended begins with its own numbers", () => {
  const host = new FakeHost();
  host.process(1);
  host.process(50, { comm: "job", start: 100, user: 5000, io: [900, 0], fds: 1 });
  const probe = new FakeProbe(host, { by: "pid" }).round(2);
  assert.equal(probe.page()[ofPid("job")], 50);
  for (const [start, user] of [
    [90_000, 7],
    [95_000, 3],
  ]) {
    host.process(50, { comm: "job", start, user, io: [4, 0], fds: 1 });
    probe.round(12);
    const page = probe.page();
    assert.equal(page[ofPid("job")], user / 100);
    assert.equal(page['processes_read_bytes_total{command="job",pid="50"}'], 4);
    assert.equal(page['processes{command="job",pid="50"}'], 1);
  }
});

test("by pid: a process under another name has the kernel's numbers from its birth on, and nothing of the old name stays", () => {
  const host = new FakeHost();
  host.process(1);
  host.process(50, { comm: "sh", start: 100, user: 5000, io: [1000, 2000], fds: 1 });
  const probe = new FakeProbe(host, { by: "pid" }).round(2);
  for (const [comm, user] of [
    ["nginx", 5100],
    ["sh", 5200],
  ]) {
    host.process(50, { comm, start: 100, user, io: [1000, 2000], fds: 1 });
    probe.round(3);
    const page = probe.page();
    assert.deepEqual(
      Object.keys(page).filter((name) => name.startsWith("processes{") && name.includes('pid="50"')),
      [`processes{command="${comm}",pid="50"}`],
    );
    assert.equal(page[ofPid(comm)], user / 100);
    assert.equal(page[`processes_read_bytes_total{command="${comm}",pid="50"}`], 1000);
  }
});

test("by pid: what has no room for a series of its own counts once in the others, whatever it is called", () => {
  const host = new FakeHost();
  host.process(1);
  const probe = new FakeProbe(host, { by: "pid", maxGroups: 1 }).round();
  const others = 'processes_cpu_seconds_total{command="other",pid="",mode="user"}';
  for (const [comm, user] of [
    ["sh", 500],
    ["nginx", 600],
    ["sh", 700],
  ]) {
    host.process(50, { comm, start: 900, user });
    probe.round(2);
    assert.equal(probe.page()[others], user / 100);
  }
});

for (const by of ["command", "pid"]) {
  test(`by ${by}: a process that calls itself as the library's own groups are called has another series`, () => {
    const host = new FakeHost();
    host.process(1, { comm: "init" });
    for (const pid of [2, 3, 4]) host.process(pid, { comm: `kworker/${pid}`, flags: KERNEL_THREAD, resident: 0 });
    const probe = new FakeProbe(host, { by }).round(2);
    for (const [pid, comm] of [
      [50, "[kernel]"],
      [51, "other"],
    ])
      host.process(pid, { comm, start: 9000, resident: 1000, user: 100 });
    probe.round(3);
    const own = by === "pid" ? ',pid=""' : "";
    const series = (command, pid) => `{command="${command}"${by === "pid" ? `,pid="${pid}"` : ""}}`;
    let page = probe.page();
    assert.equal(page[`processes{command="[kernel]"${own}}`], 3);
    assert.equal(page[`processes_resident_memory_bytes{command="[kernel]"${own}}`], 0);
    assert.equal(page[`processes{command="other"${own}}`], undefined);
    for (const [pid, comm] of [
      [50, "[kernel] (a process)"],
      [51, "other (a process)"],
    ])
      assert.equal(page[`processes${series(comm, pid)}`], 1, comm);
    // Its end takes nothing from the kernel's.
    host.remove(50);
    probe.round(620);
    for (const pid of [2, 3, 4]) host.process(pid, { comm: `kworker/${pid}`, flags: KERNEL_THREAD, user: 500, resident: 0 });
    probe.round(70);
    page = probe.page();
    assert.equal(page[`processes{command="[kernel]"${own}}`], 3);
    assert.equal(page[`processes_cpu_seconds_total{command="[kernel]"${own.replace("}", "")},mode="user"}`], 15);
    assert.equal(page[`processes${series("[kernel] (a process)", 50)}`], undefined);
  });
}
