// Rows are read from bytes: every number as Number would read it, every row wherever reads cut it, and what is no row is passed over.

import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { program } from "./internals.mjs";
import { chances, csv, folder, HEADER, NO_PYTHON, python, writtenByPython } from "./recorded.mjs";

const { Labels, Recording, digitsOf, recordings, fits, OTHERS, UNWANTED } = program;

function reading(dir, labels = new Labels({ most: 1000, bytesMost: 1 << 24 })) {
  return { labels, recording: new Recording(recordings(dir), labels) };
}

/** All rows of a directory as [timepoint, measurement, label, pid, whole], and what was told. */
function read(dir, labels) {
  const { recording, labels: own } = reading(dir, labels);
  const rows = [];
  for (const batch of recording.batches()) {
    for (let i = 0; i < batch.rows; i++) {
      const { seconds, nanos, values, pids, whole } = batch;
      rows.push([digitsOf(seconds[i], nanos[i]), values[i], own.names[batch.labels[i]] ?? batch.labels[i], pids[i], whole[i] === 1]);
    }
  }
  return { rows, told: recording.counted };
}

const NUMBERS = [
  "0", "-0", "1", "25", "-25", "0.5", "-0.5", "1.0", "0.010190685999987181", "9007199254740993", "123456789012345678901234567890",
  "1e5", "1E5", "1e+5", "1e-05", "1.5e-07", "1e+16", "1.7976931348623157e+308", "5e-324", "2.2250738585072014e-308", "1e400", "1e-400",
  "0.1", "0.30000000000000004", "9.5367431640625e-05", "00012.50", ".5", "5.", "0.000000000000000000000000000001", "99999999999999999999.9",
  "8.98846567431158e+307", "9007199254740992.5", "9007199254740991.5", "1.00000000000000011102230246251565404", "179769313486231580793.7",
]; // prettier-ignore

test("CsvReader: a number is what Number makes of it, be it short, long or between two doubles", (t) => {
  const chance = chances(1);
  const made = Array.from({ length: 20_000 }, () => {
    const digits = Array.from({ length: 1 + Math.floor(chance() * 20) }, () => Math.floor(chance() * 10)).join("");
    const point = Math.floor(chance() * (digits.length + 1));
    const exponent = chance() < 0.3 ? `e${Math.floor(chance() * 60) - 30}` : "";
    return `${chance() < 0.5 ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}${exponent}`;
  });
  // Halves between two doubles, where the nearest is the even one, and their neighbours.
  const halves = Array.from({ length: 2000 }, () => {
    const half = BigInt(Math.floor(2 ** 53 * (1 + chance()))) * 2n + 1n;
    return [half - 1n, half, half + 1n].map((n) => `${n}`.replace(/(\d{6})$/, chance() < 0.5 ? ".$1" : "$1"));
  }).flat();
  const shortest = Array.from({ length: 20_000 }, () => String(chance() * 10 ** Math.floor(chance() * 12 - 6)));
  const texts = [...NUMBERS, ...made, ...halves, ...shortest];
  const { rows, told } = read(folder(t, { "a.csv": csv(...texts.map((text, i) => [i, text, "x", 1])) }));
  assert.equal(told.badLines, 0, told.firstBad);
  for (const [i, text] of texts.entries()) assert.ok(Object.is(rows[i][1], Number(text)), `${text} was read as ${rows[i][1]}`);
});

test("decimal: most numbers of 17 digits need no string", () => {
  const chance = chances(2);
  let asked = 0;
  for (let i = 0; i < 10_000; i++) {
    const leading = 1e14 + Math.floor(chance() * 9e14);
    const value = program.decimal(leading, Math.floor(chance() * 100), 2, 16 + Math.floor(chance() * 6));
    asked += Number(Number.isNaN(value));
  }
  assert.ok(asked < 10, `${asked} of 10000`);
});

