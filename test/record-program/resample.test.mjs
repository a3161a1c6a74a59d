// `tallystick record resample`: what it counts in windows of time is what pandas counts, windows without a row are there, and any number
// of rows takes no more memory.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { program } from "./internals.mjs";
import { chances, CLI, csv, folder, HEADER, measured, NO_PANDAS, NO_PYTHON, output, python, run, writtenByPython } from "./recorded.mjs";

const { Batch, UTC, Windows } = program;
const START = 1764237600000000000n;
const at = (milliseconds) => START + BigInt(milliseconds) * 1_000_000n;
const windows = (...args) =>
  output("resample", ...args, "--format", "jsonl").trimEnd().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
const counts = (...args) =>
  windows(...args).map(({ timepoint, label, count }) => [Number((BigInt(timepoint) - START) / 1_000_000n), label, count]);

/** What pandas makes of the recordings, beside what the program printed: both as pandas reads them. */
const COMPARED = `
import glob, json, sys
import pandas
keep = dict(float_precision="round_trip", keep_default_na=False)
def compare(directory, printed, every, origin):
    data = pandas.concat(pandas.read_csv(path, na_values={"Measurement": ["nan"]}, **keep) for path in sorted(glob.glob(directory + "/*.csv")))
    data["Timepoint"] = pandas.to_datetime(data["Timepoint"], unit="ns")
    numbers = ["Mean", "Min", "P50", "P99", "Max"]
    ours = pandas.read_csv(printed, na_values={name: [""] for name in numbers}, **keep)
    ours["Timepoint"] = pandas.to_datetime(ours["Timepoint"], unit="ns")
    wrong, compared, empty = [], 0, 0
    if set(ours["Label"]) != set(data["Label"]): wrong.append("labels")
    for label, group in data.groupby("Label"):
        values = group.set_index("Timepoint")["Measurement"].sort_index(kind="stable")
        resampled = values.resample(every, **({"origin": origin} if origin else {}))
        own = ours[ours["Label"] == label].set_index("Timepoint")
        count = resampled.count()
        if list(own.index) != list(count.index): wrong.append([label, "windows", len(own), len(count)]); continue
        if list(own["Count"]) != list(count): wrong.append([label, "count"])
        seconds = pandas.Timedelta(every).total_seconds()
        if list(own["Rate"]) != list(count / seconds): wrong.append([label, "rate"])
        wanted = {"Mean": resampled.mean(), "Min": resampled.min(), "Max": resampled.max(), "P50": resampled.quantile(0.5), "P99": resampled.quantile(0.99)}
        for name, series in wanted.items():
            size = values.abs().where(values.abs() != float("inf")).resample(every, **({"origin": origin} if origin else {})).max()
            for begin, rows, mine, theirs, most in zip(own.index, count, own[name], series, size):
                compared += 1
                if rows == 0:
                    empty += 1
                    if not pandas.isna(mine) or not pandas.isna(theirs): wrong.append([label, name, repr(mine), repr(theirs)])
                    continue
                if pandas.isna(theirs) and name not in ("Min", "Max"):
                    # Where resample() adds infinity up, and divides between it and a number, this pandas says nan: mean() of the same rows does not.
                    inside = values[begin:begin + pandas.Timedelta(every) - pandas.Timedelta(1)].dropna()
                    theirs = inside.mean() if name == "Mean" else inside.quantile(0.5 if name == "P50" else 0.99, interpolation="higher" if mine > 0 else "lower")
                if pandas.isna(theirs) and pandas.isna(mine): continue
                if name in ("Min", "Max"):
                    if mine != theirs: wrong.append([label, name, repr(mine), repr(theirs)])
                elif mine != theirs and not abs(mine - theirs) <= 1e-12 * max(abs(theirs), most): wrong.append([label, name, repr(mine), repr(theirs)])
    return {"wrong": wrong[:5], "compared": compared, "empty": empty}
print(json.dumps([compare(*each) for each in json.load(open(sys.argv[1]))]))
`;

/** Two days of two labels in files that are in no order, with pauses of hours. */
function days(dir) {
  const chance = chances(11);
  for (const part of ["a", "b", "c"]) {
    const rows = [];
    for (const label of ["/users [GET]", "rss"]) {
      let time = at(Math.floor(chance() * 20_000_000));
      for (let i = 0; i < 300; i++) {
        time += BigInt(Math.floor(chance() * (i % 50 === 0 ? 2e13 : 9e9)));
        rows.push([time, label === "rss" ? Math.floor(chance() * 1000) : chance() ** 5, label, 7]);
      }
    }
    writeFileSync(join(dir, `${part}.csv`), csv(...rows));
  }
}

