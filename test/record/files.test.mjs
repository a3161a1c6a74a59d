// Files of recordings in one process: when they are written, what is under which name, what is removed, and what becomes of
// samples that cannot be written.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Registry, registry } from "tallystick";
import { recorder } from "tallystick/record";
import { folder, NAME, names, rowsIn, rowsOf, until, withFiles } from "./recorded.mjs";

const PYTHON = "/usr/bin/python3";
const pandas = spawnSync(PYTHON, ["-c", "import pandas"]).status === 0 ? false : "python3-pandas is absent";
const failed = (error) => assert.fail(error);

test("close() that is under way is waited for by whoever calls it again, and is told what it was told", async () => {
  const dir = folder();
  const samples = recorder({ dir, onError: failed });
  samples.record("x", 1);
  const first = samples.close();
  await samples.close();
  assert.equal(rowsIn(dir).length, 1);
  await first;
  const blocked = folder();
  const lost = recorder({ dir: blocked, thread: false, onError: () => undefined });
  lost.record("x", 1);
  writeFileSync(blocked, "no directory");
  const said = await Promise.allSettled([lost.close(), lost.close()]);
  assert.deepEqual(
    said.map(({ reason }) => reason?.code),
    ["unwritable", "unwritable"],
  );
  rmSync(blocked);
});

for (const thread of [true, false]) {
  const by = thread ? "a thread of its own" : "the thread that records";

  test(`what a ring asked for is written once, and what comes later waits for its own time: ${by}`, async () => {
    const dir = folder();
    const samples = recorder({ dir, thread, flushSeconds: 0, ringBytes: 4096, onError: failed });
    for (let i = 0; i < 100; i++) samples.record("x", i);
    await until("that it is written", () => samples.statistics.waiting < 60 && names(dir).length > 0);
    await samples.flush();
    // Whoever writes looks once a second, and once more where it was asked while it wrote.
    await wait(1200);
    const before = names(dir).length;
    samples.record("x", 1);
    await wait(2200);
    assert.deepEqual([samples.statistics.waiting, names(dir).length], [1, before]);
    await samples.close();
    assert.equal(rowsIn(dir).length, 101);
  });

  test(`flush() writes what waits as one whole file, and none where nothing waits: ${by}`, async () => {
    const dir = folder();
    const samples = recorder({ dir, thread, flushSeconds: 0, onError: failed });
    await samples.flush();
    assert.equal(existsSync(dir), false);
    for (let i = 0; i < 1000; i++) samples.record("x", i);
    await samples.flush();
    assert.equal(readdirSync(dir).length, 1);
    assert.match(names(dir)[0], /^samples\.[0-9a-f]{32}\.csv$/);
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    const rows = rowsIn(dir);
    assert.deepEqual(
      rows.map(({ value }) => value),
      Array.from({ length: 1000 }, (_, i) => i),
    );
    for (const row of rows) assert.equal(row.pid, process.pid);
    await samples.flush();
    assert.equal(readdirSync(dir).length, 1);
    samples.record("x", 1);
    await Promise.all([samples.flush(), samples.flush(), samples.close()]);
    assert.equal(rowsIn(dir).length, 1001);
    const { recorded, written, dropped, waiting, files, bytes } = samples.statistics;
    assert.deepEqual({ recorded, written, dropped, waiting }, { recorded: 1001, written: 1001, dropped: 0, waiting: 0 });
    assert.ok(files >= 2 && bytes > 30_000);
  });

  test(`samples are written by time, by their bytes, and when half a ring is full: ${by}`, async () => {
    for (const [options, count] of [
      [{ flushSeconds: 0.2 }, 10],
      [{ flushSeconds: 0, flushBytes: 28 * 500 }, 500],
      [{ flushSeconds: 0, ringBytes: 65536 }, 1500],
    ]) {
      const dir = folder();
      const samples = recorder({ dir, thread, ...options, onError: failed });
      const from = performance.now();
      for (let i = 0; i < count; i++) samples.record("x", i);
      await until("a file", () => existsSync(dir) && names(dir).length > 0);
      if (options.flushSeconds > 0) assert.ok(performance.now() - from > 100);
      const there = rowsIn(dir).length;
      assert.ok(there > count / 2 && there <= count, `${there} of ${count}`);
      await samples.close();
      assert.equal(rowsIn(dir).length, count);
    }
  });

  test(`drop-oldest and drop-newest write by time alone: ${by}`, async () => {
    for (const policy of ["drop-oldest", "drop-newest"]) {
      const dir = folder();
      const samples = recorder({ dir, thread, policy, bytes: 65536, flushSeconds: 0, onError: failed });
      for (let i = 0; i < 50_000; i++) samples.record("x", i);
      await wait(100);
      assert.equal(existsSync(dir), false);
      await samples.close();
      const values = rowsIn(dir).map(({ value }) => value);
      assert.equal(values.length + samples.statistics.dropped, 50_000);
      assert.equal(values[0], policy === "drop-oldest" ? 50_000 - values.length : 0);
    }
  });
}