for (const text of ["Infinity", "infinite", "NAN", "--1", "1e", "1e+", "1e12345", "0x1", "1_0", "", " 1", "."]) {
  test(`CsvReader: "${text}" is no number`, (t) => {
    const { rows, told } = read(folder(t, { "a.csv": csv([1, text, "x", 1], [2, 2, "x", 1]) }));
    assert.deepEqual(rows, [["2", 2, "x", 1, true]]);
    assert.equal(told.firstBad, "a.csv:2: the measurement is no number");
  });
}

test("CsvReader: timepoints keep every nanosecond up to the greatest int64, and 0", (t) => {
  const good = ["0", "1", "999999999", "1000000000", "1764237600123456789", "9223372036854775807"];
  const bad = ["9223372036854775808", "99999999999999999999", "-1", "1.5", ""];
  const { rows, told } = read(folder(t, { "a.csv": csv(...[...good, ...bad].map((time) => [time, 1, "x", 1])) }));
  assert.deepEqual(
    rows.map(([time]) => time),
    good,
  );
  assert.equal(told.badLines, bad.length);
  assert.equal(told.firstBad, "a.csv:8: the timepoint is no integer of nanoseconds since the epoch");
});

test("CsvReader: integers beyond 2^53 are told", (t) => {
  const { rows, told } = read(folder(t, { "a.csv": csv([1, "9007199254740992", "x", 1], [2, "9007199254740993", "x", 1]) }));
  assert.equal(rows.length, 2);
  assert.equal(told.rounded, 1);
});

test("Recording: what Python's csv wrote is read as Python's csv reads it", { skip: NO_PYTHON }, (t) => {
  const dir = folder(t);
  writtenByPython(dir, 300);
  const source = `
import csv, json, os, sys
for name in sorted(os.listdir(sys.argv[1])):
    for row in list(csv.reader(open(os.path.join(sys.argv[1], name), newline="", encoding="utf-8")))[1:]:
        print(json.dumps([row[0], repr(float(row[1])), row[2], int(row[3]), row[1].isdigit()]))
`;
  const wanted = python(source, dir).trim().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
  const NAMES = { inf: Infinity, nan: NaN };
  const { rows, told } = read(dir);
  assert.deepEqual(
    rows,
    wanted.map(([time, value, ...rest]) => [time, NAMES[value] ?? Number(value), ...rest]),
  );
  assert.deepEqual([told.rows, told.badLines, told.files], [wanted.length, 0, 3]);
});

/** Rows of all lengths, so that reads of 256 KB cut them everywhere. */
function manyRows(count) {
  const chance = chances(3);
  const label = (i) => ["a", "b".repeat(i % 97), `say ""${i % 5}""`, "two\nlines, and more"][Math.floor(chance() * 4)];
  return Array.from({ length: count }, (_, i) => [String(i), i / 8, label(i), i % 7]);
}

test("CsvReader: rows are whole wherever reads cut them", (t) => {
  const made = manyRows(40_000);
  const text = csv(...made.map(([time, value, label, pid]) => [time, value, `"${label}"`, pid]));
  assert.ok(text.length > 5 << 18);
  const { rows } = read(folder(t, { "a.csv": text }));
  assert.deepEqual(
    rows.map((row) => row.slice(0, 4)),
    made.map(([time, value, label, pid]) => [time, value, label.replaceAll('""', '"'), pid]),
  );
});

test("JsonlReader: rows are whole wherever reads cut them", (t) => {
  const made = manyRows(40_000);
  const text = made.map(([timepoint, measurement, label, pid]) => JSON.stringify({ timepoint, measurement, label, pid })).join("\n");
  const { rows } = read(folder(t, { "a.jsonl": text }));
  assert.deepEqual(
    rows.map((row) => row.slice(0, 4)),
    made,
  );
});

