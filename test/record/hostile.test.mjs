// What comes from strangers, and from clocks: labels of all that text may hold, numbers that are none, time that steps. Whatever it is,
// a row is a row, and Python and the program read back what was meant.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { recorder, requests } from "tallystick/record";
import { folder, rowsIn } from "./recorded.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
const PYTHON = "/usr/bin/python3";
const failed = (error) => assert.fail(error);

/** Rows of a directory as the program reads them, in the order of their times. */
function exported(dir) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "record", "export", dir, "--format", "jsonl"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
}

/** The same as Python's csv reads them. */
function python(dir) {
  const source = `
import csv, glob, json, sys
rows = []
for path in glob.glob(sys.argv[1] + "/*.csv"):
    with open(path, newline="", encoding="utf-8", errors="strict") as file: rows += list(csv.reader(file))[1:]
assert all(len(row) == 4 for row in rows)
rows.sort(key=lambda row: int(row[0]))
print(json.dumps([[repr(float(row[1])), row[2]] for row in rows]))
`;
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", source, dir], { encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const CONTROLS = [...Array(0x21).keys(), ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i)].map((code) => String.fromCharCode(code));
const LABELS = [
  ...CONTROLS.map((character) => `before${character}after`),
  ...CONTROLS,
  CONTROLS.join(""),
  "\ud800",
  "\udfff",
  "a\ud83d",
  "\ude00b",
  "\ude00\ud83d",
  "🙂",
  "\ufeff",
  "\uffff\ufffe",
  "\u2028\u2029",
  "\u202eabc",
  '"',
  '""",\r\n"',
  "=1+1",
  "Timepoint,Measurement,Label,PID\r\n1,2,x,3\r\n",
  '{"label":"x"}\n',
  "\\u0000\\",
  "",
];

for (const format of ["csv", "jsonl"]) {
  test(`labels with every control character and halves of characters are whole in ${format}, and no row is another`, async () => {
    const dir = folder();
    const samples = recorder({ dir, prefix: `labels-${format}`, format, flushSeconds: 0, onError: failed });
    for (const [i, label] of LABELS.entries()) samples.record(label, i);
    await samples.close();
    const rows = exported(dir);
    assert.equal(rows.length, LABELS.length);
    // Half a character is none in UTF-8.
    const wanted = LABELS.map((label) => label.toWellFormed());
    assert.deepEqual(
      rows.toSorted((a, b) => a.measurement - b.measurement).map(({ label }) => label),
      wanted,
    );
    for (const { pid } of rows) assert.equal(pid, process.pid);
    if (format === "csv" && existsSync(PYTHON))
      assert.deepEqual(
        python(dir).toSorted((a, b) => a[0] - b[0]).map(([, label]) => label), // prettier-ignore
        wanted,
      );
  });
}

test("NaN, infinities and -0 are what they were: in CSV as Python writes them, in JSON null where it has none", async () => {
  const numbers = [NaN, Infinity, -Infinity, -0, 0, Number.MAX_VALUE, -Number.MIN_VALUE];
  for (const format of ["csv", "jsonl"]) {
    const dir = folder();
    const samples = recorder({ dir, prefix: `numbers-${format}`, format, flushSeconds: 0, onError: failed });
    const whole = samples.label("whole", { whole: true });
    for (const value of numbers) samples.record("x", value);
    for (const value of [NaN, Infinity, -0, 2 ** 53, 1e300, 0.5]) whole.record(value);
    await samples.close();
    const found = exported(dir);
    const said = (name) => found.filter(({ label }) => label === name).map(({ measurement }) => measurement);
    if (format === "csv") {
      assert.deepEqual(said("x"), ["nan", "inf", "-inf", -0, 0, Number.MAX_VALUE, -Number.MIN_VALUE]);
      if (existsSync(PYTHON)) {
        const words = python(dir).filter(([, label]) => label === "x").map(([value]) => value); // prettier-ignore
        assert.deepEqual(words, ["nan", "inf", "-inf", "-0.0", "0.0", "1.7976931348623157e+308", "-5e-324"]);
      }
    } else {
      assert.deepEqual(said("x"), ["nan", "nan", "nan", -0, 0, Number.MAX_VALUE, -Number.MIN_VALUE]);
    }
    assert.deepEqual(said("whole").slice(3), [2 ** 53, 1e300, 0.5]);
  }
});

/** Replaces both clocks while `act` runs: milliseconds of the runtime's own, and of the system's. */
function atTimes(clock, act) {
  const { now } = performance;
  const { now: wall } = Date;
  performance.now = () => clock.now;
  Date.now = () => clock.wall;
  try {
    act();
  } finally {
    performance.now = now;
    Date.now = wall;
  }
}

const HOUR = 3_600_000;
const NOON = 1_764_244_800_000;
const RECORD = new URL("../../dist/esm/record.js", import.meta.url).href;

for (const [what, step] of [
  ["back by an hour", -HOUR],
  ["forwards by an hour", HOUR],
]) {
  test(`a system's clock that steps ${what}: a thread's times go on as they were, those of threads that begin later are the new ones`, async () => {
    const dir = folder();
    const prefix = step < 0 ? "back" : "forwards";
    const samples = recorder({ dir, prefix, thread: false, flushSeconds: 0, retainSeconds: 60, onError: failed });
    const clock = { now: 1000, wall: NOON };
    atTimes(clock, () => {
      for (let i = 0; i < 10; i++) {
        if (i === 5) clock.wall += step;
        samples.record("x", i);
        clock.now += 250;
        clock.wall += 250;
      }
    });
    const source = `
      import { parentPort, workerData } from "node:worker_threads";
      import { recorder } from ${JSON.stringify(RECORD)};
      const samples = recorder({ ...workerData.options });
      const label = samples.label("y");
      performance.now = () => 5000;
      Date.now = () => workerData.wall;
      label.record(1);
      parentPort.postMessage("recorded");
    `;
    const options = { dir, prefix, thread: false, flushSeconds: 0, retainSeconds: 60 };
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { options, wall: clock.wall } });
    await new Promise((resolve, reject) => worker.once("error", reject).once("exit", resolve));
    await samples.close();
    const rows = rowsIn(dir);
    const nanoseconds = (milliseconds) => BigInt(milliseconds) * 1_000_000n;
    assert.deepEqual(
      rows.filter(({ label }) => label === "x").map(({ time }) => time),
      Array.from({ length: 10 }, (_, i) => nanoseconds(NOON + 250 * i)),
    );
    assert.deepEqual(
      rows.filter(({ label }) => label === "y").map(({ time }) => time),
      [nanoseconds(NOON + step + 2500)],
    );
  });
}

