// `tallystick record export`: all rows in order of time, as Python, hyparquet, apache-arrow and the program itself read them back.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { program } from "./internals.mjs";
import { chances, CLI, csv, folder, HEADER, NO_PYTHON, output, python, recording, run, writtenByPython } from "./recorded.mjs";

const { Batch, Order } = program;

/** Rows as [timepoint, measurement, label, pid], of a recording of CSV that Python wrote or we. */
function rowsOf(dir) {
  const source = `
import csv, json, os, sys
rows = []
for name in sorted(os.listdir(sys.argv[1])):
    if name.endswith(".csv"): rows += list(csv.reader(open(os.path.join(sys.argv[1], name), newline="", encoding="utf-8")))[1:]
rows.sort(key=lambda row: int(row[0]))
for row in rows: print(json.dumps(row))
`;
  return python(source, dir).trim().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
}

const NUMBERS = { inf: Infinity, "-inf": -Infinity, nan: NaN };
const number = (text) => NUMBERS[text] ?? Number(text);

function recorded(t) {
  const dir = folder(t);
  writtenByPython(dir, 500);
  return { dir, wanted: rowsOf(dir), into: folder(t) };
}

test("export csv: the rows that Python wrote, byte for byte, in order of time", { skip: NO_PYTHON }, (t) => {
  const { dir, wanted, into } = recorded(t);
  const text = output("export", dir, "--format", "csv");
  output("export", dir, "--format", "csv", "--out", join(into, "a.csv"));
  assert.equal(readFileSync(join(into, "a.csv"), "utf8"), text);
  assert.deepEqual(rowsOf(into), wanted);
  writeFileSync(join(into, "rows"), wanted.map((row) => JSON.stringify(row)).join("\n"));
  const source = "import csv, json, sys\nout = csv.writer(open(sys.argv[2], 'w', newline='', encoding='utf-8'))";
  python(
    `${source}\nfor line in open(sys.argv[1], encoding='utf-8'): out.writerow(json.loads(line))`,
    join(into, "rows"),
    join(into, "again"),
  );
  const written = readFileSync(join(into, "again"), "utf8");
  assert.equal(text, HEADER + written);
});

test("export jsonl: rows of JSON, also those that JSON has no number for, which the program reads again", { skip: NO_PYTHON }, (t) => {
  const { dir, wanted, into } = recorded(t);
  output("export", dir, "--format", "jsonl", "--out", join(into, "a.jsonl"));
  const rows = readFileSync(join(into, "a.jsonl"), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
  assert.deepEqual(
    rows.map(({ timepoint, measurement, label, pid }) => [timepoint, number(measurement), label, pid]),
    wanted.map(([time, value, label, pid]) => [time, number(value), label, Number(pid)]),
  );
  assert.equal(output("export", into, "--format", "csv"), output("export", dir, "--format", "csv"));
});

test("export parquet: hyparquet reads the rows back, timepoints as int64 of nanoseconds", { skip: NO_PYTHON }, async (t) => {
  const { dir, wanted, into } = recorded(t);
  output("export", dir, "--format", "parquet", "--out", join(into, "a.parquet"));
  const bytes = readFileSync(join(into, "a.parquet"));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const parsers = { timestampFromNanoseconds: (nanos) => nanos };
  const rows = await parquetReadObjects({ file, parsers });
  assert.deepEqual(
    rows.map(({ Timepoint, Measurement, Label, PID }) => [Timepoint, Measurement, Label, PID]),
    wanted.map(([time, value, label, pid]) => [BigInt(time), number(value), label, BigInt(pid)]),
  );
});

test("export arrow: apache-arrow reads the rows back, timepoints of nanoseconds and labels of a dictionary", { skip: NO_PYTHON }, (t) => {
  const { dir, wanted, into } = recorded(t);
  output("export", dir, "--format", "arrow", "--out", join(into, "a.arrow"));
  const table = tableFromIPC(readFileSync(join(into, "a.arrow")));
  const types = Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, String(type)]));
  assert.deepEqual(types, {
    Timepoint: "Timestamp<NANOSECOND, UTC>",
    Measurement: "Float64",
    Label: "Dictionary<Int32, Utf8>",
    PID: "Int64",
  });
  const times = table.getChild("Timepoint").data.flatMap(({ values }) => [...values]);
  const [values, labels, pids] = ["Measurement", "Label", "PID"].map((name) => [...table.getChild(name)]);
  assert.deepEqual(
    times.map((time, i) => [time, values[i], labels[i], pids[i]]),
    wanted.map(([time, value, label, pid]) => [BigInt(time), number(value), label, BigInt(pid)]),
  );
});

