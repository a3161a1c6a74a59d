// A recorder's CSV against Python: the csv module and repr write the same bytes, and pandas reads them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { memoryMade } from "../faults/thread.mjs";
import { hard, random } from "./floats.mjs";

// Debian's packages belong to Debian's own Python, and another one may come first on the path.
const PYTHON = "/usr/bin/python3";
const skip = !existsSync(PYTHON) && "Debian's python3 is not installed";
const pandas = !skip && spawnSync(PYTHON, ["-c", "import pandas"]).status === 0;

/** QuantumLeap's way: rows by label, each (time, number, label, id), through csv.writer as it comes. */
const WRITER = `
import csv, io, struct, sys, json
source, out = sys.stdin.buffer, sys.stdout
head = json.loads(source.readline())
groups = {}
for i in range(head["count"]):
    time, value, label = struct.unpack("<qdI", source.read(20))
    text, whole = head["labels"][label]
    groups.setdefault(label, []).append((time, int(value) if whole else value, text, 42))
file = io.StringIO(newline="")
writer = csv.writer(file)
writer.writerow(["Timepoint", "Measurement", "Label", "PID"])
for group in groups.values():
    writer.writerows(group)
sys.stdout.buffer.write(file.getvalue().encode())
`;

const LABELS = [
  ["duration", false],
  ["/api/v2/{id} [GET]", false],
  ['say "x"', false],
  ["a,b", false],
  ["line\nend", false],
  ["carriage\rreturn", false],
  [" spaces ", false],
  ["'single'", false],
  ["schöne Grüße \u{1f600}", false],
  ["tab\tand;semicolon", false],
  ["gc_collections", true],
];

function recorded(values) {
  const thread = memoryMade();
  const { core, memory } = thread;
  const recorder = core.recorderCreate(7n, 2, 1 << 21, 1 << 21, 64, 8192);
  core.recorderSwitch(recorder, 1);
  const ring = core.ringBind(recorder, 1700000000000);
  const numbers = LABELS.map(([text, whole]) => core.labelIntern(recorder, thread.input(text), whole ? 1 : 0));
  const rows = Buffer.alloc(values.length * 20);
  values.forEach(([label, value], i) => {
    assert.equal(core.sampleRecord(ring, numbers[label], i / 8, value), 0);
    rows.writeBigInt64LE(1700000000000000000n + BigInt(i) * 125000n, i * 20);
    rows.writeDoubleLE(value, i * 20 + 8);
    rows.writeUInt32LE(label, i * 20 + 16);
  });
  const turn = core.drainBegin(recorder, 0, 42);
  const slices = [];
  do {
    const length = core.drainWrite(recorder, turn, 131072, 0);
    slices.push(Buffer.from(new Uint8Array(memory.buffer, core.drainText(), length)));
  } while (!core.drainDone(recorder));
  return { csv: Buffer.concat(slices), rows };
}

/** Takes the values in turns, in batches that a ring holds. */
function* batches(values) {
  let batch = [];
  let i = 0;
  for (const value of values) {
    const whole = i % LABELS.length === LABELS.length - 1;
    batch.push([i % LABELS.length, whole ? Math.trunc(value % 2 ** 53) || 0 : value]);
    i++;
    if (batch.length === 60000) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

function* numbers() {
  for (const value of hard()) {
    yield value;
    yield -value;
  }
  yield* random(60000);
  for (let i = 0; i < 60000; i++) yield Math.random() * 10 ** Math.floor(Math.random() * 30 - 10);
}

test("drainWrite writes the bytes that Python's csv.writer does, for hard and random numbers and labels", { skip }, () => {
  let compared = 0;
  for (const batch of batches(numbers())) {
    const { csv, rows } = recorded(batch.map(([label, value]) => [label, Number.isFinite(value) || label !== 10 ? value : 0]));
    const head = `${JSON.stringify({ count: batch.length, labels: LABELS })}\n`;
    const python = spawnSync(PYTHON, ["-c", WRITER], { input: Buffer.concat([Buffer.from(head), rows]), maxBuffer: 1 << 28 });
    assert.equal(python.status, 0, String(python.stderr));
    if (!csv.equals(python.stdout)) {
      const [ours, theirs] = [csv, python.stdout].map((bytes) => bytes.toString().split("\r\n"));
      const at = ours.findIndex((line, i) => line !== theirs[i]);
      assert.equal(ours[at], theirs[at], `line ${at}`);
      assert.equal(ours.length, theirs.length);
    }
    compared += batch.length;
  }
  assert.ok(compared > 150000, `only ${compared} rows were compared`);
});

test("pandas reads a recorder's CSV", { skip: skip || (!pandas && "python3-pandas is not installed") }, () => {
  const { csv } = recorded(Array.from({ length: 1100 }, (_, i) => [i % LABELS.length, i]));
  const script = `
import pandas, sys
data = pandas.read_csv(sys.stdin)
data["Timepoint"] = pandas.to_datetime(data["Timepoint"], unit="ns")
by = data.groupby("Label")["Measurement"]
print(len(data), len(by), data["Timepoint"].min().isoformat(), data["Measurement"].sum(), by.count().min(), by.count().max())
`;
  const python = spawnSync(PYTHON, ["-c", script], { input: csv });
  assert.equal(python.status, 0, String(python.stderr));
  assert.equal(String(python.stdout).trim(), "1100 11 2023-11-14T22:13:20 604450.0 100 100");
});
