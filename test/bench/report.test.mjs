// The report of a run of everything: its sections, its numbers, its pictures.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { linear, logarithmic, short } from "../../bench/report/axis.mjs";
import { number } from "../../bench/report/number.mjs";
import { svg } from "../../bench/report/plot.mjs";
import { HEADINGS, report, SECTIONED } from "../../bench/report/report.mjs";
import { ran } from "../runtimes/programs.mjs";

const BENCH = fileURLToPath(new URL("../../bench/index.mjs", import.meta.url));
const WHO = { ours: "tallystick", rivals: ["prom-client"] };
const SPREAD = { median: 10, p10: 9, p90: 11, max: 12, spreadPercent: 20 };
const ABOUT = {
  noiseBefore: SPREAD,
  noiseAfter: { ...SPREAD, spreadPercent: 31 },
  cores: 2,
  cpu: "A processor",
  load: [0.1, 0.2, 0.3],
  seconds: 60,
  quick: false,
  rounds: 2,
  versions: new Map([["node", "20.0.0"], ["bun", "1.0.0"]]), // prettier-ignore
};

/** Rows of every section, of ours and a rival that takes twice the time, with a cost that no other row has. */
function rowsOfAll() {
  const names = [
    ["hot-counter/bound", "ns/op"],
    ["memory/histogram-label-set", "bytes"],
    ["startup/import", "ms"],
    ["size/dist/esm/node.js", "bytes after gzip"],
    ["stalls/longest", "ms"],
    ["recorder/record", "ns/op"],
    ...[1, 10, 100].map((limit) => [`stalls/longer-${limit}`, "turns/scrape"]),
    ...[10, 100, 1_000].flatMap((size) => ["scrape", "inc", "create"].map((what) => [`growth-series/${what}-${size}`, "ms", size])),
    ...[1, 2, 4].map((threads) => [`growth-threads/one-series-${threads}-threads`, "million/s", threads]),
    ...[5, 10, 100].flatMap((count) => ["observe", "scrape"].map((what) => [`growth-buckets/${what}-${count}`, "ns/op", count])),
    ...[0, 1, 8].flatMap((count) => ["inc", "scrape"].map((what) => [`growth-labels/${what}-${count}`, "ns/op", count + 1])),
  ];
  return ["node", "bun"].flatMap((runtime, r) =>
    names.flatMap(([bench, unit, size = 1], i) => {
      const cost = size * (3 + i / 100 + r / 1000);
      const other = unit === "million/s" ? cost / 2 : cost * 2;
      const row = (subject, median) => ({ bench, subject, runtime, unit, median, min: median, max: median });
      return [row("tallystick", cost), row("prom-client", other)];
    }),
  );
}

/** Sections by their headings. */
const sectionsOf = (markdown) => new Map(markdown.split("\n## ").slice(1).map((text) => [text.slice(0, text.indexOf("\n")), text])); // prettier-ignore

test("report: has all sections in order, every number of the rows, and the pictures that it names", () => {
  const rows = rowsOfAll();
  const { markdown, pictures } = report(rows, ABOUT, ["deno is not installed"], WHO);
  const sections = sectionsOf(markdown);
  assert.deepEqual([...sections.keys()], HEADINGS);
  for (const [heading, text] of sections) assert.ok(!/Not measured/.test(text), heading);
  const figures = new Set([...markdown.matchAll(/\| *([\d,.]+) *(?=\|)/g)].map(([, figure]) => figure));
  const lost = rows.filter(({ unit, median }) => unit !== "turns/scrape" && !figures.has(number(median)));
  assert.deepEqual(lost, []);
  const named = [...markdown.matchAll(/\]\(report\/([^)]+)\)/g)].map(([, name]) => name);
  assert.deepEqual(named.toSorted(), [...pictures.keys()].toSorted());
  assert.equal(pictures.size, 3 + 1 + 2 + 2 + 1);
  for (const [name, picture] of pictures) {
    assert.ok(picture.includes("node 20.0.0") && picture.includes("bun 1.0.0"), name);
    assert.ok(!/NaN|undefined|Infinity/.test(picture), name);
  }
  assert.match(sections.get("The machine"), /less than the spread of that loop, 31 %/);
  assert.match(sections.get("What was not measured"), /- deno is not installed/);
  assert.match(sections.get("Growth with the number of series"), /\| tallystick \| [\d.]+ \| [\d.,]+ \| [\d.,]+ \| 1\.00 ± 0\.00 \|/);
  assert.ok(SECTIONED.every((bench) => !sections.get("All other rows").includes(`${bench}/`)));
  assert.match(sections.get("All other rows"), /recorder\/record/);
});