test("export: many row groups and record batches are read back as one", async (t) => {
  const count = 300_000;
  const dir = folder(t, { "a.csv": recording(Array.from({ length: count }, (_, i) => [i * 7, i / 4, `label ${i % 3}`, i % 5])) });
  const into = folder(t);
  for (const format of ["parquet", "arrow"]) output("export", dir, "--format", format, "--out", join(into, `a.${format}`));
  const table = tableFromIPC(readFileSync(join(into, "a.arrow")));
  assert.ok(table.numRows === count && table.batches.length > 2);
  const bytes = readFileSync(join(into, "a.parquet"));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const rows = await parquetReadObjects({ file, parsers: { timestampFromNanoseconds: (nanos) => nanos } });
  assert.equal(rows.length, count);
  const labels = table.getChild("Label");
  for (let i = 0; i < count; i += 997) {
    assert.deepEqual(rows[i], { Timepoint: BigInt(i * 7), Measurement: i / 4, Label: `label ${i % 3}`, PID: BigInt(i % 5) });
    assert.equal(labels.get(i), `label ${i % 3}`);
  }
});

for (const format of ["csv", "jsonl", "parquet", "arrow"]) {
  test(`export ${format}: of no rows it is a file of none`, async (t) => {
    const dir = folder(t, { "a.csv": HEADER });
    const file = join(folder(t), "out");
    output("export", dir, "--format", format, "--out", file);
    const bytes = readFileSync(file);
    if (format === "csv") assert.equal(bytes.toString(), HEADER);
    if (format === "jsonl") assert.equal(bytes.length, 0);
    if (format === "arrow") assert.equal(tableFromIPC(bytes).numRows, 0);
    if (format === "parquet")
      assert.deepEqual(await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) }), []);
  });

  test(`export ${format}: a label of 1 MB on many rows takes no more than itself in memory`, async (t) => {
    const long = "é".repeat(1 << 19);
    const dir = folder(t, { "a.csv": csv(...Array.from({ length: 20 }, (_, i) => [i, i, long, 1])) });
    const file = join(folder(t), "out");
    output("export", dir, "--format", format, "--out", file);
    const bytes = readFileSync(file);
    if (format === "csv" || format === "jsonl") assert.equal(bytes.toString().split(long).length, 21);
    if (format === "arrow") assert.ok([...tableFromIPC(bytes).getChild("Label")].every((label) => label === long));
    if (format === "parquet") {
      const rows = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
      assert.ok(rows.length === 20 && rows.every(({ Label }) => Label === long));
    }
    if (format === "arrow" || format === "parquet") assert.ok(bytes.length < 3 << 20);
  });
}

test("export --label, --since, --until: only what fits", (t) => {
  const dir = folder(t, { "a.csv": csv([3, 1, "a", 1], [2, 1, "b", 1], [1, 1, "a", 1], [4, 1, "a", 1]) });
  assert.equal(output("export", dir, "--format", "csv", "--label", "a", "--since", "2", "--until", "4"), csv([3, 1, "a", 1]));
});