const EVERY = [["1s"], ["250ms"], ["1min"], ["90s"], ["1h"], ["6h"], ["1d"], ["7s", "epoch"], ["5h", "epoch"], ["3d", "epoch"]];
const ALL_KINDS = EVERY.length;

let compared;

/** One start of pandas compares all of them: it takes longer than any of what it compares. */
function comparedWithPandas() {
  if (compared !== undefined) return compared;
  const root = mkdtempSync(join(tmpdir(), "tallystick-resampled-"));
  after(() => rmSync(root, { recursive: true, force: true }));
  const made = (name, rows) => {
    const dir = join(root, name);
    mkdirSync(dir);
    if (rows === undefined) days(dir);
    else writtenByPython(dir, rows);
    return dir;
  };
  // A tenth of a second of what takes two days has nothing but empty windows.
  const [twoDays, dense, kinds] = [made("days"), made("dense", 800), made("kinds", 300)];
  const asked = [...EVERY.map(([every, origin]) => [every === "250ms" ? dense : twoDays, every, origin ?? ""]), [kinds, "1s", ""]];
  const list = asked.map(([dir, every, origin], i) => {
    const printed = join(root, `${i}.csv`);
    writeFileSync(printed, output("resample", dir, "--every", every, "--format", "csv"));
    return [dir, printed, every, origin];
  });
  writeFileSync(join(root, "list.json"), JSON.stringify(list));
  return (compared = JSON.parse(python(COMPARED, join(root, "list.json"))));
}

for (const [i, [every, origin]] of EVERY.entries()) {
  const by = origin === undefined ? "" : `, with origin="${origin}"`;
  test(
    `resample --every ${every}: windows, counts, rates, means, extremes and quantiles are those of pandas' resample("${every}")${by}`,
    { skip: NO_PANDAS },
    () => {
      const { wrong, compared: values, empty } = comparedWithPandas()[i];
      assert.deepEqual(wrong, []);
      assert.ok(values >= 2 * 5 && (every !== "1s" || empty > 10_000), `${values}, ${empty}`);
    },
  );
}

test("resample: labels and numbers of all kinds are those of pandas", { skip: NO_PANDAS }, () => {
  const { wrong, compared: values } = comparedWithPandas()[ALL_KINDS];
  assert.deepEqual(wrong, []);
  assert.ok(values > 9 * 5 * 10);
});

test("resample: each label has every window from its first row's to its last's, empty ones are 0, and the epoch is where they begin", (t) => {
  const dir = folder(t, {
    "a.csv": csv([at(3999), 1, "a", 1], [at(500), 2, "b", 1]),
    "b.csv": csv([at(0), 3, "a", 1], [at(1000), "nan", "a", 1], [at(499), 5, "b", 1]),
  });
  assert.deepEqual(counts(dir, "--every", "1s"), [[0, "a", 1], [1000, "a", 0], [2000, "a", 0], [3000, "a", 1], [0, "b", 2]]); // prettier-ignore
  assert.deepEqual(counts(dir, "--every", "500ms", "--label", "b"), [[0, "b", 1], [500, "b", 1]]); // prettier-ignore
  assert.deepEqual(counts(dir, "--every", "1s", "--since", String(at(1)), "--until", String(at(3999))), [[1000, "a", 0], [0, "b", 2]]); // prettier-ignore
  const [first, second] = windows(dir, "--every", "4s", "--label", "a");
  assert.equal(second, undefined);
  assert.deepEqual(first, { timepoint: String(START), label: "a", count: 2, rate: 0.5, mean: 2, min: 1, p50: 2, p99: 2.98, max: 3 });
  assert.deepEqual(windows(dir, "--every", "1s", "--label", "a")[1], {
    timepoint: String(at(1000)),
    label: "a",
    count: 0,
    rate: 0,
    mean: null,
    min: null,
    p50: null,
    p99: null,
    max: null, // prettier-ignore
  });
  const early = folder(t, { "a.csv": csv([0, 1, "a", 1], [1_000_000_000, -0, "a", 1], ["9223372036854775807", "inf", "z", 1]) });
  assert.equal(
    output("resample", early, "--every", "1s", "--format", "csv"),
    "Timepoint,Label,Count,Rate,Mean,Min,P50,P99,Max\r\n" +
      "0,a,1,1.0,1.0,1.0,1.0,1.0,1.0\r\n1000000000,a,1,1.0,0.0,0.0,0.0,0.0,0.0\r\n" +
      "9223372036000000000,z,1,1.0,inf,inf,inf,inf,inf\r\n",
  );
});

