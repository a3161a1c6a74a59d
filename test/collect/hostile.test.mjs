// What a host may put in a probe's way, besides what rounds.test.mjs has: processes of others, files that are cut or endless, names and
// numbers as processes choose them, and clocks that are set.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, linkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { FakeHost, FakeProbe, socketLine, statLine } from "./fakes.mjs";
import { outfile, probing } from "./internals.mjs";

const noProc = process.platform !== "linux" && "there is no /proc";
const NOBODY = 65534;
const cpu = (command) => `processes_cpu_seconds_total{command="${command}",mode="user"}`;

/** The page of a round over a host as somebody has it who is not root: files of theirs may be closed to him. */
function pageOfNobody(host) {
  // The directory that all hosts of a test are in is its own.
  for (const place of [dirname(host.proc), host.proc]) chmodSync(place, 0o755);
  const source =
    `const { Registry, registry, Rounds, settingsOf, Shown } = await import(${JSON.stringify(outfile)});` +
    'const own = new Registry(); const shown = new Shown(own, "command", () => {});' +
    "const clock = { seconds: () => performance.now() / 1000, epoch: () => Date.now() / 1000, spent: () => 0 }; let found;" +
    `const rounds = new Rounds(settingsOf({ proc: ${JSON.stringify(host.proc)} }, registry), clock, (now) => { found = now; shown.show(now); });` +
    "while (found === undefined) rounds.step(); console.log(new TextDecoder().decode(own.exposeSync().body));";
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const args = ["-e", `(async () => { ${source} })();`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 30_000, cwd: "/", ...user });
  assert.equal(status, 0, stderr);
  return stdout;
}

test("hidepid=1: those that may not be read are counted, and the others shown", { skip: noProc }, () => {
  const host = new FakeHost();
  host.process(1, { comm: "init", fds: 1 });
  for (let pid = 2; pid <= 6; pid++) {
    host.process(pid, { comm: "secret", fds: 1 });
    chmodSync(join(host.proc, String(pid)), 0);
  }
  const page = pageOfNobody(host);
  for (let pid = 2; pid <= 6; pid++) chmodSync(join(host.proc, String(pid)), 0o755);
  assert.match(page, /^processes\{command="init"\} 1$/m);
  assert.match(page, /^tallystick_probe_unreadable_processes\{what="stat"\} 5$/m);
  assert.doesNotMatch(page, /secret/);
});

test("another user's I/O and namespace: the rest of the process is shown", { skip: noProc }, () => {
  const host = new FakeHost();
  host.process(1, { comm: "theirs", fds: 3, io: [1, 2], net: { tcp: ["01"] }, threads: 4 });
  chmodSync(join(host.proc, "1/io"), 0);
  const page = pageOfNobody(host);
  assert.match(page, /^processes_threads\{command="theirs"\} 4$/m);
  assert.match(page, /^processes_open_fds\{command="theirs"\} 3$/m);
  assert.match(page, /^tallystick_probe_unreadable_processes\{what="io"\} 1$/m);
  assert.doesNotMatch(page, /^processes_read_bytes/m);
});

test("hidepid=2: those that are not listed are not there, and one that is hidden later leaves what it counted", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init" });
  host.process(2, { comm: "web" });
  const probe = new FakeProbe(host).round();
  host.process(2, { comm: "web", user: 300 });
  probe.round();
  // It takes another user: the kernel says that there is no such process.
  host.remove(2);
  probe.round();
  assert.equal(probe.page()['processes{command="web"}'], 0);
  assert.equal(probe.page()[cpu("web")], 3);
  assert.equal(probe.page()['tallystick_probe_unreadable_processes{what="stat"}'], 0);
});

const SIXTY = "x".repeat(60);
for (const [comm, label] of [
  ["a\nb", "a\\nb"],
  ["((((((((((((((", "(((((((((((((("],
  [")))))))))))))))", ")))))))))))))))"],
  [") S 1 1 1 1 1 1", ") S 1 1 1 1 1 1"],
  ["\n) R 1\n", "\\n) R 1\\n"],
  [Buffer.from([0, 1, 2, 0x80, 0xff]), "\u0000\u0001\u0002\ufffd\ufffd"],
  [SIXTY, SIXTY],
  ["\u{1f980}", "\u{1f980}"],
]) {
  test(`a process that calls itself ${JSON.stringify(String(comm))} is one line of the page`, () => {
    const host = new FakeHost();
    host.process(3, { comm, resident: 3, user: 7 });
    const page = new FakeProbe(host).round().page();
    assert.equal(page[`processes{command="${label}"}`], 1, JSON.stringify(Object.keys(page)));
    assert.equal(page[`processes_resident_memory_bytes{command="${label}"}`], 3 * 4096);
    assert.equal(page.tallystick_probe_up, 1);
  });
}