for (const [what, runRows, count, byLabel] of [
  ["in memory", 1000, 700],
  ["of one full run", 700, 700],
  ["of runs on disk", 64, 5000],
  ["of as many runs as rows", 1, 300],
].flatMap((one) => [false, true, "ranks"].map((byLabel) => [...one, byLabel]))) {
  const by = byLabel === "ranks" ? "rank of labels and " : byLabel ? "label and " : "";
  test(`Order: rows ${what} come in order of ${by}time, those of one moment as they came`, () => {
    const chance = chances(6);
    const second = () => Math.floor(chance() * 3) * 50_000 + Math.floor(chance() * 3);
    const rows = Array.from({ length: count }, (_, i) => ({ seconds: second(), nanos: Math.floor(chance() * 3) * 499_999_999, value: i }));
    // More of them than one digit has.
    const labelOf = (value) => (value % 11) * 7919;
    const order = new Order(runRows, byLabel !== false);
    const ranks = Array.from({ length: 11 * 7919 }, (_, label) => (label * 5) % 11);
    const rankOf = (value) => (byLabel === "ranks" ? ranks[labelOf(value)] : labelOf(value));
    const batch = new Batch(100);
    for (let i = 0; i < count; i += 100) {
      const part = rows.slice(i, i + 100);
      batch.rows = part.length;
      for (const [k, { seconds, nanos, value }] of part.entries()) {
        batch.seconds[k] = seconds;
        batch.nanos[k] = nanos;
        batch.values[k] = value;
        batch.whole[k] = value % 2;
        batch.labels[k] = labelOf(value);
        batch.pids[k] = value * 1e9;
      }
      order.add(batch);
    }
    const found = [];
    for (const { rows: length, seconds, nanos, values, whole, labels, pids } of order.batches(byLabel === "ranks" ? ranks : undefined)) {
      for (let i = 0; i < length; i++) {
        found.push({ seconds: seconds[i], nanos: nanos[i], value: values[i] });
        assert.deepEqual([whole[i], labels[i], pids[i]], [values[i] % 2, labelOf(values[i]), values[i] * 1e9]);
      }
    }
    order.close();
    assert.equal(order.rows, count);
    const labels = (a, b) => (byLabel === false ? 0 : rankOf(a.value) - rankOf(b.value));
    assert.deepEqual(
      found,
      rows.toSorted((a, b) => labels(a, b) || a.seconds - b.seconds || a.nanos - b.nanos || a.value - b.value),
    );
  });
}

test("Order: nothing of it is left in the temporary directory, and where that cannot be written it says so", (t) => {
  const temporary = folder(t);
  const before = process.env.TMPDIR;
  t.after(() => (before === undefined ? delete process.env.TMPDIR : (process.env.TMPDIR = before)));
  process.env.TMPDIR = temporary;
  const batch = new Batch(100);
  batch.rows = 100;
  const order = new Order(10);
  order.add(batch);
  assert.equal([...order.batches()].length > 0, true);
  order.close();
  assert.deepEqual(readdirSync(temporary), []);
  process.env.TMPDIR = join(temporary, "absent");
  assert.throws(() => new Order(10).add(batch), /^Error: cannot sort in .*absent, which TMPDIR sets: ENOENT/);
});

test("export: a package that is absent is named, before anything is read, and nothing is left", (t) => {
  // Where no package is above it.
  const elsewhere = folder(t, { "package.json": '{ "type": "module" }', "a.csv": csv([1, 1, "a", 1]) });
  copyFileSync(fileURLToPath(new URL("../../dist/esm/record-program.js", import.meta.url)), join(elsewhere, "program.js"));
  for (const [format, name] of [
    ["parquet", "hyparquet-writer"],
    ["arrow", "apache-arrow"],
  ]) {
    const source = 'import { record } from "./program.js"; process.exit(await record(process.argv.slice(1)));';
    const args = ["--input-type=module", "-e", source, "export", ".", "--format", format, "--out", "out"];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: elsewhere, encoding: "utf8" });
    assert.equal(status, 1);
    assert.equal(stderr, `tallystick: this format needs the package ${name}, which is not installed here: npm install ${name}\n`);
  }
  assert.deepEqual(readdirSync(elsewhere).toSorted(), ["a.csv", "package.json", "program.js"]);
});

test("export --label: a pattern that fits no label ends it, and no file is made; beside one that fits it is told", (t) => {
  const dir = folder(t, { "a.csv": csv([1, 1, "a", 1], [2, 1, "b", 1]) });
  const into = folder(t);
  const typed = ["export", dir, "--format", "csv", "--label", "A"];
  const alone = run(...typed, "--out", join(into, "out"));
  assert.deepEqual([alone.status, alone.stderr], [1, 'tallystick: no label fits "A": there are "a", "b"\n']);
  assert.deepEqual(readdirSync(into), []);
  const beside = run(...typed, "--label", "b");
  assert.deepEqual(
    [beside.status, beside.stdout, beside.stderr],
    [0, csv([2, 1, "b", 1]), 'tallystick: no label fits "A": there are "a" and more\n'],
  );
});

test("export: of a directory without files it makes none", (t) => {
  const [dir, into] = [folder(t, { "a.txt": "x" }), folder(t)];
  const { status, stdout, stderr } = run("export", dir, "--format", "csv", "--out", join(into, "out"));
  assert.deepEqual([status, stdout, readdirSync(into)], [1, "", []]);
  assert.match(stderr, /there is no file in ".*" that ends in \.csv, \.jsonl, \.ndjson/);
});

