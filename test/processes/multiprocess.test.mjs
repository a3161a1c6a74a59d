// What Python's client leaves in files: values equal to its own for every series, and nothing that breaks a scrape.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { runtimes } from "../../scripts/runtimes.mjs";
import { Collected, counted, judged, judgeFormat, read, reader } from "./collected.mjs";
import { dumped, file, fleet, FORMATS, INITIAL, numbers, put, record } from "./database.mjs";

const made = [];
function folder() {
  made.push(mkdtempSync(join(tmpdir(), "tallystick-python-")));
  return made.at(-1);
}
after(() => made.forEach((each) => rmSync(each, { recursive: true, force: true })));

const skip = judgeFormat === false && "python3-prometheus-client is not installed";
const REFERENCE = judgeFormat || "v16";

/** Whole numbers exactly, others but for the order of additions. */
function close(one, other) {
  if (Object.is(one, other) || one === other) return true;
  if (Number.isInteger(one) && Number.isInteger(other) && Math.abs(one) < 2 ** 53) return false;
  return Math.abs(one - other) <= 1e-12 * Math.max(Math.abs(one), Math.abs(other));
}

function same(ours, theirs) {
  const keys = [...new Set([...ours.keys(), ...theirs.keys()])];
  const different = keys.filter((key) => !ours.has(key) || !theirs.has(key) || !close(ours.get(key), theirs.get(key)));
  const shown = different.slice(0, 5).map((key) => `${key}: ours ${ours.get(key)}, theirs ${theirs.get(key)}`);
  assert.equal(different.length, 0, `${different.length} of ${keys.length} differ:\n${shown.join("\n")}`);
}

test("readMultiprocessDir: a fleet of workers in all three formats, equal to Python's client", { skip }, async () => {
  const folders = Object.fromEntries(Object.keys(FORMATS).map((format) => [format, folder()]));
  for (const [format, path] of Object.entries(folders)) fleet(path, { files: 60, format });
  const theirs = judged(folders[REFERENCE]);
  for (const [format, path] of Object.entries(folders)) {
    const ours = await read(path);
    same(ours.samples, theirs.samples);
    assert.deepEqual(ours.statistics.skipped, 0);
    assert.equal(ours.statistics.files, 60);
    assert.equal(ours.statistics.samples, 20 * 605);
    assert.equal(ours.families[0].help.startsWith("Multiprocess"), format === "v06");
  }
});

test("readMultiprocessDir: the same without a judge, in slices, refresh after refresh", async () => {
  const [one, other] = [folder(), folder()];
  const samples = fleet(one, { files: 60, format: "v06" });
  fleet(other, { files: 60, format: "v25" });
  const expected = await read(one);
  const { sink, reading } = reader(other, { sliceMs: 0 });
  for (let i = 0; i < 3; i++) {
    await reading.refresh();
    same(sink.samples(), expected.samples);
    assert.equal(reading.statistics.samples, samples);
  }
});

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const RUNTIMES = { "node-current": [], deno: ["run", "--allow-all"], bun: ["run"] };

for (const [runtime, args] of Object.entries(RUNTIMES)) {
  const binary = runtimes()[runtime];
  test(`readMultiprocessDir: ${runtime} reads the same`, { skip: binary === undefined && `${runtime} is not installed` }, () => {
    const path = folder();
    fleet(path, { files: 30 });
    writeFileSync(join(path, "counter_2.db"), "");
    symlinkSync(join(path, "counter_2.db"), join(path, "counter_3.db"));
    const script = [at("fixtures/reading.mjs"), at("../../build/internals.mjs"), at("../../build/core.wasm"), path];
    const answer = (command, own) => JSON.parse(execFileSync(command, [...own, ...script], { encoding: "utf8", maxBuffer: 1 << 28 }));
    const theirs = answer(binary, args);
    assert.deepEqual(theirs, answer(process.execPath, []));
    assert.equal(theirs.statistics.samples, 6050);
    assert.equal(theirs.statistics.skipped, 2);
  });
}

test("readMultiprocessDir: what real processes of the client wrote, equal for every series", { skip }, async () => {
  const path = folder();
  const pids = [1, 2, 3, 4, 5].map((seed) => counted(path, seed));
  const theirs = judged(path);
  const ours = await read(path);
  same(ours.samples, theirs.samples);
  assert.ok(ours.samples.size > 300, `Only ${ours.samples.size} samples`);
  for (const { name, kind, help } of ours.families) assert.deepEqual({ type: kind, help }, theirs.families.get(name), name);
  assert.ok(ours.families.some(({ mode }) => mode === "liveall"));
  // A reader that was there before sees it, too.
  const { sink, reading } = reader(path);
  await reading.refresh();
  const marked = judged(path, pids[0]);
  await reading.refresh();
  same(sink.samples(), marked.samples);
  assert.ok(sink.samples().size < ours.samples.size);
});

