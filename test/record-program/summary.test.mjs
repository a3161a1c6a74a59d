// `tallystick record summary`: the numbers are those of pandas, the table and the pictures are what they were, and whatever is wrong
// is told.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { program } from "./internals.mjs";
import { CLI, csv, folder, HEADER, measured, NO_PANDAS, NO_PYTHON, output, python, run, runWith, writtenByPython } from "./recorded.mjs";

const START = 1764237600000000000n;
const at = (milliseconds) => START + BigInt(milliseconds) * 1_000_000n;
const summed = (...args) => JSON.parse(output("summary", ...args, "--json"));
const byLabel = ({ labels }) => Object.fromEntries(labels.map((one) => [one.label, one]));

/** Two labels for a minute, one of which pauses, and one with a number that is none. */
function minute() {
  const rows = [];
  for (let i = 0; i < 600; i++) rows.push([at(i * 100), (2 + Math.sin(i / 60)).toFixed(3), "/users [GET]", 7]);
  for (let i = 0; i < 60; i++) if (i < 20 || i > 40) rows.push([at(i * 1000), 14128 + 10 * i, "max_rss", 7]);
  rows.push([at(5000), "nan", "max_rss", 7], [at(30_000), "0.00001234", '"say ""x"", y"', 7]);
  return csv(...rows);
}

test("summary: the table and the pictures", (t) => {
  const golden = readFileSync(new URL("golden-minute.txt", import.meta.url), "utf8");
  assert.equal(output("summary", folder(t, { "a.csv": minute() })), golden);
});

test("summary --unit: numbers at the axes have it, on the terminal and in an SVG, and a picture is as wide as without", (t) => {
  const rows = Array.from({ length: 60 }, (_, i) => [at(i * 1000), i === 9 ? 0.0024 : 0.0003, "query", 7]);
  const dir = folder(t, { "a.csv": csv(...rows) });
  const lines = output("summary", dir, "--unit", "s").split("\n");
  assert.ok(lines.some((line) => /^ +2\.4 ms ┤/.test(line)) && lines.some((line) => /^ +0 s ┤/.test(line)), lines.join("\n"));
  const widest = (text) => Math.max(...text.map((line) => [...line].length));
  const pictures = (unit) => output("summary", dir, "--unit", unit).split("\n").slice(5);
  assert.ok(widest(pictures("kkkkkkkk")) <= widest(pictures("")), "of a terminal of 80 columns");
  const file = join(dir, "out.svg");
  output("summary", dir, "--unit", "s", "--svg", file);
  assert.match(readFileSync(file, "utf8"), />2\.4 ms</);
});

test("summary: where a label pauses its picture does", (t) => {
  const picture = output("summary", folder(t, { "a.csv": minute() }))
    .split("\n\n")[3]
    .split("\n");
  assert.equal(picture[0], "max_rss");
  const columns = picture.slice(1, 5).map((line) => [...line].slice(13));
  const blank = Array.from({ length: 67 }, (_, i) => columns.every((line) => (line[i] ?? " ") === " "));
  // 20 of 60 seconds: a third of the columns has no dot.
  const pause = blank.slice(20, 47).filter(Boolean).length;
  assert.ok(pause > 18 && pause < 26 && !blank.slice(0, 20).includes(true), `${pause}`);
});

test("summary --json: numbers, times and bins", (t) => {
  const { files, rows, badLines, unfinished, binSeconds, labels } = summed(folder(t, { "a.csv": minute() }));
  assert.deepEqual({ files, rows, badLines, unfinished }, { files: 1, rows: 641, badLines: 0, unfinished: 0 });
  const [users, rss, said] = labels;
  assert.deepEqual([users.label, users.count, users.nan, users.quantileError], ["/users [GET]", 600, 0, 0]);
  assert.deepEqual([rss.count, rss.nan, rss.min, rss.max, rss.first, rss.last], [39, 1, 14128, 14718, String(at(0)), String(at(59_000))]);
  assert.deepEqual([said.label, said.p50, said.series.length], ['say "x", y', 0.00001234, 1]);
  assert.equal(
    users.series.reduce((sum, { count }) => sum + count, 0),
    600,
  );
  for (const { from, count, mean, min, max } of users.series) {
    assert.ok(mean >= min && max >= mean && count <= Math.ceil(binSeconds * 10));
    assert.ok(Date.parse(from) >= Number(START / 1_000_000n) - 1000 * binSeconds);
  }
});