test("a name of 64 kB is no line of stat, and a line with 64 kB behind it is one", () => {
  const host = new FakeHost();
  host.process(1, { comm: "y".repeat(65_536) });
  host.write("2/stat", Buffer.concat([statLine(2, { comm: "long", threads: 9 }), Buffer.from("7 ".repeat(32_768))]));
  const page = new FakeProbe(host).round().page();
  assert.equal(page['tallystick_probe_unreadable_processes{what="stat"}'], 1);
  assert.equal(page['processes_threads{command="long"}'], 9);
  assert.deepEqual(
    Object.keys(page).filter((name) => name.startsWith("processes{")),
    ['processes{command="long"}'],
  );
});

const IO = "rchar: 5\nwchar: 6\nsyscr: 7\nsyscw: 8\nread_bytes: 90\nwrite_bytes: 70\ncancelled_write_bytes: 0\n";

test("ProcessIo: what is cut anywhere in front of its last line is none", () => {
  const io = new probing.ProcessIo();
  const bytes = Buffer.from(IO);
  const whole = IO.indexOf("cancelled");
  for (let length = 0; length <= bytes.length; length++) assert.equal(io.parse(bytes, length), length >= whole, `${length} bytes`);
  assert.deepEqual([io.read, io.written], [90, 70]);
  for (const text of ["", "\n", ":", "a: x\n".repeat(6), "a:1\n".repeat(6)])
    assert.equal(io.parse(Buffer.from(text), text.length), false, text);
});

test("files that are empty or cut take nothing from the page", () => {
  const host = new FakeHost();
  const net = { tcp: ["0A", "01"] };
  host.process(1, { comm: "web", fds: 2, io: [0, 0], net, user: 0 });
  host.write("stat", "cpu  100 2 300 4000 50 6 7 8 0 0\n");
  host.write("loadavg", "0.00 0.01 0.05 1/80 1000\n");
  const probe = new FakeProbe(host, { slowSeconds: 1 }).round(3);
  const before = probe.page();
  for (const cut of ["", "r", "\n", "\0".repeat(100)]) {
    for (const file of ["1/io", "1/net/tcp", "stat", "meminfo", "sys/fs/file-nr", "loadavg", "diskstats", "net/dev"]) host.write(file, cut);
    probe.round(3);
    const page = probe.page();
    for (const name of ['processes{command="web"}', 'processes_open_fds{command="web"}', 'host_cpu_seconds_total{mode="user"}'])
      assert.equal(page[name], before[name], `${name} behind ${JSON.stringify(cut)}`);
    assert.equal(page.tallystick_probe_up, 1);
  }
  host.write("1/io", IO);
  host.write("1/net/tcp", `  sl\n${socketLine("0A")}${socketLine("01").slice(0, 20)}`);
  host.process(1, { comm: "web", user: 50 });
  probe.round(3);
  assert.equal(probe.page()['processes_read_bytes_total{command="web"}'], 90);
  assert.equal(probe.page()['processes_sockets{namespace="1",protocol="tcp",state="listen"}'], 1, "the line that is cut is none");
});

test("numbers above 2^53 of I/O, CPU and disks stay finite, and go on", () => {
  const host = new FakeHost();
  const most = 2n ** 64n - 1n;
  host.process(1, { comm: "big", io: [0, 0], fds: 1 });
  host.write("diskstats", ` 8 0 sda ${`${most} `.repeat(17)}\n`);
  host.write("stat", `cpu  ${most} 0 0 0 0 0 0 0\n`);
  host.write("meminfo", `MemTotal: ${most} kB\nMemAvailable: ${"9".repeat(400)} kB\n`);
  const probe = new FakeProbe(host).round();
  host.process(1, { comm: "big", user: most, io: [most, most] });
  probe.round();
  const page = probe.page();
  assert.equal(page['processes_read_bytes_total{command="big"}'], Number(most));
  assert.equal(page['host_disk_read_bytes_total{device="sda"}'], Number(most) * 512);
  for (const [name, value] of Object.entries(page)) assert.ok(Number.isFinite(value) || name === "host_memory_available_bytes", name);
});

test("a process with 100,000 descriptors has so many", { timeout: 60_000 }, () => {
  const host = new FakeHost();
  host.process(1, { comm: "server", fds: 1 });
  const [first] = [join(host.proc, "1/fd/0")];
  for (let fd = 1; fd < 30_000; fd++) linkSync(first, join(host.proc, `1/fd/${fd}`));
  // A file has so many links at the most where files have fewer than 65,000.
  for (let more = 1; more <= 3; more++) {
    const next = `1/fd/${more}-0`;
    host.write(next, "");
    for (let fd = 1; fd < (more === 3 ? 10_000 : 30_000); fd++) linkSync(join(host.proc, next), join(host.proc, `1/fd/${more}-${fd}`));
  }
  const probe = new FakeProbe(host).round();
  assert.equal(probe.page()['processes_open_fds{command="server"}'], 100_000);
  host.remove("");
});