const MODES = ["all", "min", "max", "sum", "mostrecent"];

test("readMultiprocessDir: the ten modes of gauges", async () => {
  const path = folder();
  for (const mode of MODES.flatMap((each) => [each, `live${each}`])) {
    put(path, `gauge_${mode}_11.db`, [[mode, mode, { a: "x" }, 4, 30]]);
    put(path, `gauge_${mode}_12.db`, [[mode, mode, { a: "x" }, -3, 20]]);
    put(path, `gauge_${mode}_13.db`, [[mode, mode, { a: "x" }, 2, 0]]);
  }
  const { samples, families } = await read(path);
  const merged = { min: -3, max: 4, sum: 3, mostrecent: 4 };
  for (const live of ["", "live"]) {
    for (const [mode, value] of Object.entries(merged)) assert.equal(samples.get(`${live}${mode}[["a","x"]]`), value, live + mode);
    for (const [pid, value] of Object.entries({ 11: 4, 12: -3, 13: 2 })) {
      assert.equal(samples.get(`${live}all[["a","x"],["pid","${pid}"]]`), value);
    }
  }
  assert.equal(samples.size, 14);
  assert.deepEqual(families.map(({ mode }) => mode).sort(), MODES.flatMap((each) => [each, `live${each}`]).sort());
});

test("readMultiprocessDir: a mostrecent gauge that nobody set has no value, as in Python", async () => {
  const path = folder();
  put(path, "gauge_mostrecent_1.db", [["never", "never", {}, 0, 0]]);
  assert.equal((await read(path)).samples.size, 0);
});

test("readMultiprocessDir: forgetDead leaves out live gauges of processes that are gone, and nothing else", async () => {
  const path = folder();
  const dead = Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
  for (const pid of [process.pid, dead, "worker_7"]) {
    put(path, `gauge_livesum_${pid}.db`, [["busy", "busy", {}, 1]]);
    put(path, `gauge_sum_${pid}.db`, [["seen", "seen", {}, 1]]);
    put(path, `counter_${pid}.db`, [["jobs", "jobs_total", {}, 1]]);
  }
  const kept = await read(path);
  assert.deepEqual(Object.fromEntries(kept.samples), { "busy[]": 3, "seen[]": 3, "jobs_total[]": 3 });
  const forgotten = await read(path, { forgetDead: true });
  assert.deepEqual(Object.fromEntries(forgotten.samples), { "busy[]": 2, "seen[]": 3, "jobs_total[]": 3 });
});

test("readMultiprocessDir: files that are none are skipped and counted, and the others served", async () => {
  const path = folder();
  put(path, "counter_1.db", [["jobs", "jobs_total", {}, 5]]);
  writeFileSync(join(path, "counter_2.db"), "");
  writeFileSync(join(path, "counter_3.db"), "abc");
  writeFileSync(join(path, "counter_4.db"), Buffer.alloc(4096, 0xff));
  writeFileSync(join(path, "sessions_5.db"), "SQLite format 3\0");
  writeFileSync(join(path, "gauge_median_5.db"), "");
  writeFileSync(join(path, "cache.db"), "");
  mkdirSync(join(path, "counter_6.db"));
  symlinkSync(join(path, "counter_1.db"), join(path, "counter_7.db"));
  const skipped = ["2", "3", "4", "sessions", "median", "cache", "6", "7"];
  if (process.platform !== "win32") {
    execFileSync("mkfifo", [join(path, "counter_8.db")]);
    skipped.push("8");
  }
  // Python's glob does not see these.
  writeFileSync(join(path, ".counter_9.db"), "");
  writeFileSync(join(path, "counter_10.db.tmp"), "");
  // Made this moment, whole, and empty.
  writeFileSync(join(path, "counter_11.db"), Buffer.alloc(INITIAL));
  const { samples, statistics } = await read(path);
  assert.deepEqual(Object.fromEntries(samples), { "jobs_total[]": 5 });
  assert.equal(statistics.skipped, skipped.length);
  assert.equal(statistics.samples, 1);
});