const PANDAS = `
import glob, json, math, sys
import pandas
data = pandas.concat(pandas.read_csv(path, float_precision="round_trip", keep_default_na=False, na_values={"Measurement": ["nan"]}) for path in sorted(glob.glob(sys.argv[1] + "/*.csv")))
found = {}
for label, values in data.groupby("Label")["Measurement"]:
    finite = values[values.abs() != float("inf")]
    ordered = sorted(values.dropna())
    ranked = lambda q, side: repr(float(ordered[side(q * (len(ordered) - 1))]))
    found[label] = {
        "count": int(values.count()), "rows": len(values), "mean": repr(float(values.mean())), "max": repr(float(values.max())),
        "least": float(finite.min()),
        "lower": [ranked(q, math.floor) for q in (0.5, 0.9, 0.99)],
        "linear": [repr(float(values.quantile(q))) for q in (0.5, 0.9, 0.99)],
        "higher": [ranked(q, math.ceil) for q in (0.5, 0.9, 0.99)],
    }
print(json.dumps(found))
`;

for (const [rows, what] of [
  [300, "exactly, of few rows"],
  [4000, "within 1 %, of many rows"],
]) {
  test(`summary: count, mean and quantiles are those of pandas, ${what}`, { skip: NO_PANDAS }, (t) => {
    const dir = folder(t);
    writtenByPython(dir, rows);
    const number = (text) => ({ inf: Infinity, "-inf": -Infinity, nan: NaN })[text] ?? Number(text);
    const wanted = JSON.parse(python(PANDAS, dir));
    const found = byLabel(summed(dir));
    assert.deepEqual(Object.keys(found).toSorted(), Object.keys(wanted).toSorted());
    for (const [label, one] of Object.entries(wanted)) {
      const own = found[label];
      assert.deepEqual([own.count, own.count + own.nan], [one.count, one.rows], label);
      assert.ok(number(own.max) === number(one.max), label);
      const mean = number(one.mean);
      // A sum of numbers on both sides of 0 loses what they lose.
      if (Number.isFinite(mean)) assert.ok(Math.abs(own.mean - mean) <= 1e-9 * Math.max(Math.abs(mean), Math.abs(one.least) * 1e-3), label);
      else assert.equal(number(own.mean), mean, label);
      for (const [i, key] of ["p50", "p90", "p99"].entries()) {
        const [value, lower, linear, higher] = [own[key], one.lower[i], one.linear[i], one.higher[i]].map(number);
        if (own.quantileError === 0) {
          // numpy makes nan of what lies between a number and infinity.
          assert.ok(
            value === linear || Math.abs(value / linear - 1) < 1e-12 || higher === Infinity,
            `${label} ${key}: ${value}, ${linear}`,
          );
        } else {
          // Of infinity no part is to be told.
          const near = (size) => (Number.isFinite(size) ? own.quantileError * (1 + 1e-9) * Math.abs(size) : 0);
          assert.ok(value >= lower - near(lower) && value <= higher + near(higher), `${label} ${key}: ${value}, ${linear}`);
        }
      }
      assert.equal(own.quantileError === 0, one.rows * 1 <= 1024, label);
    }
  });
}

test("summary: what it tells of what it passed over, by file and line", (t) => {
  const dir = folder(t, {
    "a.csv": `${csv([1, 1, "a", 1], [2, "x", "a", 1], [3, 1, "a"])}4,1,a`,
    "b.csv": "no,header\r\n1,2\r\n",
    "c.csv": "",
    "d.csv": HEADER,
    "e.jsonl": '{"timepoint":5,"measurement":9007199254740993,"label":"a","pid":1}\nnonsense\n',
  });
  const { status, stdout, stderr } = run("summary", dir);
  assert.equal(status, 0);
  assert.match(stdout, /^a +2 /m);
  assert.equal(
    stderr,
    `tallystick: passed over 3 bad lines, the first: a.csv:3: the measurement is no number
tallystick: passed over 1 file without the header Timepoint,Measurement,Label,PID, the first: b.csv: it begins with "no,header": that is another header
tallystick: passed over 1 last line without an end: still written, or cut off
tallystick: 1 integer beyond 2^53 became the nearest double
`,
  );
});