for (const [what, line, wanted] of [
  [
    "a timepoint as a string",
    '{"timepoint":"1764237600123456789","measurement":0.5,"label":"a","pid":7}',
    ["1764237600123456789", 0.5, "a", 7],
  ],
  [
    "a timepoint as a number",
    '{"timepoint":1764237600123456789,"measurement":0.5,"label":"a","pid":7}',
    ["1764237600123456789", 0.5, "a", 7],
  ],
  ["any order, spaces and capitals", ' { "PID" : 7 , "Label" : "a" , "Measurement" : 1 , "Timepoint" : 2 } ', ["2", 1, "a", 7]],
  ["other keys", '{"x":{"a":[1,"}"]},"timepoint":2,"y":"\\"","measurement":1,"z":null,"label":"a","pid":7}', ["2", 1, "a", 7]],
  [
    "keys that begin or end alike",
    '{"pi":0,"pidx":0,"timepoint":2,"timepoinx":3,"measurement":1,"label":"a","pid":7,"":0}',
    ["2", 1, "a", 7],
  ],
  ["a key with an escape, which is another", '{"timepoint":2,"measurement":1,"l\\u0061bel":"b","label":"a","pid":7}', ["2", 1, "a", 7]],
  ["a key twice, of which the last counts", '{"timepoint":2,"measurement":1,"label":"b","label":"a","pid":7}', ["2", 1, "a", 7]],
  ["a label that ends in backslashes", '{"timepoint":2,"measurement":1,"label":"a\\\\\\\\","pid":7}', ["2", 1, "a\\\\", 7]],
  ["escapes", '{"timepoint":2,"measurement":1,"label":"a\\n\\u00e9\\"\\\\","pid":7}', ["2", 1, 'a\né"\\', 7]],
  ["NaN", '{"timepoint":2,"measurement":NaN,"label":"a","pid":7}', ["2", NaN, "a", 7]],
  ["null", '{"timepoint":2,"measurement":null,"label":"a","pid":7}', ["2", NaN, "a", 7]],
  ["-Infinity", '{"timepoint":2,"measurement":-Infinity,"label":"a","pid":7}', ["2", -Infinity, "a", 7]],
  ["words in quotes", '{"timepoint":2,"measurement":"-inf","label":"a","pid":7}', ["2", -Infinity, "a", 7]],
  ["an array", "[1,2]", "it is no object of JSON with timepoint, measurement, label and pid"],
  ["half an object", '{"timepoint":2,"measurement":1,"label":"a"', "it is no object of JSON with timepoint, measurement, label and pid"],
  [
    "something behind it",
    '{"timepoint":2,"measurement":1,"label":"a","pid":7} x',
    "it is no object of JSON with timepoint, measurement, label and pid",
  ],
  ["no pid", '{"timepoint":2,"measurement":1,"label":"a"}', "there are not four columns"],
  ["a label that is none", '{"timepoint":2,"measurement":1,"label":7,"pid":7}', "the label is not quoted as it must be"],
  ["a wrong escape", '{"timepoint":2,"measurement":1,"label":"\\x","pid":7}', "the label is not quoted as it must be"],
  ["an open string", '{"timepoint":2,"measurement":1,"label":"a', "the label is not quoted as it must be"],
  [
    "a fraction of a nanosecond",
    '{"timepoint":2.5,"measurement":1,"label":"a","pid":7}',
    "it is no object of JSON with timepoint, measurement, label and pid",
  ],
]) {
  test(`JsonlReader: ${what}`, (t) => {
    const { rows, told } = read(folder(t, { "a.jsonl": `${line}\n\n{"timepoint":9,"measurement":1,"label":"b","pid":1}\n` }));
    assert.deepEqual(rows.pop(), ["9", 1, "b", 1, true]);
    if (typeof wanted !== "string") assert.deepEqual(rows[0]?.slice(0, 4), wanted);
    assert.equal(told.firstBad, typeof wanted === "string" ? `a.jsonl:1: ${wanted}` : undefined);
  });
}

test("CsvReader: each bad line is counted, the first is told, and rows around it are read", (t) => {
  const text =
    csv(["1", "1", '"two\nlines"', 1]) +
    ['2,x,a,1', '3,1,a', '4,1,a,x', '5,1,a,1,1', '6,1,"a"b,1', '7,1,"open,1', "", "8,1,a,1", "nonsense"].join("\r\n") +
    "\r\n9,1,c,1\r\n"; // prettier-ignore
  const { rows, told } = read(folder(t, { "a.csv": text }));
  assert.deepEqual(
    rows.map(([time]) => time),
    ["1", "8", "9"],
  );
  assert.equal(told.badLines, 7);
  assert.equal(told.firstBad, "a.csv:4: the measurement is no number");
});