test("resample: the table has a day and its hours, and the rates are drawn below it", (t) => {
  const midnight = 50_400_000;
  const rows = [0, 100, 200, 1000, 3100].map((milliseconds) => [at(midnight - 2000 + milliseconds), milliseconds / 100, "a", 1]);
  const dir = folder(t, { "a.csv": csv(...rows, [at(0), "0.00001234", '"b,\u001b[31m"', 1]) });
  const [table, b, heading, picture] = output("resample", dir, "--every", "1s").split("\n\n");
  assert.deepEqual(table.split("\n"), [
    "a",
    "2025-11-27      count     rate     mean      min      p50      p99      max",
    "23:59:58            3        3        1        0        1     1.98        2",
    "23:59:59            1        1       10       10       10       10       10",
    "2025-11-28      count     rate     mean      min      p50      p99      max",
    "00:00:00            0        0",
    "00:00:01            1        1       31       31       31       31       31",
  ]);
  assert.deepEqual(b.split("\n").slice(0, 3), [
    "b,�[31m",
    "2025-11-27      count     rate     mean      min      p50      p99      max",
    "10:00:00            1        1 1.234e-5 1.234e-5 1.234e-5 1.234e-5 1.234e-5",
  ]);
  assert.match(heading, /^Rows a second in windows of 1 s,\n2025-11-27 /);
  assert.equal(picture.split("\n")[0], "a");
  assert.match(output("resample", dir, "--every", "1d"), /^a\nday +count .*\n2025-11-27 +4 /);
  assert.doesNotMatch(output("resample", dir, "--every", "30d"), /Rows a second/);
  assert.match(output("resample", dir, "--every", "500ms"), /^23:59:58\.500 +0 +0$/m);
});

test("resample: the picture of rates is 0 where there is nothing, and as high as the busiest second", (t) => {
  const rows = [];
  for (let second = 0; second < 60; second++) if (second < 20 || second > 40) for (let i = 0; i < 50; i++) rows.push([at(second * 1000 + i), 1, "a", 1]); // prettier-ignore
  const picture = output("resample", folder(t, { "a.csv": csv(...rows) }), "--every", "1s").trimEnd().split("\n").slice(-4); // prettier-ignore
  assert.match(picture[0], /^ +50 ┤⠉/);
  assert.match(picture[3], /^ +0 ┤ +[^ ]*⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀/);
});

test("resample --svg: well-formed, with the rates of each label, and nothing is drawn on the terminal", { skip: NO_PYTHON }, (t) => {
  const rows = Array.from({ length: 100 }, (_, i) => [at(i * 100), i, i % 4 === 0 ? "<b>&" : "a", 1]);
  const dir = folder(t, { "a.csv": csv(...rows) });
  const file = join(dir, "out.svg");
  assert.doesNotMatch(output("resample", dir, "--every", "1s", "--svg", file), /Rows a second/);
  const source = `
import sys, xml.etree.ElementTree as tree
for each in tree.parse(sys.argv[1]).getroot().iter("{http://www.w3.org/2000/svg}text"):
    if each.get("class") == "label" or " a second · " in (each.text or ""): print(each.text)
`;
  assert.deepEqual(python(source, file).trimEnd().split("\n"), [
    "<b>&",
    "n 25 · 2.5 a second · at most 3",
    "a",
    "n 75 · 7.5 a second · at most 8",
  ]);
  // Of a point a window there is no band.
  assert.match(readFileSync(file, "utf8"), /· line: rows a second in windows of 1 s<\/text>/);
  output("resample", dir, "--every", "1ms", "--svg", file);
  assert.match(readFileSync(file, "utf8"), /· line: rows a second in windows of 0\.001 s, band: least to most of several windows<\/text>/);
});