test("summary --label, --since and --until: only what fits", (t) => {
  const dir = folder(t, {
    "a.csv": csv(
      [at(0), 1, "/a [GET]", 1],
      [at(1000), 2, "/a [GET]", 1],
      [at(2000), 3, "/a [GET]", 1],
      [at(0), 4, "/b [GET]", 1],
      [at(0), 5, "rss", 1],
    ),
    "b.jsonl": `{"timepoint":"${at(500)}","measurement":6,"label":"/a [GET]","pid":1}\n`,
  });
  const counts = (...args) => summed(dir, ...args).labels.map(({ label, count, mean }) => [label, count, mean]);
  assert.deepEqual(counts(), [["/a [GET]", 4, 3], ["/b [GET]", 1, 4], ["rss", 1, 5]]); // prettier-ignore
  assert.deepEqual(counts("--label", "/? [GET]"), [["/a [GET]", 4, 3], ["/b [GET]", 1, 4]]); // prettier-ignore
  assert.deepEqual(counts("--label", "/b*", "--label", "rss"), [["/b [GET]", 1, 4], ["rss", 1, 5]]); // prettier-ignore
  assert.deepEqual(counts("--since", "2025-11-27T10:00:00.5Z"), [["/a [GET]", 3, 11 / 3]]);
  assert.deepEqual(counts("--since", String(at(1000)), "--until", String(at(2000))), [["/a [GET]", 1, 2]]);
  assert.deepEqual(counts("--until", "2025-11-27T10:00:00.000000001Z"), [["/a [GET]", 1, 1], ["/b [GET]", 1, 4], ["rss", 1, 5]]); // prettier-ignore
});

test("summary: labels beyond --max-labels are counted as others", (t) => {
  const rows = Array.from({ length: 100 }, (_, i) => [at(i), i, `label ${i % 10}`, 1]);
  const dir = folder(t, { "a.csv": csv(...rows) });
  const { stdout, stderr } = run("summary", dir, "--max-labels", "3");
  assert.match(stdout, /^\(others\) +70 +51 /m);
  assert.equal(stderr, "tallystick: 70 rows of labels beyond the first 3 are counted as (others)\n");
  const { labels } = JSON.parse(run("summary", dir, "--max-labels", "3", "--json").stdout);
  assert.deepEqual(
    labels.map(({ label, count }) => [label, count]),
    [["label 0", 10], ["label 1", 10], ["label 2", 10], [null, 70]], // prettier-ignore
  );
});

const LABELS = ['<script>alert("x")</script>', "a&b", "\u001b[31mred", "x".repeat(1 << 20), "\ud800\uffff\u0000", "漢字 \u202eabc", "]]>"];

/** A file of JSON lines with labels that mean harm. */
function harmful() {
  const line = (label, i) => JSON.stringify({ timepoint: String(at(i * 1000)), measurement: i, label, pid: 1 });
  return LABELS.map((label) => Array.from({ length: 5 }, (_, i) => `${line(label, i)}\n`).join("")).join("");
}

test("summary: labels that mean harm reach no terminal", (t) => {
  const dir = folder(t, { "a.jsonl": harmful() });
  for (const [columns, most] of [
    ["80", 80],
    [undefined, 5000],
  ]) {
    const { stdout, stderr } = runWith({ COLUMNS: columns }, "summary", dir);
    assert.equal(stderr, "");
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    for (const line of stdout.split("\n")) assert.ok(program.widthOf(line) <= most, line);
  }
});

const WELL_FORMED = `
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
ns = "{http://www.w3.org/2000/svg}"
print(root.tag == ns + "svg", *sorted({each.tag.replace(ns, "") for each in root.iter()}))
for each in root.iter(ns + "text"):
    if each.get("class") == "label": print(each.text)
`;

test("summary --svg: well-formed, a plot a label, and nothing but shapes and text, whatever labels say", { skip: NO_PYTHON }, (t) => {
  const dir = folder(t, { "a.jsonl": harmful(), "b.csv": minute() });
  const file = join(dir, "out.svg");
  const text = output("summary", dir, "--svg", file);
  assert.doesNotMatch(text, /Means in time/);
  const [tags, ...labels] = python(WELL_FORMED, file).trimEnd().split("\n");
  assert.equal(tags, "True circle g path rect style svg text title");
  assert.equal(labels.length, LABELS.length + 3);
  assert.ok(labels.includes('<script>alert("x")</script>') && labels.includes("a&b") && labels.includes("�[31mred"));
  const svg = readFileSync(file, "utf8");
  assert.match(svg, /@media \(prefers-color-scheme: dark\)/);
  for (const [, number] of svg.matchAll(/ (?:x|y|cx|cy|d)="([^"]*)"/g)) assert.doesNotMatch(number, /NaN|Infinity|undefined/);
  for (const [, x, y] of svg.matchAll(/(?<=[ML"])([\d.]+) ([\d.]+)(?=[LZ"])/g))
    assert.ok(Number(x) <= 960 && Number(y) <= 168, `${x} ${y}`);
  assert.deepEqual([existsSync(file), spawnSync("ls", ["-A", dir], { encoding: "utf8" }).stdout], [true, "a.jsonl\nb.csv\nout.svg\n"]);
});