test("where a thread writes by itself nothing is lost at full speed, whoever is asked", async () => {
  const dir = folder();
  const samples = recorder({ dir, thread: false, ringBytes: 65536, onError: failed });
  const label = samples.label("x");
  for (let i = 0; i < 100_000; i++) label.record(i);
  await samples.close();
  assert.equal(samples.statistics.dropped, 0);
  assert.deepEqual(
    rowsIn(dir).map(({ value }) => value),
    Array.from({ length: 100_000 }, (_, i) => i),
  );
});

test("flush() and close() of a thread that writes itself and records on: what waited is written, each row once, and nobody hears of it", async () => {
  const dir = folder();
  const samples = recorder({ dir, thread: false, flushSeconds: 0, onError: failed });
  const label = samples.label("x".repeat(500));
  let recorded = 0;
  let goes = true;
  const turn = () => {
    if (!goes) return;
    // Each turn fills half a ring and more, so that this thread writes in between.
    for (let i = 0; i < 20_000; i++) label.record(recorded++);
    setImmediate(turn);
  };
  turn();
  for (let i = 0; i < 3; i++) {
    const before = recorded;
    const flushed = samples.flush();
    // No part of a drain is left for a later turn, in which this thread may be blocked.
    assert.deepEqual(names(dir).length, readdirSync(dir).length);
    await flushed;
    assert.ok(samples.statistics.written >= before);
  }
  goes = false;
  await samples.close();
  assert.equal(samples.statistics.dropped, 0);
  assert.deepEqual(
    rowsIn(dir).map(({ value }) => value),
    Array.from({ length: recorded }, (_, i) => i),
  );
});

test("no file is longer than maxFileBytes, and each begins with its header", async () => {
  const dir = folder();
  const samples = recorder({ dir, thread: false, flushSeconds: 0, maxFileBytes: 65536, onError: failed });
  const label = samples.label("x".repeat(1000));
  for (let i = 0; i < 300; i++) label.record(i);
  const escaped = samples.label('"'.repeat(4000));
  for (let i = 0; i < 30; i++) escaped.record(i);
  await samples.flush();
  const sizes = names(dir).map((name) => statSync(join(dir, name)).size);
  assert.ok(sizes.length > 5, `${sizes}`);
  assert.ok(Math.max(...sizes) <= 65536, `${sizes}`);
  assert.equal(names(dir).flatMap((name) => rowsOf(join(dir, name))).length, 330);
  assert.equal(samples.statistics.files, sizes.length);
  assert.equal(
    samples.statistics.bytes,
    sizes.reduce((sum, bytes) => sum + bytes),
  );
  await samples.close();
});