test("report: says where another is faster, and of a row that nobody has beaten nothing", () => {
  const none = sectionsOf(report(rowsOfAll(), ABOUT, [], WHO).markdown).get("Where another is faster");
  assert.match(none, /No other library is ahead/);
  const rows = rowsOfAll();
  rows.push({ bench: "hot-counter/bound", subject: "Float64Array", runtime: "bun", unit: "ns/op", median: 1, min: 1, max: 1 });
  for (const row of rows) if (row.bench === "startup/import" && row.subject === "prom-client") row.median = row.min = row.max = 0.5;
  const some = sectionsOf(report(rows, ABOUT, [], WHO).markdown).get("Where another is faster");
  const [libraries, plain] = some.split("Plain ways");
  assert.equal(libraries.match(/startup\/import/g).length, 2);
  assert.match(libraries, /\| startup\/import \| node 20\.0\.0 \| prom-client \| 0\.5 \| 3\.02 \| ms \| 6\.04 \| yes \|/);
  assert.match(plain, /Float64Array/);
});

test("report: a section without rows says that nothing was measured, and a quick run that it was one", () => {
  const { markdown, pictures } = report([], { ...ABOUT, quick: true, versions: new Map() }, [], WHO);
  assert.deepEqual([...sectionsOf(markdown).keys()], HEADINGS);
  assert.equal(pictures.size, 0);
  assert.ok(markdown.match(/Not measured in this run\./g).length >= 8);
  assert.match(markdown, /A quick run/);
});

test("bench --all --quick: writes a report whose numbers are those of its JSON", { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tallystick-report-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const args = [
    "--all",
    "--quick",
    "--only",
    "growth-labels",
    "--runtime",
    "node",
    "--report",
    folder,
    "--json",
    join(folder, "rows.json"),
  ];
  const { code, stderr } = await ran(process.execPath, [BENCH, ...args], { within: 110_000 });
  assert.equal(code, 0, stderr);
  const rows = JSON.parse(readFileSync(join(folder, "rows.json"), "utf8"));
  const sections = sectionsOf(readFileSync(join(folder, "REPORT.md"), "utf8"));
  assert.deepEqual([...sections.keys()], HEADINGS);
  assert.ok(rows.length >= 7 * 3, `${rows.length} rows`);
  const cells = sections.get("Growth with labels").split("\n").map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, ""))); // prettier-ignore
  const lines = cells.filter(([subject]) => rows.some((row) => row.subject === subject));
  for (const measure of ["inc", "scrape"]) {
    const own = rows.filter(({ bench }) => bench.startsWith(`growth-labels/${measure}-`));
    for (const subject of new Set(own.map((row) => row.subject))) {
      const figures = own.filter((row) => row.subject === subject).map(({ median }) => number(median));
      assert.ok(lines.some(([who, ...rest]) => who === subject && figures.every((figure, i) => rest[i] === figure)), `${subject} ${measure}`); // prettier-ignore
    }
  }
  assert.deepEqual(readdirSync(join(folder, "report")).toSorted(), ["labels-inc.svg", "labels-scrape.svg"]);
});

test("axes: round values, from 0 on where that costs no room, and powers of ten", () => {
  const line = linear([3, 97], 5);
  assert.deepEqual(line.ticks, [0, 20, 40, 60, 80, 100]);
  assert.equal(line.at(50), 0.5);
  assert.equal(linear([7], 5).at(7), 0.875);
  const far = linear([100, 110], 5);
  assert.equal(far.ticks[0], 100);
  const powers = logarithmic([10, 1_000_000], 5);
  assert.deepEqual(powers.ticks, [10, 100, 1_000, 10_000, 100_000, 1_000_000]);
  assert.ok(Math.abs(powers.at(100) - 0.2) < 1e-9);
  assert.ok(logarithmic([5], 5).at(5) > 0 && logarithmic([5], 5).at(5) < 1);
  assert.deepEqual([0, 0.25, 1_000, 12_345, 1_000_000].map(short), ["0", "0.25", "1000", "12.3k", "1M"]);
});

test("svg: no text is markup, and what has no logarithm is left out", () => {
  const text = svg("<a>", [
    {
      title: "a < b & c",
      x: { title: "x", log: true },
      y: { title: "y", log: true },
      lines: [{ name: '"name"', dots: true, points: [[0, 1], [1, 0], [10, 10], [100, 20], [1000, NaN]] }], // prettier-ignore
    },
    { title: "none", x: { title: "x" }, y: { title: "y" }, lines: [] },
  ]);
  assert.match(text, /a &lt; b &amp; c/);
  assert.match(text, /&quot;name&quot;/);
  assert.match(text, />no numbers</);
  assert.equal(text.match(/<circle/g).length, 2);
  assert.ok(!/NaN|Infinity/.test(text));
});