test("a runtime's clock that steps back, or says nothing of use: times never go back, and no duration is less than 0", async () => {
  const dir = folder();
  const samples = recorder({ dir, prefix: "stepping", thread: false, flushSeconds: 0, onError: failed });
  const label = samples.label("x");
  const clock = { now: 10_000, wall: NOON };
  const moments = [10_000, 10_500, 4000, 10_499, 10_501, -5, NaN, Infinity, 1e300, 12_000];
  atTimes(clock, () => {
    for (const [i, now] of moments.entries()) {
      clock.now = now;
      label.record(i);
    }
    const started = label.start();
    clock.now = 11_000;
    label.stop(started);
  });
  await samples.close();
  const rows = rowsIn(dir);
  assert.deepEqual(
    rows.map(({ time }) => Number(time / 1_000_000n) - NOON),
    [0, 500, 500, 500, 501, 501, 501, 501, 501, 2000, 2000],
  );
  assert.deepEqual(
    rows.map(({ value }) => value),
    [...moments.keys(), 0],
  );
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Bytes of the heap that stay, of `times` texts of a thousand letters, each of which is one text in UTF-8 and as many in JavaScript. */
async function kept(times, act) {
  const letters = (i) => Array.from({ length: 10 }, (_, j) => String.fromCharCode(0xd800 + ((i >> j) & 1023)).repeat(100)).join("");
  for (let i = 0; i < 100; i++) await act(letters(i));
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 100; i < times; i++) await act(letters(i));
  collect();
  return process.memoryUsage().heapUsed - before;
}

test("halves of characters, which are one text in UTF-8, are one label, and nothing is kept of each", async () => {
  const samples = recorder({ prefix: "halves" });
  const bytes = await kept(8000, (text) => samples.record(text, 1));
  assert.ok(bytes < 4e6, `${bytes} bytes`);
  const bound = samples.label("one \ud800");
  assert.equal(bound.name, "one \ufffd");
  for (const other of ["one \udfff", "one \ufffd", "one \ud900"]) assert.equal(samples.label(other), bound);
  assert.notEqual(samples.label("one \ud83d\ude00"), bound);
  const csv = new TextDecoder().decode(Buffer.concat([...samples.drain()]));
  assert.equal(csv.split(`,${"\ufffd".repeat(1000)},`).length - 1, 8000);
});

test("routes of requests that a program finds may be halves of characters, and nothing is kept of each", async () => {
  const samples = recorder({ prefix: "halves-of-routes" });
  let route;
  const handler = requests(samples, { route: () => route }).fetch(() => new Response("hello"));
  const bytes = await kept(4000, async (text) => {
    route = text;
    await handler(new Request("http://localhost/x"));
    if (samples.statistics.waiting > 1000) for (const _ of samples.drain());
  });
  assert.ok(bytes < 4e6, `${bytes} bytes`);
});