test("retainBytes and retainSeconds remove the oldest of the prefix, and what the killed left; nothing else", async () => {
  const dir = folder();
  mkdirSync(dir);
  const id = (n) => String(n).padStart(32, "0");
  const old = (name, seconds, bytes = 10) => {
    writeFileSync(join(dir, name), "x".repeat(bytes));
    const then = Date.now() / 1000 - seconds;
    utimesSync(join(dir, name), then, then);
  };
  old(`samples.${id(1)}.csv`, 1000, 80_000);
  old(`samples.${id(2)}.csv`, 500, 80_000);
  old(`samples.${id(3)}.jsonl`, 400, 10_000);
  old(`samples.${id(4)}.csv`, 100_000);
  old(`.samples.${id(5)}.csv.abc.tmp`, 700);
  old(`.samples.${id(6)}.csv.abc.tmp`, 100);
  const others = ["other.csv", `others.${id(1)}.csv`, `samples.${id(1)}.txt`, `.others.${id(1)}.csv.abc.tmp`, "samples.csv"];
  for (const name of others) old(name, 200_000, 100_000);
  mkdirSync(join(dir, `samples.${id(7)}.csv`));
  const samples = recorder({ dir, thread: false, flushSeconds: 0, retainBytes: 100_000, retainSeconds: 50_000, onError: failed });
  samples.record("x", 1);
  await samples.flush();
  const there = readdirSync(dir);
  for (const name of [
    ...others,
    `samples.${id(2)}.csv`,
    `samples.${id(3)}.jsonl`,
    `samples.${id(7)}.csv`,
    `.samples.${id(6)}.csv.abc.tmp`,
  ]) {
    assert.ok(there.includes(name), `${name} was removed`);
  }
  assert.equal(there.length, others.length + 5);
  rmSync(join(dir, `samples.${id(7)}.csv`), { recursive: true });
  for (let i = 0; i < 20; i++) {
    for (let j = 0; j < 1000; j++) samples.record("x", j);
    await samples.flush();
    const bytes = readdirSync(dir)
      .filter((name) => NAME.test(name) && name.startsWith("samples."))
      .reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    assert.ok(bytes <= 110_000, `${bytes}`);
  }
  await samples.close();
});

test("retainSeconds removes what grew too old while nothing is recorded, and what makes room on a full disk", async () => {
  const dir = folder();
  const samples = recorder({ dir, thread: false, flushSeconds: 0, retainSeconds: 20, onError: () => {} });
  const aged = (seconds) => {
    const then = Date.now() / 1000 - seconds;
    for (const name of names(dir)) utimesSync(join(dir, name), then, then);
  };
  samples.record("x", 0);
  await samples.flush();
  const from = performance.now();
  aged(19);
  // A sixteenth of the time may pass before it is looked again.
  await until("it is removed", () => names(dir).length === 0);
  assert.ok(performance.now() - from > 900);
  samples.record("x", 1);
  await samples.flush();
  aged(21);
  samples.record("x", 2);
  const { openSync } = fs;
  const cramped = (...args) => {
    if (names(dir).length > 0) throw full();
    return openSync(...args);
  };
  await withFiles({ openSync: cramped }, () =>
    until("room", () => samples.statistics.written === 3 || void samples.flush().catch(() => {})),
  );
  assert.deepEqual(
    rowsIn(dir).map(({ value }) => value),
    [2],
  );
  await samples.close();
});

test("the newest file stays, also where older ones cannot be removed", async () => {
  const dir = folder();
  const samples = recorder({ dir, thread: false, flushSeconds: 0, maxFileBytes: 65536, retainBytes: 65536, onError: failed });
  const label = samples.label("x".repeat(1000));
  const write = async (from, to) => {
    for (let i = from; i < to; i++) label.record(i);
    await samples.flush();
  };
  await write(0, 50);
  const [first] = names(dir);
  const refused = (path) => {
    if (path.endsWith(first)) throw Object.assign(new Error("EPERM: operation not permitted, unlink"), { code: "EPERM" });
    fs.rmSync(path);
  };
  await withFiles({ unlinkSync: refused }, () => write(50, 100));
  assert.deepEqual(
    rowsIn(dir).map(({ value }) => value),
    Array.from({ length: 100 }, (_, i) => i),
  );
  await samples.close();
});