test("export --out: writes through no link that others put beside it", (t) => {
  const { dir, into } = recorded(t);
  const theirs = join(folder(t), "theirs");
  writeFileSync(theirs, "theirs");
  const out = join(into, "out");
  // In a directory into which all may write anybody has tried all pids.
  const source = `import { symlinkSync } from "node:fs";
    symlinkSync(${JSON.stringify(theirs)}, ${JSON.stringify(join(into, ".out."))} + process.pid + ".part");`;
  const preload = `data:text/javascript,${encodeURIComponent(source)}`;
  const args = ["--import", preload, CLI, "record", "export", dir, "--format", "csv", "--out", out];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(theirs, "utf8"), "theirs");
  assert.ok(lstatSync(out).isFile());
});

test("export --out: not among the files that are read, and where it cannot be written it says so", (t) => {
  const dir = folder(t, { "a.csv": csv([1, 1, "a", 1]) });
  const beside = folder(t);
  symlinkSync(dir, join(beside, "link"));
  mkdirSync(join(dir, "below"));
  for (const [from, out] of [
    [dir, join(dir, "out.csv")],
    [dir, join(beside, "link", "out.csv")],
    [join(beside, "link"), join("..", basename(dir), "out.jsonl")],
    [dir, join(dir, "below", "out.csv")],
    [".", "./out.csv"],
    [dir, "out.ndjson"],
  ]) {
    const args = [CLI, "record", "export", from, "--format", "csv", "--out", out];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: dir, encoding: "utf8" });
    assert.equal(status, 64, `${from} ${out}`);
    assert.match(stderr, /^tallystick: --out is ".*", which is in the directory that is read; see tallystick record --help\n$/);
  }
  rmdirSync(join(dir, "below"));
  for (const out of [join(beside, "out.csv"), join(dir, "..", basename(beside), "..csv")])
    output("export", dir, "--format", "csv", "--out", out);
  const nowhere = run("export", dir, "--format", "csv", "--out", join(dir, "absent", "out"));
  assert.equal(nowhere.status, 1);
  assert.equal(nowhere.stderr, `tallystick: cannot write "${join(dir, "absent", "out")}": ENOENT: no such file or directory\n`);
  mkdirSync(join(dir, "out"));
  const folderThere = run("export", dir, "--format", "csv", "--out", join(dir, "out"));
  assert.equal(folderThere.status, 1);
  assert.match(folderThere.stderr, /^tallystick: cannot write ".*\/out": E[A-Z]+: [a-z ]+\n$/);
  assert.deepEqual(readdirSync(dir).toSorted(), ["a.csv", "out"]);
  output("export", dir, "--format", "parquet", "--out", join(dir, "a.parquet"));
  assert.ok(existsSync(join(dir, "a.parquet")));
});

test("what is read is not written over, by whatever name it was given", (t) => {
  const [one, other] = [folder(t, { "a.csv": csv([1, 1, "a", 1]) }), folder(t, { "b.csv": csv([2, 2, "b", 1]) })];
  const [file, link] = [join(one, "a.csv"), join(other, "link.csv")];
  symlinkSync(file, link);
  const before = readFileSync(file, "utf8");
  for (const args of [
    ["export", file, "--format", "csv", "--out", file],
    ["export", join(other, "b.csv"), file, "--format", "csv", "--out", file],
    ["export", link, "--format", "csv", "--out", link],
    ["export", link, "--format", "csv", "--out", file],
    ["summary", file, "--svg", file],
    ["resample", file, "--every", "1s", "--svg", join(other, "..", basename(one), "a.csv")],
  ]) {
    const { status, stderr } = run(...args);
    assert.equal(status, 64, args.join(" "));
    assert.match(
      stderr,
      /^tallystick: --(out|svg) is ".*", which is (read|in the directory that is read); see tallystick record --help\n$/,
    );
  }
  assert.equal(readFileSync(file, "utf8"), before);
  assert.ok(lstatSync(link).isSymbolicLink());
  output("export", file, "--format", "csv", "--out", join(one, "other.csv"));
});

test("export: whoever reads its output may stop, as head does", (t) => {
  const dir = folder(t, { "a.csv": csv(...Array.from({ length: 100_000 }, (_, i) => [i, i, "a", 1])) });
  const cli = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
  const script = '"$0" "$1" record export "$2" --format csv | head -n 2';
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script, process.execPath, cli, dir], { encoding: "utf8" });
  assert.deepEqual([status, stdout, stderr], [0, csv([0, 0, "a", 1]), ""]);
});