const ORDER = "Timepoint,Measurement,Label,PID";
const foreign = (found, why) => ({ foreign: 1, firstForeign: `a.csv: it begins with "${found}": ${why}` });

for (const [what, text, told] of [
  ["an empty file", "", {}],
  ["a header alone", HEADER, {}],
  ["a header with LF and a byte order mark", "\ufeffTimepoint,Measurement,Label,PID\n1,1,a,1\n", { rows: 1 }],
  ["half a header", "Timepoint,Meas", { unfinished: 1 }],
  ["no header", "1,1,a,1\r\n2,1,a,1\r\n", foreign("1,1,a,1", "the header is missing")],
  ["another header", "Time,Value\r\n1,2\r\n", foreign("Time,Value", "that is another header")],
  ["one line that is no header and has no end", "hello", foreign("hello", "that is another header")],
  ["an empty first line", "\r\n1,1,a,1\r\n", foreign("", "that is another header")],
  ["lower case", "timepoint,measurement,label,pid\n1,1,a,1\n", foreign("timepoint,measurement,label,pid", "upper and lower case differ")],
  ["another order", "Label,Timepoint,Measurement,PID\n", foreign("Label,Timepoint,Measurement,PID", "the order differs")],
  ["a column more", `${ORDER},Host\n`, foreign(`${ORDER},Host`, "there are other columns (Host)")],
  ["a column less", "Timepoint,Measurement,Label\n", foreign("Timepoint,Measurement,Label", "columns are missing (PID)")],
  ["a column twice", `${ORDER},PID\n`, foreign(`${ORDER},PID`, "a column is there twice")],
  ["spaces", "Timepoint, Measurement, Label, PID\n", foreign("Timepoint, Measurement, Label, PID", "names stand in spaces or quotes")],
  [
    "quotes",
    '"Timepoint","Measurement","Label","PID"\n',
    foreign('"Timepoint","Measurement","Label","PID"', "names stand in spaces or quotes"),
  ],
  ["semicolons", "Timepoint;Measurement;Label;PID\n", foreign("Timepoint;Measurement;Label;PID", "columns are not separated by commas")],
  [
    "all of it",
    "\ufeffpid, Value,Timepoint,Label\n",
    foreign(
      "pid, Value,Timepoint,Label",
      "there are other columns (Value), columns are missing (Measurement), the order differs, upper and lower case differ, names stand in spaces or quotes",
    ),
  ],
  ["what a terminal obeys", "\u001b[31m,x\n", foreign("\ufffd[31m,x", "that is another header")],
  ["a last row without an end", `${HEADER}1,1,a,1\r\n2,1,a,12`, { rows: 1, unfinished: 1 }],
  ["a last row that is cut in its label", `${HEADER}1,1,a,1\r\n2,1,"a`, { rows: 1, unfinished: 1 }],
]) {
  test(`CsvReader: ${what}`, (t) => {
    const { told: counted } = read(folder(t, { "a.csv": text }));
    const wanted = { rows: 0, unfinished: 0, foreign: 0, firstForeign: undefined, badLines: 0, ...told };
    for (const [key, value] of Object.entries(wanted)) assert.equal(counted[key], value, key);
  });
}