test("a time of day that steps back, or forth, changes no counter and no period; ages are of the machine's time again", () => {
  const host = new FakeHost();
  host.process(1, { comm: "web" });
  const probe = new FakeProbe(host).round(3);
  for (const [seconds, user] of [
    [-86_400, 100],
    [86_400, 200],
    [0, 300],
  ]) {
    probe.away = seconds;
    host.process(1, { comm: "web", user });
    const from = probe.now;
    probe.round();
    assert.equal(probe.page()[cpu("web")], user / 100);
    assert.ok(probe.now - from < 1.5, "the next round is not put off");
  }
  const ages = Object.values(probe.samples("tallystick_probe_age_seconds"));
  for (const age of ages) assert.ok(age >= 0 && age < 60, `${age}`);
});

test("Files: a process that is gone has no descriptors, and not none of them", () => {
  const { Files, GONE } = probing;
  // Of a /proc that counts them, of one that does not, and of none.
  for (const root of ["/proc", new FakeHost().proc, "/nowhere"]) assert.equal(new Files(root).descriptors(`${root}/4194305/fd`), GONE);
});

test("more namespaces than there may be: those beyond are counted, and all processes are told", () => {
  const host = new FakeHost();
  host.process(1, { comm: "init", fds: 1, net: { tcp: ["0A"] } });
  const probe = new FakeProbe(host).round();
  // Room for three: as of processes that have just ended.
  const { namespaces } = probe.found;
  for (let inode = 5000; namespaces.all.length < 1021; inode++) namespaces.of(`net:[${inode}]`);
  for (let pid = 2; pid <= 11; pid++) host.process(pid, { comm: "pod", fds: 1, net: { tcp: ["0A"] }, namespace: pid, start: 900 });
  probe.round();
  assert.equal(probe.page()['processes{command="pod"}'], 10);
  const beyond = () => probe.page()['tallystick_probe_unshown_devices{what="namespace"}'];
  assert.equal(beyond(), 7);
  // Those that ended make room.
  probe.round(120);
  assert.equal(Object.keys(probe.samples("processes_sockets")).length, 11);
  assert.equal(beyond(), 0);
});

test("network namespaces beyond the limit have no sockets on the page, and are counted for as long as somebody is in them", () => {
  const host = new FakeHost();
  for (let pid = 1; pid <= 1030; pid++) host.process(pid, { comm: "pod", fds: 1, net: { tcp: ["0A"] }, namespace: pid });
  const probe = new FakeProbe(host, { slowSeconds: 3 }).round(12);
  const shown = Object.keys(probe.samples("processes_sockets")).map((name) => Number(/namespace="(\d+)"/.exec(name)[1]));
  const beyond = () => probe.page()['tallystick_probe_unshown_devices{what="namespace"}'];
  assert.deepEqual([shown.length, beyond()], [1024, 6]);
  for (let pid = 1; pid <= 1030; pid++) if (!shown.includes(pid)) host.remove(pid);
  probe.round(20);
  assert.deepEqual([Object.keys(probe.samples("processes_sockets")).length, beyond()], [1024, 0]);
});

test("more processes than there may be are told", () => {
  const { PROCESSES_MOST } = probing;
  const host = new FakeHost();
  const probe = new FakeProbe(host);
  const { table } = probe.rounds.walk;
  // Room for one: the others' rows are there already, as of processes that nobody lists.
  for (let pid = 1_000_000; table.count < PROCESSES_MOST - 1; pid++) table.add(pid);
  host.process(1, { comm: "one" });
  host.process(2, { comm: "two" });
  assert.ok(probe.rounds.walk.begin(1000));
  assert.deepEqual([table.rowOf(1) !== -1, table.rowOf(2) !== -1].toSorted(), [false, true]);
  probe.rounds.walk.end();
  assert.equal(probe.rounds.walk.hidden, 1);
});

test("nothing of a command line or an environment is read, whatever is in it", () => {
  const host = new FakeHost();
  host.process(1, { comm: "web", fds: 1, io: [0, 0], net: { tcp: ["0A"] } });
  for (const file of ["cmdline", "environ", "comm", "exe", "status"]) host.write(`1/${file}`, "web\0--password=hunter2\0");
  for (const by of ["command", "pid"]) {
    const probe = new FakeProbe(host, { by }).round(3);
    assert.doesNotMatch(new TextDecoder().decode(probe.registry.exposeSync().body), /hunter2/);
  }
});