test(
  "summary --svg: rsvg-convert draws it, on light and on dark",
  { skip: spawnSync("rsvg-convert", ["--version"]).status === 0 ? false : "rsvg-convert is not installed" },
  (t) => {
    const dir = folder(t, { "a.csv": minute() });
    const file = join(dir, "out.svg");
    output("summary", dir, "--svg", file);
    const png = execFileSync("rsvg-convert", [file], { maxBuffer: 1 << 26 });
    assert.equal(png.subarray(1, 4).toString(), "PNG");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [960, 56 + 3 * 168]);
  },
);

test("several paths are read as one, directories and files, each file once, by whatever way", (t) => {
  const one = folder(t, { "a.csv": csv([1, 1, "x", 1]), "b.csv": csv([2, 2, "y", 1]) });
  const other = folder(t, { "c.jsonl": '{"timepoint":3,"measurement":3,"label":"x","pid":2}\n', "d.csv": csv([4, 4, "x", 1]) });
  symlinkSync(one, join(other, "link"));
  const counts = (...paths) => JSON.parse(output("summary", "--json", ...paths)).labels.map(({ label, count }) => `${label} ${count}`);
  assert.deepEqual(counts(one, other, join(other, "link"), join(other, "link/a.csv")), ["x 3", "y 1"]);
  assert.deepEqual(counts(join(one, "b.csv"), one, `${one}/../${basename(one)}/b.csv`), ["x 1", "y 1"]);
  assert.deepEqual(counts(join(one, "b.csv"), join(other, "d.csv")), ["x 1", "y 1"]);
  linkSync(join(one, "b.csv"), join(other, "hard.csv"));
  symlinkSync(join(one, "b.csv"), join(other, "soft.csv"));
  assert.deepEqual(counts(one, join(other, "hard.csv"), join(other, "soft.csv")), ["x 1", "y 1"]);
  assert.deepEqual(counts(other, one), ["x 3", "y 1"]);
  for (const name of ["hard.csv", "soft.csv"]) rmSync(join(other, name));
  const rows = output("export", one, other, "--format", "csv").split("\r\n").slice(1, -1);
  assert.deepEqual(
    rows.map((row) => row.split(",")[0]),
    ["1", "2", "3", "4"],
  );
  assert.match(output("resample", one, join(other, "d.csv"), "--every", "1s", "--format", "csv"), /x,2,/);
  const file = join(folder(t), "plots.svg");
  output("summary", one, other, "--svg", file);
  assert.ok(readFileSync(file, "utf8").includes(`${basename(one)} and 1 more`));
  assert.match(run("summary", folder(t), one, "--svg", join(one, "x.csv")).stderr, /is in the directory that is read/);
  const { status, stderr } = run("summary", folder(t), folder(t));
  assert.deepEqual([status, /there is no file in ".*", ".*" that ends in/.test(stderr)], [1, true]);
});