for (const [name, line] of [
  ["a.csv", (i) => `${i},${i / 8},${i % 2 ? '"a,b"' : "c"},1`],
  ["a.jsonl", (i) => JSON.stringify({ timepoint: i, measurement: i / 8, label: i % 2 ? "a,b" : "c", pid: 1 })],
]) {
  test(`Recording: whatever stands in one line of ${name}, the others are read`, (t) => {
    const chance = chances(8);
    const letters = [...'0123456789.,"-e{}[]:ainf \\\t\u0000\u00e9'];
    const dir = folder(t);
    for (let round = 0; round < 500; round++) {
      const lines = Array.from({ length: 20 }, (_, i) => line(i));
      const wrong = Math.floor(chance() * 20);
      // All of it is noise, or what stood there with noise in the middle.
      const noise = Array.from({ length: 1 + Math.floor(chance() * 12) }, () => letters[Math.floor(chance() * letters.length)]).join("");
      const at = Math.floor(chance() * lines[wrong].length);
      lines[wrong] = chance() < 0.3 ? noise : lines[wrong].slice(0, at) + noise + lines[wrong].slice(at + Math.floor(chance() * 5));
      writeFileSync(join(dir, name), `${name === "a.csv" ? HEADER : ""}${lines.join("\r\n")}\r\n`);
      const { rows, told } = read(dir);
      const found = rows.filter(([time, value, label]) => value === time / 8 && ["a,b", "c"].includes(label)).map(([time]) => Number(time));
      const others = Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== wrong);
      assert.deepEqual(
        others.filter((i) => !found.includes(i)),
        [],
        lines[wrong],
      );
      assert.ok(told.badLines <= 1 && told.rows + told.badLines <= 20, lines[wrong]);
    }
  });
}

test("CsvReader: a label of 1 MB is one label, quoted or not", (t) => {
  const long = "é".repeat(1 << 19);
  const dir = folder(t, {
    "a.csv": csv([1, 1, long, 1], [2, 1, long, 1], [3, 1, `"${long}"`, 1], [4, 1, "a", 1]),
    "b.csv": csv([5, 1, long, 1]),
  });
  const { rows, told } = read(dir);
  assert.deepEqual(
    rows.map(([time, , label]) => [time, label === long]),
    [["1", true], ["2", true], ["3", true], ["4", false], ["5", true]], // prettier-ignore
  );
  assert.equal(told.badLines, 0);
});

test("Recording: a row of more than 8 MB is one bad line, and those behind it are read", (t) => {
  const long = "x".repeat(30 << 20);
  const row = '{"timepoint":3,"measurement":1,"label":"b","pid":1}\n';
  for (const [name, text] of [
    ["a.csv", csv([1, 1, long, 1], [3, 1, "b", 1])],
    ["b.csv", csv([1, 1, `"${long}`, 1], [3, 1, "b", 1])],
    ["c.jsonl", `{"timepoint":1,"measurement":1,"label":"${long}","pid":1}\n${row}`],
  ]) {
    const { rows, told } = read(folder(t, { [name]: text }));
    assert.deepEqual(rows, [["3", 1, "b", 1, true]], name);
    assert.deepEqual([told.badLines, told.firstBad], [1, `${name}:${name.endsWith("csv") ? 2 : 1}: a row is longer than the reader takes`]);
  }
});

test("Labels: beyond their number and their bytes they are others, and those that are there are still found", () => {
  const bytes = (text) => new TextEncoder().encode(text);
  const find = (labels, text) => labels.find(bytes(text), 0, bytes(text).length);
  const few = new Labels({ most: 3, bytesMost: 1000 });
  assert.deepEqual(
    ["a", "b", "", "c", "a", ""].map((text) => find(few, text)),
    [0, 1, 2, OTHERS, 0, 2],
  );
  const small = new Labels({ most: 1000, bytesMost: 10 });
  assert.deepEqual(
    ["12345678", "123", "12", "12345678"].map((text) => find(small, text)),
    [0, OTHERS, 1, 0],
  );
  const many = new Labels({ most: 50_000, bytesMost: 1 << 20 });
  for (let round = 0; round < 2; round++) for (let i = 0; i < 50_000; i++) assert.equal(find(many, `label ${i}`), i);
  const chosen = new Labels({ most: 2, bytesMost: 1000 }, (label) => label.startsWith("w"));
  assert.deepEqual(
    ["w1", "x", "w2", "w3", "x", "w1"].map((text) => find(chosen, text)),
    [0, UNWANTED, 1, OTHERS, UNWANTED, 0],
  );
});

