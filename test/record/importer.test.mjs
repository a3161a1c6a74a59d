// Files as an importer for Pandas reads them that knows QuantumLeap's telemetry module alone: all of a prefix, four columns, a series a
// label. What it finds is what was recorded, to the nanosecond and the digit.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { recorder } from "tallystick/record";
import { folder } from "./recorded.mjs";

const PYTHON = "/usr/bin/python3";
const skip = spawnSync(PYTHON, ["-c", "import pandas"]).status === 0 ? false : "python3-pandas is not installed";
const KNOWN = fileURLToPath(new URL("fixtures/known.mjs", import.meta.url));

const IMPORTER = `
import glob, json, os, sys
import pandas

COLUMNS = ["Timepoint", "Measurement", "Label", "PID"]

def frame_of(directory, prefix, **options):
    frames = [pandas.read_csv(path, **options) for path in sorted(glob.glob(os.path.join(directory, prefix + "*.csv")))]
    for each in frames: assert list(each.columns) == COLUMNS, each.columns
    frame = pandas.concat(frames, ignore_index=True)
    frame["Timepoint"] = pandas.to_datetime(frame["Timepoint"], unit="ns")
    assert str(frame["Timepoint"].dtype) == "datetime64[ns]"
    return frame

EXACT = dict(float_precision="round_trip", keep_default_na=False)
`;

function python(source, input, ...args) {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", IMPORTER + source, ...args], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** Two processes' samples, and what each says it recorded. */
function recorded() {
  const dir = folder();
  const known = [1_764_237_600_000, 1_764_237_600_500].flatMap((origin) =>
    JSON.parse(execFileSync(process.execPath, [KNOWN, dir, String(origin)], { encoding: "utf8", maxBuffer: 1 << 28 })),
  );
  return { dir, known };
}

test(
  "importer: every sample of two processes is there, at its nanosecond, to its last digit, under its label and process",
  { skip },
  () => {
    const { dir, known } = recorded();
    assert.ok(readdirSync(dir).length >= 2);
    const source = `
known = json.load(sys.stdin)
frame = frame_of(sys.argv[1], "duration", **EXACT)
by = frame.pivot(index=["Timepoint", "PID"], columns="Label", values="Measurement")
wrong = 0
for nanoseconds, label, value, pid in known:
    found = by.at[(pandas.Timestamp(int(nanoseconds)), int(pid)), label]
    if float(found).hex() != float(value).hex(): wrong += 1
monotonic = all(group["Timepoint"].is_monotonic_increasing for _, group in frame.groupby(["PID", "Label"]))
print(json.dumps({"rows": len(frame), "wrong": wrong, "labels": sorted(frame["Label"].unique()), "pids": len(frame["PID"].unique()), "monotonic": monotonic}))
`;
    const { rows, wrong, labels, pids, monotonic } = python(source, JSON.stringify(known), dir);
    assert.deepEqual({ rows, wrong, pids, monotonic }, { rows: 6040, wrong: 0, pids: 2, monotonic: true });
    assert.equal(known.length, rows);
    assert.deepEqual(labels, [...new Set(known.map(([, label]) => label))].toSorted());
  },
);

test("importer: integers are written as such, and a column of its own type is one of integers", { skip }, () => {
  const { dir } = recorded();
  const source = `
frame = frame_of(sys.argv[1], "duration", dtype={"Measurement": str}, **{**EXACT, "float_precision": None})
count = frame[frame["Label"] == "count"]["Measurement"]
print(json.dumps([list(count[:3]), int(count.astype("int64").sum())]))
`;
  assert.deepEqual(python(source, "", dir), [["0", "1000", "2000"], 2 * 190_000]);
});

test("importer: by the defaults of read_csv numbers are off by their last digit, and labels such as NA are none", { skip }, () => {
  const { dir, known } = recorded();
  const source = `
known = json.load(sys.stdin)
frame = frame_of(sys.argv[1], "duration")
exact = frame_of(sys.argv[1], "duration", **EXACT)
off = (frame["Measurement"] != exact["Measurement"]).sum()
far = ((frame["Measurement"] - exact["Measurement"]).abs() > 1e-14 * exact["Measurement"].abs() + 5e-324).sum()
print(json.dumps({"off": int(off), "far": int(far), "lost": int(frame["Label"].isna().sum()), "there": int((exact["Label"] == "NA").sum())}))
`;
  const { off, far, lost, there } = python(source, JSON.stringify(known), dir);
  assert.ok(off > 0 && far === 0, `${off} and ${far}`);
  assert.equal(lost, known.filter(([, label]) => ["NA", "", "null"].includes(label)).length);
  assert.equal(there, known.filter(([, label]) => label === "NA").length);
});

test(
  "importer: three seconds of samplers have three rows and more of each label, and the two that V8 cannot tell are empty series",
  { skip },
  async () => {
    const dir = folder();
    const samples = recorder({ dir, prefix: "runtime", onError: (error) => assert.fail(error) });
    const stop = samples.samples();
    await wait(3300);
    stop();
    await samples.close();
    const source = `
frame = frame_of(sys.argv[1], "runtime", **EXACT)
told = {}
for label in ["user time", "system time", "max rss", "gc collections", "gc collected", "gc uncollectable"]:
    series = frame[frame["Label"] == label].set_index("Timepoint")["Measurement"]
    told[label] = [len(series), bool((series.diff().dropna() >= 0).all()), len(series.resample("1s").count())]
told["seen"] = {label: len(group) for label, group in frame.groupby("Label") if not label.startswith("gc ") or label == "gc collections"}
print(json.dumps(told))
`;
    const { seen, ...told } = python(source, "", dir);
    for (const label of ["user time", "system time", "max rss", "gc collections"]) {
      const [rows, grows, seconds] = told[label];
      assert.ok(rows >= 3 && rows <= 6 && grows && seconds >= 3, `${label}: ${told[label]}`);
    }
    for (const label of ["gc collected", "gc uncollectable"]) assert.deepEqual(told[label], [0, true, 0], label);
    for (const [label, rows] of Object.entries(seen)) assert.ok(rows >= 3, `${label}: ${rows}`);
  },
);