test("where nothing is to be removed a directory is not read again and again", async () => {
  const dir = folder();
  const samples = recorder({ dir, thread: false, flushSeconds: 0, onError: failed });
  const { readdirSync: own } = fs;
  let reads = 0;
  const counted = (...args) => {
    reads++;
    return own(...args);
  };
  await withFiles({ readdirSync: counted }, async () => {
    for (let i = 0; i < 5; i++) {
      samples.record("x", i);
      await samples.flush();
      await wait(300);
    }
  });
  await samples.close();
  assert.equal(reads, 1);
});

test("a directory that is taken away is made anew, and no sample is lost", async () => {
  const dir = folder();
  const samples = recorder({ dir, flushSeconds: 0, onError: failed });
  samples.record("x", 1);
  await samples.flush();
  rmSync(dir, { recursive: true });
  samples.record("x", 2);
  await samples.flush();
  assert.deepEqual(
    rowsIn(dir).map(({ value }) => value),
    [2],
  );
  await samples.close();
});

for (const thread of [true, false]) {
  test(`a directory that cannot be: told once, samples wait, then go by the policy, and are written once it can be (thread: ${thread})`, async () => {
    const parent = folder();
    writeFileSync(parent, "a file");
    const dir = join(parent, "below");
    const told = [];
    const samples = recorder({ dir, thread, flushSeconds: 0.05, bytes: 65536, onError: (error) => told.push(error) });
    samples.record("x", 0);
    await until("a failure", () => told.length > 0);
    for (let i = 1; i < 10_000; i++) samples.record("x", i);
    await wait(1500);
    assert.equal(told.length, 1, told.join("\n"));
    assert.equal(told[0].code, "unwritable");
    assert.equal(told[0].path, dir);
    assert.match(told[0].message, /^Cannot write samples to ".*below": /);
    await assert.rejects(samples.flush(), { code: "unwritable" });
    const { recorded, dropped, waiting, written } = samples.statistics;
    assert.deepEqual([recorded, written, dropped + waiting], [10_000, 0, 10_000]);
    assert.ok(waiting > 2000);
    rmSync(parent);
    await until("a file", () => existsSync(dir) && names(dir).length > 0);
    await samples.close();
    assert.equal(rowsIn(dir).length, waiting);
    assert.equal(told.length, 1);
    const failures = registry.exposeSync();
    assert.match(new TextDecoder().decode(failures.body), /^tallystick_recorder_failures_total\{dir=".*below",recorder="samples"\} [1-9]/m);
  });
}

const full = (code = "ENOSPC") => Object.assign(new Error(`${code}: there is no room, write`), { code });

test("a full disk has the files that it had room for and no part of another one, is told once, and loses nothing", async () => {
  const dir = folder();
  const told = [];
  const samples = recorder({ dir, thread: false, flushSeconds: 0, maxFileBytes: 65536, onError: (error) => told.push(error) });
  const label = samples.label("y".repeat(500));
  for (let i = 0; i < 1000; i++) label.record(i);
  const { writeSync } = fs;
  let room = 200_000;
  const cramped = (descriptor, bytes, offset, length, position) => {
    if (room === 0) throw full();
    const most = Math.min(length, room, 10_000);
    room -= most;
    return writeSync(descriptor, bytes, offset, most, position);
  };
  await withFiles({ writeSync: cramped }, async () => {
    for (let i = 0; i < 3; i++) await assert.rejects(samples.flush(), { code: "unwritable", message: /there is no room/ });
    assert.deepEqual([names(dir).length, readdirSync(dir).length], [3, 3]);
    const { written, waiting, files } = samples.statistics;
    assert.deepEqual([written + waiting, files, rowsIn(dir).length], [1000, 3, written]);
    room = Infinity;
    await samples.flush();
  });
  assert.deepEqual(
    rowsIn(dir).map(({ value }) => value),
    Array.from({ length: 1000 }, (_, i) => i),
  );
  assert.deepEqual(told, []);
  await samples.close();
});