for (const [what, args, status, words] of [
  ["a directory that is absent", ["summary", "absent"], 2, /^tallystick: there is no directory "absent"\n$/],
  ["an absent one to export", ["export", "absent", "--format", "csv"], 2, /^tallystick: there is no directory "absent"\n$/],
  ["no command", [], 64, /there is no command: summary, resample or export/],
  ["an unknown command", ["sum"], 64, /unknown command "sum"/],
  ["no directory", ["summary"], 64, /there is no directory and no file to read/],
  ["two of which one is absent", ["summary", ".", "absent"], 2, /^tallystick: there is no directory "absent"\n$/],
  ["an empty directory", ["summary", ".", ""], 64, /a directory is ""/],
  ["an unknown option", ["summary", ".", "--jsno"], 64, /there is no option "--jsno": there is --json;/],
  ["an option twice", ["summary", ".", "--svg", "a", "--svg", "b"], 64, /--svg is there 2 times/],
  ["an option without its value", ["export", ".", "--format"], 64, /--format takes a value/],
  ["a unit that is none", ["summary", ".", "--unit", "<b>"], 64, /--unit is "<b>"/],
  [
    "an end before the beginning",
    ["summary", ".", "--since", "1d", "--until", "2d"],
    64,
    /--since is "1d", which is not before --until, "2d"/,
  ],
  [
    "an end at the beginning",
    ["export", ".", "--format", "csv", "--since", "7", "--until", "7"],
    64,
    /--since is "7", which is not before/,
  ],
  ["a time that is none", ["summary", ".", "--since", "yesterday"], 64, /--since is "yesterday"/],
  ["labels that are no number", ["summary", ".", "--max-labels", "0"], 64, /--max-labels is "0"/],
  ["too many labels", ["summary", ".", "--max-labels", "10001"], 64, /none from 1 to 10000/],
  ["an SVG without a name", ["summary", ".", "--svg", ""], 64, /--svg is ""/],
  ["no format", ["export", "."], 64, /--format is missing/],
  ["an unknown format", ["export", ".", "--format", "xml"], 64, /one of csv, jsonl, parquet, arrow/],
  ["no width of windows", ["resample", "."], 64, /--every is missing: it is a width such as 250ms, 1s, 1min, 2h or 7d, from 1ms to 3650d/],
  ["a width that is none", ["resample", ".", "--every", "1.5h"], 64, /--every is "1.5h"/],
  ["months, as pandas calls them", ["resample", ".", "--every", "1M"], 64, /--every is "1M"/],
  ["beginnings of months", ["resample", ".", "--every", "1MS"], 64, /--every is "1MS"/],
  ["a width of nothing", ["resample", ".", "--every", "0s"], 64, /--every is "0s"/],
  ["a width of ages", ["resample", ".", "--every", "3651d"], 64, /from 1ms to 3650d/],
  ["a format of the other", ["resample", ".", "--every", "1s", "--format", "parquet"], 64, /"parquet": it is one of table, csv, jsonl/],
  ["an option of the other", ["export", ".", "--format", "csv", "--json"], 64, /--json/],
]) {
  test(`record with ${what}: says so, and ends with ${status}`, () => {
    const ended = run(...args);
    assert.equal(ended.status, status);
    assert.match(ended.stderr, words);
    assert.match(ended.stderr, status === 64 ? /^tallystick: [^\n]*; see tallystick record --help\n$/ : /^tallystick: [^\n]*\n$/);
    assert.equal(ended.stdout, "");
  });
}

for (const args of [["--help"], ["summary", "--help"], ["resample", "--help"], ["export", "x", "--help"]]) {
  test(`record ${args.join(" ")}: how it is used`, () => assert.match(output(...args), /^Usage: tallystick record summary PATH.../));
}

test("record --help: says what of which files is read, and what an export has", () => {
  const help = output("--help").replaceAll(/\s+/g, " ");
  for (const words of [
    "tallystick/record",
    "QuantumLeap's telemetry module",
    "exactly Timepoint,Measurement,Label,PID, in this order and case",
    `end in ${program.ENDINGS[0]}, ${program.ENDINGS[1]} or ${program.ENDINGS[2]}`,
    "none in folders below it",
    "nanoseconds since the epoch: 1764237600000000000 is 2025-11-27T10:00:00Z",
    "Keys of jsonl are in lower case",
  ]) {
    assert.ok(help.includes(words), words);
  }
  assert.equal(program.dateOf(1764237600000, program.UTC), "2025-11-27 10:00:00");
});