test("readMultiprocessDir: a file that is cut at any byte is read as far as it is whole", async () => {
  for (const [format, { doubles, help }] of Object.entries(FORMATS)) {
    const path = folder();
    put(path, "counter_1.db", [["other", "other_total", {}, 1]], format);
    const key = (i) => dumped(["jobs", "jobs_total", { i: String(i) }, ...(help ? ["Jobs"] : [])]);
    const records = [0, 1, 2, 3].map((i) => record(key(i), i + 1, doubles));
    const bytes = file(records);
    const { sink, reading } = reader(path);
    const ends = records.map((_, i) => 8 + records.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
    for (let length = bytes.length; length >= 0; length--) {
      writeFileSync(join(path, "counter_2.db"), bytes.subarray(0, length));
      await reading.refresh();
      const whole = ends.filter((end) => end <= length).length;
      assert.equal(sink.samples().size, 1 + whole, `${format} cut to ${length}`);
      assert.equal(reading.statistics.skipped, length === bytes.length ? 0 : 1);
    }
  }
});

test("readMultiprocessDir: bits that flip break nothing", async () => {
  const path = folder();
  put(path, "counter_1.db", [["other", "other_total", {}, 1]]);
  put(path, "histogram_2.db", [["s", "s_sum", { a: "ö" }, 3], ...["0.5", "1.0", "+Inf"].map((le) => ["s", "s_bucket", { a: "ö", le }, 1])]);
  const bytes = readFileSync(join(path, "histogram_2.db"));
  const used = bytes.readInt32LE(0);
  const { sink, reading } = reader(path);
  const { below } = numbers(7);
  for (let round = 0; round < 1500; round++) {
    const flipped = Buffer.from(bytes);
    for (let flips = 1 + below(3); flips > 0; flips--) flipped[below(used)] ^= 1 << below(8);
    writeFileSync(join(path, "histogram_2.db"), flipped);
    await reading.refresh();
    assert.equal(sink.samples().get("other_total[]"), 1);
  }
  writeFileSync(join(path, "histogram_2.db"), bytes);
  await reading.refresh();
  assert.equal(reading.statistics.skipped, 0);
});

/** A process of the client as it counts: first the record, then how much of the file is used. */
function growing(path, records) {
  return new Worker(
    `const { openSync, writeSync, ftruncateSync } = require("node:fs");
     const { workerData: { path, records } } = require("node:worker_threads");
     const file = openSync(path, "w+");
     let used = 8, size = 65536;
     ftruncateSync(file, size);
     const head = Buffer.alloc(4);
     for (const each of records) {
       while (used + each.length > size) ftruncateSync(file, (size *= 2));
       writeSync(file, each, 0, each.length, used);
       used += each.length;
       head.writeInt32LE(used);
       writeSync(file, head, 0, 4, 0);
     }`,
    { eval: true, workerData: { path, records } },
  );
}

test("readMultiprocessDir: a file that grows while it is read is whole at every reading", async () => {
  const path = folder();
  const records = Array.from({ length: 6000 }, (_, i) => record(dumped(["jobs", "jobs_total", { i: String(i) }, "Jobs"]), 1));
  const { sink, reading } = reader(path, { sliceMs: 0 });
  const worker = growing(join(path, "counter_1.db"), records);
  let before = 0;
  let readings = 0;
  let ended = false;
  worker.once("exit", () => (ended = true));
  while (!ended) {
    await reading.refresh();
    const { size } = sink.samples();
    assert.ok(size >= before, `${size} samples after ${before}`);
    // Until it has its first bytes it is an empty file.
    assert.ok(reading.statistics.skipped === 0 || size === 0);
    before = size;
    readings++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await reading.refresh();
  assert.equal(sink.samples().size, records.length);
  assert.ok(readings > 1);
});

test("readMultiprocessDir: keys that no page can have are refused one by one", async () => {
  const path = folder();
  const good = [dumped(["jobs", "jobs_total", {}, "Jobs"]), dumped(["quo.ted", "quo.ted_total", { "a.b": "c" }, ""])];
  const bad = [
    '["',
    '["a", "a_total", {}',
    '["a"]',
    '["a", "a_total", {}, "", ""]',
    '["a", 5, {}]',
    '["a", "a_total", []]',
    '["a", "a_total", null]',
    '["a", "a_total", {"b": 5}]',
    '["a", "a_total", {"": "c"}]',
    '["a", "a_total", {"__name__": "c"}]',
    '["a", "a_total", {"b": "\\ud800"}]',
    '["a", "a_total", {}, 7]',
    '["a", "b_total", {}]',
    '["a", "a_created", {}]',
    `["a", "a_total", {"b": "${"ö".repeat(8200)}"}]`,
    `["${"a".repeat(1100)}", "${"a".repeat(1100)}_total", {}]`,
    Buffer.from([...Buffer.from('["a", "a_total", {"b": "'), 0xff, 0xc0, ...Buffer.from('"}]')]),
  ];
  writeFileSync(join(path, "counter_1.db"), file([...bad, ...good].map((key) => record(key.length < 4 ? `${key}  ` : key, 1))));
  const badBuckets = ["x", "nan", "", "-inf", "0x10"].map((le) => dumped(["h", "h_bucket", { le }, ""]));
  badBuckets.push(dumped(["h", "h_bucket", {}, ""]), dumped(["h", "h_sum", { le: "1" }, ""]), dumped(["h", "h_count", {}, ""]));
  writeFileSync(join(path, "histogram_1.db"), file(badBuckets.map((key) => record(key, 1))));
  writeFileSync(join(path, "summary_1.db"), file([record(dumped(["q", "q_sum", { quantile: "1" }, ""]), 1)]));
  const { samples, statistics } = await read(path);
  assert.deepEqual(Object.fromEntries(samples), { "jobs_total[]": 1, 'quo.ted_total[["\\"a.b\\"","c"]]': 1 });
  assert.equal(statistics.refused, bad.length + badBuckets.length + 1);
  assert.equal(statistics.skipped, 0);
});

test("readMultiprocessDir: counts that are none are 0, other numbers are what they are", async () => {
  const path = folder();
  const bucket = (le, value) => ["h", "h_bucket", { le }, value];
  put(path, "histogram_1.db", [["h", "h_sum", {}, NaN], bucket("0.5", NaN), bucket("1", -3), bucket("2", Infinity), bucket("+Inf", 2)]);
  put(path, "counter_1.db", [["c", "c_total", {}, -Infinity]]);
  const { samples } = await read(path);
  assert.equal(samples.get("c_total[]"), -Infinity);
  assert.equal(samples.get("h_sum[]"), NaN);
  assert.equal(samples.get('h_bucket[["le","1"]]'), 0);
  assert.equal(samples.get('h_bucket[["le","2"]]'), Number.MAX_SAFE_INTEGER);
});

test("readMultiprocessDir: series whose help a release changed are one", async () => {
  const path = folder();
  for (const [pid, help] of ["Old", "New"].entries()) {
    put(path, `counter_${pid}.db`, [["c", "c_total", { a: "x" }, 2 + pid, 0, help]]);
    put(path, `gauge_min_${pid}.db`, [["least", "least", {}, 2 + pid, 0, help]]);
    put(path, `gauge_max_${pid}.db`, [["most", "most", {}, 2 + pid, 0, help]]);
    put(path, `gauge_mostrecent_${pid}.db`, [["last", "last", {}, 2 + pid, 9 - pid, help]]);
    put(path, `summary_${pid}.db`, [
      ["s", "s_sum", {}, 1.5, 0, help],
      ["s", "s_count", {}, 1, 0, help],
    ]);
  }
  const { samples, families } = await read(path);
  const expected = { 'c_total[["a","x"]]': 5, "least[]": 2, "most[]": 3, "last[]": 2, "s_sum[]": 3, "s_count[]": 2 };
  for (const [key, value] of Object.entries(expected)) assert.equal(samples.get(key), value, key);
  assert.equal(samples.size, 6);
  assert.equal(families.length, 5);
});

test("readMultiprocessDir: a gauge's own label pid is dropped, as in Python", async () => {
  const path = folder();
  put(path, "gauge_sum_1.db", [
    ["g", "g", { pid: "a", z: "" }, 2],
    ["g", "g", { pid: "b", z: "" }, 3],
  ]);
  put(path, "gauge_all_1.db", [["each", "each", { a: "", z: "" }, 4]]);
  assert.deepEqual(Object.fromEntries((await read(path)).samples), {
    'g[["z",""]]': 5,
    'each[["a",""],["pid","1"],["z",""]]': 4,
  });
});

test("readMultiprocessDir: bounds of another release count into the next one that is there", async () => {
  const path = folder();
  const histogram = (name, bounds) =>
    put(path, name, [["h", "h_sum", {}, 1], ...bounds.map(([le, value]) => ["h", "h_bucket", { le }, value])]);
  histogram("histogram_1.db", [
    ["1.0", 1],
    ["5.0", 2],
    ["+Inf", 4],
  ]);
  const { sink, reading } = reader(path);
  await reading.refresh();
  histogram("histogram_2.db", [
    ["0.5", 10],
    ["1.0", 20],
    ["2.5", 40],
    ["10", 80],
    ["+Inf", 160],
  ]);
  await reading.refresh();
  assert.deepEqual(sink.published[0].buckets, [31, 42, 244]);
  assert.deepEqual((await read(path)).families[0].buckets, [0.5, 1, 2.5, 5, 10]);
});

test("readMultiprocessDir: keys of processes that are gone are forgotten", async () => {
  const path = folder();
  const { sink, reading } = reader(path);
  const pids = Array.from({ length: 60 }, (_, i) => 100 + i);
  for (let round = 0; round < 3; round++) {
    for (const pid of pids) {
      const gauges = Array.from({ length: 100 }, (_, i) => ["g", "g", { i: String(i) }, round]);
      put(path, `gauge_liveall_${pid + round * 1000}.db`, gauges);
    }
    await reading.refresh();
    assert.equal(sink.samples().size, 6000);
    for (const pid of pids) unlinkSync(join(path, `gauge_liveall_${pid + round * 1000}.db`));
    await reading.refresh();
    assert.equal(sink.samples().size, 0);
  }
  assert.ok(reading.statistics.keys <= 6000, `${reading.statistics.keys} keys`);
});

test("readMultiprocessDir: a family that the sink refuses is asked for again, and costs the others nothing", async () => {
  const path = folder();
  put(path, "counter_1.db", [
    ["jobs", "jobs_total", {}, 5],
    ["mine", "mine_total", {}, 6],
  ]);
  const sink = new Collected();
  sink.families.push({ kind: "gauge", name: "mine" });
  const { reading } = reader(path, { sink });
  await reading.refresh();
  assert.deepEqual(Object.fromEntries(sink.samples()), { "jobs_total[]": 5 });
  sink.families[0].name = "other";
  await reading.refresh();
  assert.equal(sink.samples().get("mine_total[]"), 6);
});

test("readMultiprocessDir: a refresh lets the event loop turn, is shared, and ends with close", async () => {
  const path = folder();
  fleet(path, { files: 30 });
  const { sink, reading } = reader(path, { sliceMs: 0 });
  let turns = 0;
  const turning = setInterval(() => turns++, 0);
  const first = reading.refresh();
  assert.equal(reading.refresh(), first);
  await first;
  clearInterval(turning);
  assert.ok(turns > 0);
  assert.ok(sink.published.length > 0);
  sink.published = [];
  const second = reading.refresh();
  reading.close();
  await second;
  await reading.refresh();
  reading.close();
  assert.equal(sink.published.length, 0);
});

test("readMultiprocessDir: a directory that is not there is an error each time, and no more once it is", async () => {
  const path = join(folder(), "later");
  const { sink, reading } = reader(path);
  await assert.rejects(reading.refresh(), /^Error: Cannot read the directory ".*later": it is not there yet, /);
  mkdirSync(path);
  put(path, "counter_1.db", [["jobs", "jobs_total", {}, 5]]);
  await reading.refresh();
  assert.deepEqual(Object.fromEntries(sink.samples()), { "jobs_total[]": 5 });
});

test("readMultiprocessDir: its memory is given back, and has a limit that costs samples, never a scrape", async () => {
  const path = folder();
  const { core } = reader(folder(), { maxBytes: 8 << 20 });
  for (let pid = 0; pid < 8; pid++) {
    const long = (i) => `${pid}-${i}-`.padEnd(15000, "x");
    put(
      path,
      `counter_${pid}.db`,
      Array.from({ length: 100 }, (_, i) => ["jobs", "jobs_total", { long: long(i) }, 1]),
    );
  }
  const { sink, reading } = reader(path, { core });
  await reading.refresh();
  assert.ok(reading.statistics.refused > 0);
  assert.ok(sink.published.length > 50);
  reading.close();
  const reserved = core.verbs.bytesReserved();
  const again = reader(path, { core });
  await again.reading.refresh();
  again.reading.close();
  assert.equal(core.verbs.bytesReserved(), reserved);
});

test("readMultiprocessDir: absurdly many keys are as many as the limit, and each that is past it is counted", async () => {
  const path = folder();
  const records = Array.from({ length: 262144 + 100 }, (_, i) => record(`["a","a_total",{"i":"${i}"},""]`, 1));
  writeFileSync(join(path, "counter_1.db"), file(records));
  const { statistics, samples } = await read(path);
  assert.equal(statistics.keys, 262144);
  assert.equal(statistics.refused, 100);
  assert.equal(statistics.skipped, 0);
  assert.equal(samples.size, 262144);
});
