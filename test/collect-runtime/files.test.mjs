// What is read of /proc and of a cgroup, from files that say what a kernel would: units, absence, what is cut or of another form.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { inside, partOf } from "./internals.mjs";

const { cgroupOf, NamedLines, ownProcess } = inside;
const root = mkdtempSync(join(tmpdir(), "tallystick-runtime-"));
after(() => rmSync(root, { recursive: true, force: true }));
let systems = 0;

/** A system of these files; `shown` collects of it. */
function systemOf(files, rss = 4096) {
  const place = join(root, String(systems++));
  const write = (path, content) => {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  const places = { proc: join(place, "proc"), cgroup: join(place, "cgroup") };
  const { shown } = partOf((sheet) => ownProcess(sheet, () => rss, places));
  return { shown, write, remove: (path) => rmSync(join(place, path), { recursive: true }), places };
}

const STATUS =
  "Name:\tVmRSS: 7 kB\nVmPeak:\t    9000 kB\nVmSize:\t    8000 kB\nVmHWM:\t    700 kB\nVmRSS:\t    600 kB\nRssAnon:\t     300 kB\n" +
  "RssFile:\t     200 kB\nRssShmem:\t     100 kB\nVmData:\t    400 kB\nThreads:\t11\nvoluntary_ctxt_switches:\t5\n";
const IO = "rchar: 18446744073709551615\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n";
const LIMITS =
  "Limit                     Soft Limit           Hard Limit           Units     \n" +
  "Max open files            1024                 1048576              files     \n";
const pressure = (some, full) =>
  `some avg10=1.50 avg60=0.00 avg300=0.00 total=${some}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${full}\n`;

const WHOLE = {
  "proc/self/status": STATUS,
  "proc/self/io": IO,
  "proc/self/limits": LIMITS,
  "proc/self/fd/0": "",
  "proc/self/fd/1": "",
  "proc/self/fd/2": "",
  "proc/self/cgroup": "4:memory:/old\n0::/app.slice/web\n",
  "cgroup/app.slice/web/cgroup.type": "domain\n",
  "cgroup/app.slice/web/cpu.pressure": pressure(1_500_000, 250_000),
  "cgroup/app.slice/web/io.pressure": pressure(2_000_000, 1),
  "cgroup/app.slice/web/memory.pressure": pressure(3, 0),
};

const EXPECTED = {
  process_virtual_memory_peak_bytes: 9000 * 1024,
  process_virtual_memory_bytes: 8000 * 1024,
  process_resident_memory_peak_bytes: 700 * 1024,
  process_resident_memory_bytes: 600 * 1024,
  process_resident_memory_anon_bytes: 300 * 1024,
  process_resident_memory_file_bytes: 200 * 1024,
  process_resident_memory_shared_bytes: 100 * 1024,
  process_heap_bytes: 400 * 1024,
  process_num_threads: 11,
  process_io_read_bytes_total: 2 ** 64,
  process_io_written_bytes_total: 2,
  process_io_read_syscalls_total: 3,
  process_io_write_syscalls_total: 4,
  process_io_storage_read_bytes_total: 5,
  process_io_storage_written_bytes_total: 6,
  process_pressure_cpu_waiting_seconds_total: 1.5,
  process_pressure_cpu_stalled_seconds_total: 0.25,
  process_pressure_io_waiting_seconds_total: 2,
  process_pressure_io_stalled_seconds_total: 0.000001,
  process_pressure_memory_waiting_seconds_total: 0.000003,
  process_pressure_memory_stalled_seconds_total: 0,
  process_max_fds: 1024,
};
/** A directory of files is no directory of descriptors: one of what it lists is taken for the reading itself. */
const FDS = { process_open_fds: 2 };

test("ownProcess: all that a kernel tells, in bytes and seconds", () => {
  assert.deepEqual(systemOf(WHOLE).shown(), { ...EXPECTED, ...FDS });
});

test("ownProcess: without /proc there is the resident memory that the runtime knows, and no zero", () => {
  assert.deepEqual(systemOf({}).shown(), { process_resident_memory_bytes: 4096 });
});

for (const [path, prefix] of [
  ["proc/self/io", "process_io_"],
  ["proc/self/limits", "process_max_fds"],
  ["proc/self/fd", "process_open_fds"],
  ["proc/self/cgroup", "process_pressure_"],
  ["cgroup", "process_pressure_"],
]) {
  test(`ownProcess: without ${path} there is no ${prefix}, and all else is`, () => {
    const files = Object.fromEntries(Object.entries(WHOLE).filter(([name]) => name !== path && !name.startsWith(`${path}/`)));
    const expected = Object.fromEntries(Object.entries({ ...EXPECTED, ...FDS }).filter(([name]) => !name.startsWith(prefix)));
    assert.deepEqual(systemOf(files).shown(), expected);
  });
}

test("ownProcess: what comes later is read again, and what has gone is gone", () => {
  const { shown, write, remove } = systemOf(WHOLE);
  shown();
  write("proc/self/io", IO.replace("wchar: 2", "wchar: 20"));
  assert.equal(shown().process_io_written_bytes_total, 20);
  remove("proc/self/io");
  assert.equal("process_io_written_bytes_total" in shown(), false);
});

test("ownProcess: of the system's own cgroup it is not told how long all wait for a processor: the kernel says 0", () => {
  const files = {
    "proc/self/cgroup": "0::/\n",
    "cgroup/unified/cpu.pressure": pressure(4_000_000, 0),
    "cgroup/unified/io.pressure": pressure(1_000_000, 1_000_000),
    "cgroup/unified/memory.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=9000000\n",
  };
  assert.deepEqual(systemOf(files).shown(), {
    process_resident_memory_bytes: 4096,
    process_pressure_cpu_waiting_seconds_total: 4,
    process_pressure_io_waiting_seconds_total: 1,
    process_pressure_io_stalled_seconds_total: 1,
    process_pressure_memory_waiting_seconds_total: 9,
  });
});

test("cgroupOf: none of version 1 alone, and none that cannot be seen", () => {
  const { places } = systemOf({ "proc/self/cgroup": "4:memory:/old\n" });
  assert.equal(cgroupOf(places.proc, places.cgroup), undefined);
  const hidden = systemOf({ "proc/self/cgroup": "0::/docker/abc\n", "cgroup/cpu.pressure": pressure(1, 1) });
  assert.equal(cgroupOf(hidden.places.proc, hidden.places.cgroup), undefined);
});

const parsed = (lines, text) => {
  lines.parse(Buffer.from(text), Buffer.byteLength(text));
  return [...lines.values];
};

test("NamedLines: names are whole words at the begin of a line, in any order", () => {
  const lines = new NamedLines(["Threads", "VmRSS"]);
  assert.deepEqual(parsed(lines, "VmRSS:\t 12 kB\nThreadsMax: 5\n Threads: 6\nThreads:\t7\n"), [7, 12]);
});

test("NamedLines: what is not there, has no digits, or was cut, is NaN", () => {
  const lines = new NamedLines(["a", "b", "c"]);
  assert.deepEqual(parsed(lines, "a: 1\nb: unlimited\nc: 12"), [1, NaN, NaN]);
  assert.deepEqual(parsed(lines, ""), [NaN, NaN, NaN]);
  assert.deepEqual(parsed(lines, "c: 3\n"), [NaN, NaN, 3]);
});

test("NamedLines: with a mark the number is the one behind it", () => {
  const lines = new NamedLines(["some", "full"], "total=");
  assert.deepEqual(parsed(lines, pressure(17, 18)), [17, 18]);
  assert.deepEqual(parsed(lines, "some avg10=1.0\nfull total=\n"), [NaN, NaN]);
  assert.deepEqual(parsed(lines, "some avg10=1.0\nsomething total=3\nfull total=4\n"), [NaN, 4]);
});

test("the process' start by /proc: whatever its program is called; none where it cannot be read", (t) => {
  const proc = mkdtempSync(join(tmpdir(), "tallystick-start-"));
  t.after(() => rmSync(proc, { recursive: true }));
  mkdirSync(join(proc, "self"));
  assert.equal(inside.startSecondsIn(proc), undefined);
  const stat = (name, ticks) =>
    writeFileSync(join(proc, "self/stat"), `7 (${name}) S 1 7 7 0 -1 0 1 2 3 4 5 6 7 8 20 0 11 0 ${ticks} 9 9\n`);
  stat("node", 12_345);
  assert.equal(inside.startSecondsIn(proc), undefined);
  writeFileSync(join(proc, "stat"), "cpu 1 2 3\nbtime 1700000000\nprocesses 5\n");
  assert.equal(inside.startSecondsIn(proc), 1_700_000_123);
  stat("a) S 1 (b", 6000);
  assert.equal(inside.startSecondsIn(proc), 1_700_000_060);
  writeFileSync(join(proc, "self/stat"), "7 (node) S 1");
  assert.equal(inside.startSecondsIn(proc), undefined);
});