for (const code of ["ENOSPC", "EDQUOT", "EFBIG"]) {
  test(`where a file has no room a short one is tried, and longer ones again after it: ${code}`, async () => {
    const dir = folder();
    const samples = recorder({ dir, thread: false, flushSeconds: 0, onError: failed });
    const label = samples.label("y".repeat(500));
    for (let i = 0; i < 3000; i++) label.record(i);
    const { writeSync } = fs;
    let fails = 1;
    const cramped = (...args) => {
      if (fails-- > 0) throw full(code);
      return writeSync(...args);
    };
    await withFiles({ writeSync: cramped }, () => samples.flush());
    const sizes = names(dir).map((name) => statSync(join(dir, name)).size);
    assert.ok(sizes[0] > 50_000 && sizes[0] <= 65_536, `${sizes}`);
    assert.ok(sizes[1] > 400_000 && sizes[1] <= 8 * 65_536, `${sizes}`);
    assert.equal(sizes.length, 3);
    await samples.close();
    assert.equal(rowsIn(dir).length, 3000);
  });
}

const broken = () => Object.assign(new Error("EIO: i/o error"), { code: "EIO" });

for (const call of ["openSync", "writeSync", "closeSync", "renameSync", "readdirSync", "mkdirSync", "lstatSync", "unlinkSync"]) {
  test(`whenever ${call} fails, each sample is in one file in the end, or waits`, async () => {
    const dir = folder();
    const samples = recorder({ dir, thread: false, flushSeconds: 0, maxFileBytes: 65536, retainBytes: 1e9, onError: () => {} });
    const own = fs[call];
    let recorded = 0;
    for (let n = 0, calls = Infinity; n < calls && n < 40; n++) {
      for (let i = 0; i < 200; i++, recorded++) samples.record("z".repeat(900), recorded);
      let seen = 0;
      const failing = (...args) => {
        if (seen++ === n) throw broken();
        return own(...args);
      };
      let failed = false;
      await withFiles({ [call]: failing }, () => samples.flush().catch(() => (failed = true)));
      if (failed) assert.equal(samples.statistics.waiting > 0, true);
      calls = seen;
      await samples.flush();
      assert.equal(samples.statistics.written, recorded);
    }
    const values = rowsIn(dir).map(({ value }) => value);
    assert.deepEqual(new Set(values).size, recorded);
    assert.equal(values.length, recorded, "rows are there twice");
    await samples.close();
  });
}

test("what is not permitted, and has no code, is told as what cannot be written", async () => {
  const dir = folder();
  const samples = recorder({ dir, thread: false, flushSeconds: 0, onError: failed });
  samples.record("x", 1);
  const refuse = (path) => {
    throw new Error(`Requires write access to ${path}`);
  };
  await withFiles({ openSync: refuse }, () =>
    assert.rejects(samples.flush(), { name: "RecorderError", code: "unwritable", path: dir, message: /Requires write access/ }),
  );
  await samples.close();
  assert.equal(rowsIn(dir).length, 1);
});

test("readers that take files away at once find each whole, and all rows once", async () => {
  const dir = folder();
  mkdirSync(dir);
  const samples = recorder({ dir, ringBytes: 65536, bytes: 65536, flushSeconds: 0.02, onError: failed });
  const values = [];
  const take = () => {
    for (const name of names(dir)) {
      values.push(...rowsOf(join(dir, name)).map(({ value }) => value));
      rmSync(join(dir, name));
    }
  };
  for (let i = 0, n = 0; i < 200; i++) {
    for (let j = 0; j < 100; j++) samples.record("x", n++);
    take();
    await wait(1);
  }
  await samples.close();
  take();
  assert.equal(values.length + samples.statistics.dropped, 20_000);
  assert.equal(new Set(values).size, values.length);
});