for (const [pattern, label, wanted] of [
  ["*", "", true],
  ["", "", true],
  ["", "a", false],
  ["a", "a", true],
  ["/users/* [GET]", "/users/7 [GET]", true],
  ["/users/* [GET]", "/users/7 [PUT]", false],
  ["[GET]", "G", false],
  ["a?c", "abc", true],
  ["a?c", "ac", false],
  ["*a*b*", "xxaxxbxx", true],
  ["*a*b", "xxaxxbxx", false],
  ["a**b", "ab", true],
  ["*?", "", false],
  ["a", "a*", false],
]) {
  test(`fits: "${pattern}" and "${label}"`, () => assert.equal(fits(pattern, label), wanted));
}

test("fits: a pattern of many stars comes to an end on a label of 1 MB", { timeout: 60_000 }, () => {
  assert.equal(fits(`${"*a".repeat(20)}b`, "a".repeat(1 << 20)), false);
});

test("Recording: files that are gone, folders, pipes and hidden files are no harm", (t) => {
  const dir = folder(t, { "a.csv": csv([1, 1, "a", 1]), "b.csv": csv([2, 1, "a", 1]), ".b.csv.part": "x", "notes.txt": "x" });
  mkdirSync(join(dir, "folder.csv"));
  execFileSync("mkfifo", [join(dir, "pipe.csv")]);
  const { recording } = reading(dir);
  rmSync(join(dir, "b.csv"));
  assert.deepEqual([...recording.batches()].length > 0, true);
  const { rows, files, gone, unreadable, firstUnreadable } = recording.counted;
  assert.deepEqual([rows, files, gone, unreadable, firstUnreadable], [1, 1, 1, 2, "folder.csv: it is no file"]);
});

test("Recording: a first line of megabytes is told in few letters", (t) => {
  for (const text of [`${"x,".repeat(1 << 20)}\n1,1,a,1\n`, `Timepoint,${"y".repeat(1 << 20)}`]) {
    const { told } = read(folder(t, { "a.csv": text }));
    assert.equal(told.foreign, 1);
    assert.ok(told.firstForeign.length < 250, told.firstForeign);
  }
});

test("Recording: a file is read to where it ended when it was opened, however it grows", (t) => {
  const dir = folder(t, { "a.csv": csv(...Array.from({ length: 10_000 }, (_, i) => [i, 1, "a", 1])) });
  const { recording } = reading(dir);
  let rows = 0;
  for (const batch of recording.batches()) {
    rows += batch.rows;
    appendFileSync(join(dir, "a.csv"), "1,1,a,1\r\n".repeat(10_000));
    assert.ok(rows <= 10_000);
  }
  assert.equal(rows, 10_000);
});

test("Recording: a file that shrinks while it is read ends there", (t) => {
  const dir = folder(t, { "a.csv": csv(...Array.from({ length: 100_000 }, (_, i) => [i, 1, "a", 1])) });
  const { recording } = reading(dir);
  for (const _batch of recording.batches()) writeFileSync(join(dir, "a.csv"), "");
  assert.ok(recording.counted.rows < 100_000);
  assert.equal(recording.counted.badLines, 0);
});

test("Recording: links that cannot be followed are told, and all else is read", (t) => {
  const dir = folder(t, { "a.csv": csv([1, 1, "x", 1]), "z.csv": csv([2, 2, "x", 1]) });
  symlinkSync("loop.csv", join(dir, "loop.csv"));
  symlinkSync("gone", join(dir, "none.csv"));
  symlinkSync("z.csv/below", join(dir, "odd.csv"));
  const { recording } = reading(dir);
  assert.equal(recording.bytesThere(), 2 * csv([1, 1, "x", 1]).length);
  const { rows, told } = read(dir);
  assert.deepEqual([rows.length, told.gone, told.unreadable], [2, 1, 2]);
  assert.match(told.firstUnreadable, /^loop\.csv: ELOOP/);
});