test("resample: the picture is from the first window to the end of the last one, and each of its times is within it", (t) => {
  // Bins of the axis are minutes then, and windows begin in the middle of one.
  const rows = Array.from({ length: 49 }, (_, i) => [at(i * 3_600_000), 1, "a", 1]);
  const dir = folder(t, { "a.csv": csv(...rows) });
  const file = join(dir, "out.svg");
  const reach = /2025-11-27 10:00:00 to 2025-11-29 11:00:00 UTC \(2 d 1 h\)/;
  assert.match(output("resample", dir, "--every", "1h"), reach);
  for (const every of ["1h", "1s"]) {
    output("resample", dir, "--every", every, "--svg", file);
    const svg = readFileSync(file, "utf8");
    assert.match(svg, every === "1h" ? reach : /to 2025-11-29 10:00:01 UTC \(2 d\)/);
    const times = [...svg.matchAll(/class="time" x="([\d.]+)"[^>]*>([^<]+)/g)];
    assert.ok(times.length > 3);
    for (const [, x, text] of times) assert.ok(Number(x) + text.length * 3.3 <= 960 && Number(x) - text.length * 3.3 >= 0, `${x} ${text}`);
  }
});

test("resample: labels are in the order of their names, in the table, the picture and elsewhere", (t) => {
  const rows = ["b", "é", "a", "B", "10", "9", "", "a b"].map((label, i) => [at(i), 1, label, 1]);
  const dir = folder(t, { "z.csv": csv(...rows.slice(0, 4)), "a.csv": csv(...rows.slice(4), [at(1000), 1, "b", 1]) });
  const sorted = ["", "10", "9", "B", "a", "a b", "b", "é"];
  assert.deepEqual([...new Set(counts(dir, "--every", "1s").map(([, label]) => label))], sorted);
  const file = join(dir, "out.svg");
  output("resample", dir, "--every", "1s", "--svg", file);
  assert.deepEqual([...readFileSync(file, "utf8").matchAll(/class="label"[^>]*>([^<]*)</g)].map(([, label]) => label), sorted); // prettier-ignore
  const some = run("resample", dir, "--every", "1s", "--max-labels", "3", "--format", "csv").stdout;
  assert.deepEqual([...new Set([...some.matchAll(/^\d+,([^,]*)/gm)].map(([, label]) => label))].at(-1), "(others)");
});

test("resample: labels beyond --max-labels are one, last, and told", (t) => {
  const rows = Array.from({ length: 100 }, (_, i) => [at(i), i, `label ${i % 10}`, 1]);
  const dir = folder(t, { "a.csv": csv(...rows) });
  const { stdout, stderr, status } = run("resample", dir, "--every", "1s", "--max-labels", "3", "--format", "jsonl");
  const found = stdout.trimEnd().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
  assert.deepEqual(found.map(({ label, count }) => [label, count]), [["label 0", 10], ["label 1", 10], ["label 2", 10], [null, 70]]); // prettier-ignore
  assert.equal(stderr, "tallystick: 70 rows of labels beyond the first 3 are counted as (others)\n");
  assert.equal(status, 0);
  assert.match(run("resample", dir, "--every", "1s", "--max-labels", "3", "--format", "csv").stdout, /,\(others\),70,70\.0,/);
});

test("resample: a window of many rows has quantiles within 1 %, and that is told", (t) => {
  const rows = Array.from({ length: 3000 }, (_, i) => [at(i), i + 1, "a", 1]);
  const { stdout, stderr } = run("resample", folder(t, { "a.csv": csv(...rows) }), "--every", "2s", "--format", "jsonl");
  const [one, other] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
  assert.deepEqual([one.count, one.mean, one.max, other.p50], [2000, 1000.5, 2000, 2500.5]);
  assert.ok(Math.abs(one.p99 / 1980 - 1) < 0.011 && one.p99 !== 1980.01, `${one.p99}`);
  assert.equal(stderr, "tallystick: quantiles of 1 window of many rows are within 1 %\n");
});

test("resample: more windows than anybody reads are refused before anything is printed, with the label that has them", (t) => {
  const dir = folder(t, { "a.csv": csv([0, 1, "old", 1], [at(0), 1, "old", 1], [at(0), 1, "new", 1]) });
  const { status, stdout, stderr } = run("resample", dir, "--every", "1s", "--format", "csv");
  assert.deepEqual([status, stdout], [1, ""]);
  assert.equal(
    stderr,
    'tallystick: there are 1764237602 windows, and 10000000 are the most: label "old" reaches from 1970-01-01 00:00:00 to ' +
      "2025-11-27 10:00:01; choose a longer --every, or --since and --until\n",
  );
  assert.equal(counts(dir, "--every", "1s", "--since", "2025-01-01").length, 2);
});