test("a relative directory stays where it is, and files have a page's own counts", async () => {
  const at = folder();
  mkdirSync(at);
  const before = process.cwd();
  const own = new Registry();
  process.chdir(at);
  const samples = recorder({ dir: "relative", registry: own, flushSeconds: 0, onError: failed });
  process.chdir(before);
  assert.equal(recorder({ dir: join(at, "relative"), registry: own }), samples);
  samples.record("x", 1);
  await samples.flush();
  assert.equal(rowsIn(join(at, "relative")).length, 1);
  const { bytes } = samples.statistics;
  await samples.close();
  const page = new TextDecoder().decode(own.exposeSync().body);
  const dir = join(at, "relative");
  for (const [name, value] of [
    ["files", 1],
    ["written_bytes", bytes],
  ]) {
    assert.ok(page.includes(`tallystick_recorder_${name}_total{dir="${dir}",recorder="samples"} ${value}\n`), page);
  }
  assert.ok(page.includes(`tallystick_recorder_samples_total{dir="${dir}",recorder="samples",outcome="written"} 1\n`), page);
  const others = page.split("\n").filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("tallystick_recorder_"));
  assert.deepEqual(others, []);
});

test("Debian's Pandas reads what was written, as the telemetry module's importer asks it to", { skip: pandas }, async () => {
  const dir = folder();
  const samples = recorder({ dir, prefix: "runtime", flushSeconds: 0, onError: failed });
  const stop = samples.samples({ seconds: 0.05 });
  await wait(250);
  stop();
  await samples.close();
  const program = `
import glob, json, sys
import pandas as pd
frames = [pd.read_csv(p, converters={"Timepoint": lambda t: pd.to_datetime(int(t), unit="ns", origin="unix")}) for p in glob.glob(sys.argv[1] + "/runtime*.csv")]
frame = pd.concat(frames, ignore_index=True)
told = {}
for label in frame["Label"].unique():
    series = frame[frame["Label"] == label][["Timepoint", "Measurement", "PID"]].set_index("Timepoint")
    told[label] = [len(series), float(series["Measurement"].max()), int(series["PID"].iloc[0]), series.index.is_monotonic_increasing]
print(json.dumps(told))`;
  const { stdout, stderr, status } = spawnSync(PYTHON, ["-c", program, dir], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const told = JSON.parse(stdout);
  for (const label of ["user time", "system time", "max rss", "gc collections"]) {
    const [count, most, pid, ordered] = told[label];
    assert.ok(count >= 3 && most >= 0 && ordered, stdout);
    assert.equal(pid, process.pid);
  }
});

test("Python's csv reads what was written", { skip: existsSync(PYTHON) ? false : `${PYTHON} is absent` }, async () => {
  const dir = folder();
  const samples = recorder({ dir, prefix: "duration", flushSeconds: 0, onError: failed });
  const wanted = [];
  const labels = ["plain", 'say "x"', "a,b", "line\nbreak", "cr\rx", "größe 🙂", "", " spaced "];
  for (let i = 0; i < 2000; i++) {
    const value = (i - 1000) * 1.1 ** (i % 300);
    wanted.push([labels[i % 8], value]);
    samples.record(labels[i % 8], value);
  }
  await samples.close();
  const program = `
import csv, glob, json, sys
rows = []
for path in glob.glob(sys.argv[1] + "/duration.*.csv"):
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.DictReader(f)
        for row in reader:
            assert repr(float(row["Measurement"])) == row["Measurement"], row
            rows.append([int(row["Timepoint"]), row["Label"], float(row["Measurement"]), int(row["PID"])])
print(json.dumps(rows))`;
  const { stdout, stderr, status } = spawnSync(PYTHON, ["-c", program, dir], { encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(status, 0, stderr);
  const read = JSON.parse(stdout);
  for (const row of read) assert.equal(row[3], process.pid);
  for (const label of labels) {
    const of = read.filter((row) => row[1] === label).map((row) => row[2]);
    assert.deepEqual(
      of,
      wanted.filter(([name]) => name === label).map(([, value]) => value),
    );
  }
});