test("record --help: tells every option", () => {
  const help = output("--help");
  const source = readFileSync(new URL("../../bindings/record/program/given.ts", import.meta.url), "utf8");
  const options = [...source.matchAll(/(?<=[{,\n] *)"?([a-z-]+)"?: \{ type: "/g)].map(([, option]) => option);
  assert.ok(options.length > 8);
  for (const option of options) assert.match(help, new RegExp(`--${option}\\b`));
});

for (const [what, more] of [
  ["summary", []],
  ["summary --json", ["--json"]],
]) {
  test(`${what} of no files: says what it looks for, and ends with 1`, (t) => {
    const dir = folder(t, { "notes.txt": "x", ".a.csv": HEADER });
    mkdirSync(join(dir, "below"));
    writeFileSync(join(dir, "below", "a.csv"), HEADER);
    const { status, stdout, stderr } = run("summary", dir, ...more);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.equal(stderr, `tallystick: there is no file in "${dir}" that ends in .csv, .jsonl, .ndjson; folders are not searched\n`);
  });

  test(`${what} --label that fits no label: names some that there are, and ends with 1`, (t) => {
    const rows = Array.from({ length: 7 }, (_, i) => [at(i), i, `/${i} [GET]`, 1]);
    const { status, stdout, stderr } = run("summary", folder(t, { "a.csv": csv(...rows) }), "--label", "/x*", "--label", "rss", ...more);
    assert.deepEqual([status, stdout], [1, ""]);
    const named = '"/0 [GET]", "/1 [GET]", "/2 [GET]", "/3 [GET]", "/4 [GET]" and more';
    assert.equal(stderr, `tallystick: no label fits "/x*", "rss": there are ${named}\n`);
  });
}

test("summary of files without rows: ends with 0, also where a label is wanted", (t) => {
  const none = folder(t, { "a.csv": HEADER });
  assert.deepEqual([summed(none).labels, summed(none, "--label", "x").labels], [[], []]);
  const { status, stderr } = run("summary", none);
  assert.deepEqual([status, stderr], [0, "tallystick: there are no rows\n"]);
});

for (const [what, args] of [
  ["summary", ["summary"]],
  ["summary --json", ["summary", "--json"]],
  ["resample", ["resample", "--every", "1s"]],
  ["export", ["export", "--format", "csv"]],
]) {
  const [command, ...more] = args;

  test(`${what} of no row of that time: says of which they are, and ends with 1`, (t) => {
    const old = folder(t, { "a.csv": csv([at(0), 1, "a", 1], [at(90_000), 1, "b", 1], [at(5000), 1, "b", 1]) });
    const reach = (to) => `they are from 2025-11-27 10:00:00 to 2025-11-27 ${to} UTC`;
    for (const [chosen, to] of [
      [["--since", "1s"], "10:01:30"],
      [["--until", "2025-11-27"], "10:01:30"],
      [["--label", "a", "--since", "1s"], "10:00:00"],
    ]) {
      const { status, stdout, stderr } = run(command, old, ...more, ...chosen);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(stderr, `tallystick: no row is from the time that --since and --until choose: ${reach(to)}\n`);
    }
    assert.equal(run(command, old, ...more, "--since", String(at(90_000))).status, 0);
  });

  test(`${what} of what has no row: says so, and ends with 1`, (t) => {
    const dir = folder(t, { passwd: "root:x:0:0\n\ndaemon:x:1:1\n", "a.csv": csv(["x", 1, "a", 1]) });
    for (const path of [dir, join(dir, "passwd")]) {
      const { status, stdout, stderr } = run(command, path, ...more);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, /^tallystick: passed over \d bad lines?, the first: .*\ntallystick: no line in ".*" is a row\n$/);
    }
    writeFileSync(join(dir, "b.csv"), csv([at(0), 1, "b", 1]));
    assert.equal(run(command, dir, ...more).status, 0);
  });
}

test("summary: labels of --label and of the files that mean harm reach no terminal where none fits", (t) => {
  const { status, stderr } = run("summary", folder(t, { "a.jsonl": harmful() }), "--label", `\u001b]0;x\u0007${"y".repeat(10_000)}`);
  assert.equal(status, 1);
  // eslint-disable-next-line no-control-regex -- that is what must not be there
  assert.doesNotMatch(stderr.trimEnd(), /[\u0000-\u001f\u007f-\u009f\u202e]/);
  assert.ok(program.widthOf(stderr) < 430 && stderr.startsWith('tallystick: no label fits "'), stderr);
});

for (const [unit, time] of [
  ["seconds", "1764237600"],
  ["milliseconds", "1764237600000"],
  ["microseconds", "1764237600000000"],
]) {
  test(`summary: timepoints that look like ${unit} are told once, and read as nanoseconds`, (t) => {
    const text = csv(...Array.from({ length: 10 }, (_, i) => [BigInt(time) + BigInt(i), i, "a", 1]));
    const dir = folder(t, { "a.csv": text, "b.csv": text });
    const { status, stdout, stderr } = run("summary", dir, "--json");
    assert.equal(status, 0);
    assert.equal(JSON.parse(stdout).rows, 20);
    const words = `tallystick: timepoints are nanoseconds since the epoch, and ${time} in a.csv looks like ${unit}\n`;
    assert.equal(stderr, words);
    // Where none of them is of the time that is wanted, that is why.
    const since = run("summary", dir, "--since", "1h");
    assert.deepEqual([since.status, since.stderr.startsWith(`${words}tallystick: no row is from the time`)], [1, true]);
  });
}

test("summary: timepoints of nanoseconds are not told, be they of 2001, of 2128 or of a test", (t) => {
  const times = ["1000000000000000000", "4999999999000000000", "0", "7", "999999999", "5000000000", "5000000000000", "900000000000000000"];
  for (const time of times) output("summary", folder(t, { "a.csv": csv([time, 1, "a", 1]) }));
});

test("summary: what is compressed is told and not read, by its name and by its bytes", (t) => {
  const packed = gzipSync(csv([at(0), 1, "a", 1]));
  const dir = folder(t, { "a.csv.gz": packed, "b.jsonl": packed, "c.csv": packed, "notes.txt.gz": packed });
  const words = "tallystick: passed over 3 compressed files, which gunzip must unpack first, the first: a.csv.gz\n";
  const alone = run("summary", dir, "--json");
  assert.deepEqual([alone.status, alone.stdout], [1, ""]);
  assert.equal(alone.stderr, `${words}tallystick: there is no file in "${dir}" that can be read\n`);
  writeFileSync(join(dir, "d.csv"), csv([at(0), 1, "a", 1]));
  const beside = run("summary", dir, "--json");
  assert.deepEqual([beside.status, beside.stderr, JSON.parse(beside.stdout).rows], [0, words, 1]);
  const file = join(dir, "a.csv.gz");
  const { status, stderr } = run("summary", file);
  const one = "tallystick: passed over 1 compressed file, which gunzip must unpack first, the first: a.csv.gz\n";
  assert.deepEqual([status, stderr], [1, `${one}tallystick: there is no file in "${file}" that can be read\n`]);
});

test("summary --svg: where it cannot be written, the path that was given is told", (t) => {
  const dir = folder(t, { "a.csv": minute() });
  const file = join(dir, "absent", "out.svg");
  const { status, stdout, stderr } = run("summary", dir, "--svg", file);
  assert.deepEqual([status, stdout, stderr], [1, "", `tallystick: cannot write "${file}": ENOENT: no such file or directory\n`]);
});

test("summary: where its output is no terminal no label is cut, but where COLUMNS says how wide it is", (t) => {
  const [long, middle] = ["x".repeat(300), `/${"route/".repeat(8)}:id [GET]`];
  const rows = [long, middle, "short"].flatMap((label) => [[at(0), 1, label, 1], [at(1000), 2, label, 1]]); // prettier-ignore
  const dir = folder(t, { "a.csv": csv(...rows) });
  for (const command of [["summary"], ["resample", "--every", "1s"]]) {
    const printed = (columns) => {
      const { status, stdout, stderr } = runWith({ COLUMNS: columns }, command[0], dir, ...command.slice(1));
      assert.deepEqual([status, stderr], [0, ""]);
      return stdout;
    };
    const widest = (text) => Math.max(...text.split("\n").map((line) => program.widthOf(line)));
    for (const columns of ["120", "80"]) {
      const text = printed(columns);
      assert.equal(widest(text), Number(columns));
      // In its table, and above its picture.
      assert.deepEqual([text.split(long).length, text.split(middle).length], [1, 3]);
    }
    for (const columns of ["400", "9999", undefined, "", "0", "-5", "many", "1e2"]) {
      const text = printed(columns);
      assert.equal(text.split(long).length, 3, columns);
      // Pictures have their width.
      const picture = text.split("\n").filter((line) => /[┤│]/.test(line));
      assert.ok(picture.length > 0 && picture.every((line) => program.widthOf(line) <= 240));
    }
  }
});

test("summary: a label that has no room beside its numbers stands above them", (t) => {
  const long = "/a/long/route/with/:id [GET]";
  const dir = folder(t, { "a.csv": csv([at(0), 1, long, 1], [at(0), 2, "b", 1], [at(1), 2, "b", 1]) });
  const { stdout } = runWith({ COLUMNS: "60" }, "summary", dir);
  assert.deepEqual(stdout.split("\n").slice(0, 4), [
    "label  count  mean  p50  p90  p99  max",
    "b          2     2    2    2    2    2",
    `${long}`,
    "           1     1    1    1    1    1",
  ]);
  assert.match(output("summary", dir), new RegExp(`^${long.replace("[GET]", "\\[GET\\]")} +1 +1 `, "m"));
});

test("summary: that quantiles are within 1 % is said of those labels alone that have so many rows", (t) => {
  const rows = (label, count) => Array.from({ length: count }, (_, i) => [at(i), i + 1, label, 1]);
  const said = (...all) => output("summary", folder(t, { "a.csv": csv(...all.flat()) })).split("\n").filter((line) => line.startsWith("Quantiles")); // prettier-ignore
  assert.deepEqual(said(rows("a", 1024), rows("b", 1024)), []);
  assert.deepEqual(said(rows("a", 1025), rows("b", 1024)), ["Quantiles of labels with more than 1024 rows are within 1 %, others exact"]);
  assert.deepEqual(said(rows("a", 1025), rows("b", 1025)), ["Quantiles are within 1 %"]);
});

test("summary --svg: numbers of an axis are short, differ, and have the unit that --unit says", { skip: NO_PYTHON }, (t) => {
  const dir = folder(t);
  const numbers = (values, ...more) => {
    writeFileSync(join(dir, "a.csv"), csv(...values.map((value, i) => [at(i * 1000), value, "a".repeat(300), 1])));
    output("summary", dir, "--svg", join(dir, "a.svg"), ...more);
    const svg = readFileSync(join(dir, "a.svg"), "utf8");
    const label = /class="label"[^>]*>([^<]*)</.exec(svg)[1];
    const beside = /class="number" x="936"[^>]*>([^<]*)</.exec(svg)[1];
    assert.ok(label.length * 7.4 + beside.length * 6.6 < 852, `${label} ${beside}`);
    return [...svg.matchAll(/class="number" x="76"[^>]*>([^<]*)</g)].map(([, text]) => text);
  };
  assert.deepEqual(numbers([0.001, 0.0024]), ["0.0024", "0.0012", "0"]);
  assert.deepEqual(numbers([0.001, 0.0024], "--unit", "s"), ["2.4 ms", "1.2 ms", "0 s"]);
  assert.deepEqual(numbers([1e-6, 4e-8], "--unit", "s"), ["1 µs", "500 ns", "0 s"]);
  assert.deepEqual(numbers([90, 4000], "--unit", "s"), ["4000 s", "2000 s", "0 s"]);
  assert.deepEqual(numbers([63_700_000, 1]), ["63.7 M", "31.9 M", "0"]);
  assert.deepEqual(numbers([63_700_000, 1], "--unit", "B"), ["63.7 MB", "31.9 MB", "0 B"]);
  assert.deepEqual(numbers([14_128_000, 14_128_040]), ["14.12804 M", "14.12802 M", "14.128 M"]);
  assert.deepEqual(numbers([999.9996, 1]), ["1 k", "500", "0"]);
});

test("summary of one file: DIR may be a file", (t) => {
  const dir = folder(t, { "a.csv": csv([1, 1, "a", 1]), "b.csv": csv([1, 1, "b", 1]) });
  assert.deepEqual(Object.keys(byLabel(summed(join(dir, "a.csv")))), ["a"]);
});

test("summary: whoever reads its output may stop, as head does", (t) => {
  const rows = Array.from({ length: 900 }, (_, i) => [i, i, `label ${i}`, 1]);
  const dir = folder(t, { "a.csv": csv(...rows) });
  const { status, stderr } = spawnSync("sh", ["-c", '"$0" "$1" record summary "$2" | head -n 1', process.execPath, CLI, dir], {
    encoding: "utf8",
  });
  assert.deepEqual([status, stderr], [0, ""]);
});

test("summary: a hundred times the rows take no more memory", (t) => {
  const one = folder(t, { "a.csv": csv(...Array.from({ length: 50_000 }, (_, i) => [at(i), i * 0.001234, `label ${i % 20}`, 1])) });
  const many = folder(t);
  for (let i = 0; i < 100; i++) copyFileSync(join(one, "a.csv"), join(many, `${i}.csv`));
  const [small, large] = [measured("summary", one), measured("summary", many)];
  assert.match(small.stdout, /^label 0 +2500 /m);
  assert.match(large.stdout, /^label 0 +250000 /m);
  // A double a row would be 40 MB more; the engine's own heap comes and goes.
  assert.ok(large.megabytes - small.megabytes < 30, `${large.megabytes} and ${small.megabytes}`);
});

test("summary: reads a directory in which others write and delete", { timeout: 60_000 }, async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, "made"));
  const text = csv(...Array.from({ length: 500 }, (_, i) => [at(i), i, "a", 1]));
  let made = 0;
  const live = [];
  const writing = setInterval(() => {
    for (let i = 0; i < 20; i++) {
      const name = `app.${String(made++).padStart(8, "0")}.csv`;
      writeFileSync(join(dir, "made", name), text);
      renameSync(join(dir, "made", name), join(dir, name));
      live.push(name);
      if (live.length > 100) unlinkSync(join(dir, live.shift()));
    }
  }, 1);
  t.after(() => clearInterval(writing));
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [CLI, "record", "summary", dir, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (part) => (stdout += part));
    child.stderr.on("data", (part) => (stderr += part));
    assert.deepEqual(await once(child, "close"), [0, null]);
    assert.doesNotMatch(stderr, /bad line|last line|could not/);
    const { rows, files, labels } = JSON.parse(stdout);
    assert.equal(rows, files * 500);
    assert.equal(labels[0]?.count ?? 0, rows);
  }
  assert.ok(made > 100);
});