test("resample: of no rows it is a header, or nothing; of nothing that can be read it ends with 1", (t) => {
  const dir = folder(t, { "a.csv": HEADER });
  for (const [format, wanted] of [
    ["csv", "Timepoint,Label,Count,Rate,Mean,Min,P50,P99,Max\r\n"],
    ["jsonl", ""],
    ["table", ""],
  ]) {
    // prettier-ignore
    const { status, stdout, stderr } = run("resample", dir, "--every", "1s", "--format", format);
    assert.deepEqual([status, stdout, stderr], [0, wanted, "tallystick: there are no rows\n"]);
  }
  assert.equal(run("resample", folder(t), "--every", "1s").status, 1);
  assert.equal(run("resample", folder(t, { "a.csv": csv([1, 1, "a", 1]) }), "--every", "1s", "--label", "b").status, 1);
});

test("Windows: of rows in their order each window is given once, with what it has", () => {
  const chance = chances(3);
  const rows = Array.from({ length: 2000 }, () => ({ label: Math.floor(chance() * 5), ms: Math.floor(chance() * 300), value: chance() }));
  rows.sort((a, b) => a.label - b.label || a.ms - b.ms);
  const of = new Windows(7, UTC);
  function* batches() {
    const batch = new Batch(64);
    for (let from = 0; from < rows.length; from += 64) {
      const part = rows.slice(from, from + 64);
      batch.rows = part.length;
      part.forEach(({ label, ms, value }, i) => {
        batch.labels[i] = label;
        batch.seconds[i] = 1700 + Math.floor(ms / 100);
        batch.nanos[i] = (ms % 100) * 1e7;
        batch.values[i] = value;
      });
      yield batch;
    }
  }
  for (const batch of batches()) of.reach(batch);
  const found = [...of.of(batches())];
  assert.equal(found.length, of.count);
  assert.equal(found.reduce((sum, { tally }) => sum + (tally?.rows ?? 0), 0), rows.length); // prettier-ignore
  for (const { label, begin, tally } of found) {
    const inside = rows.filter((row) => row.label === label && 1_700_000 + row.ms * 10 >= begin && 1_700_000 + row.ms * 10 < begin + 7);
    assert.deepEqual([begin % 7, tally?.count ?? 0, tally?.max], [0, inside.length, inside.length === 0 ? undefined : Math.max(...inside.map(({ value }) => value))]); // prettier-ignore
  }
});

test("resample: several times the rows take no more memory", (t) => {
  const one = folder(t, { "a.csv": csv(...Array.from({ length: 50_000 }, (_, i) => [at(i * 10), i * 0.001234, `label ${i % 20}`, 1])) });
  const [small, large] = [24, 64].map((files) => {
    const many = folder(t);
    for (let i = 0; i < files; i++) copyFileSync(join(one, "a.csv"), join(many, `${i}.csv`));
    return measured("resample", many, "--every", "10s", "--format", "csv");
  });
  assert.match(small.stdout, /^1764237600000000000,label 0,1200,120\.0,/m);
  assert.match(large.stdout, /^1764237600000000000,label 0,3200,320\.0,/m);
  // A header, and of each of 20 labels 50 windows.
  for (const { stdout } of [small, large]) assert.equal(stdout.split("\r\n").length, 1 + 20 * 50 + 1);
  // 32 bytes a row would be 64 MB more; the engine's own heap comes and goes.
  assert.ok(large.megabytes - small.megabytes < 40, `${large.megabytes} and ${small.megabytes}`);
});

test("resample: whoever reads its output may stop, as head does", (t) => {
  const dir = folder(t, { "a.csv": csv([at(0), 1, "a", 1], [at(3_000_000_000), 1, "a", 1]) });
  const command = '"$0" "$1" record resample "$2" --every 1s --format csv | head -n 2';
  const { status, stderr, stdout } = spawnSync("sh", ["-c", command, process.execPath, CLI, dir], { encoding: "utf8" });
  assert.deepEqual([status, stderr, stdout.split("\n").length], [0, "", 3]);
});
