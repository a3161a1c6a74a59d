// Quantiles within the error that is told, bins of time that lose nothing, and words about times and numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { program } from "./internals.mjs";
import { chances } from "./recorded.mjs";

const { Axis, BINS, brief, dateOf, ERROR, EXACT_MOST, momentOf, Progress, repr, Series, shown, Sketch, stretchOf, UTC, widthOf } = program;

const QS = [0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1];

/** Between two ranks in proportion. */
function quantile(sorted, q) {
  const rank = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
  return below === above ? below : below + (above - below) * (rank % 1);
}

function sketched(values) {
  const sketch = new Sketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

test("Sketch: up to 1024 values quantiles are those of the values, and beyond it they are not kept", () => {
  const chance = chances(4);
  for (const count of [1, 2, 3, 64, 65, 1000, EXACT_MOST]) {
    const values = Array.from({ length: count }, () => chance() * 100 - 50);
    const sorted = values.toSorted((a, b) => a - b);
    const sketch = sketched(values);
    assert.equal(sketch.exact, true);
    for (const [i, q] of QS.entries()) assert.ok(Math.abs(sketch.quantiles(QS)[i] - quantile(sorted, q)) < 1e-12, `${count} ${q}`);
  }
  assert.equal(sketched(Array.from({ length: EXACT_MOST + 1 }, () => chance())).exact, false);
  assert.deepEqual(new Sketch().quantiles([0.5]), [NaN]);
});

const gauss = (chance) => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());

for (const [what, value, error] of [
  ["even", (chance) => chance(), ERROR],
  ["of a lognormal distribution", (chance) => Math.exp(3 * gauss(chance)), ERROR],
  ["negative", (chance) => -Math.exp(3 * gauss(chance)), ERROR],
  ["all the same", () => 42, ERROR],
  ["zeros and ones", (chance) => Math.round(chance()), ERROR],
  ["of 30 powers of ten", (chance) => 10 ** (30 * chance() - 15), ERROR],
  ["of 30 powers of ten on both sides", (chance) => Math.sign(chance() - 0.5) * 10 ** (30 * chance() - 15), ERROR],
  ["of 600 powers of ten", (chance) => 10 ** (600 * chance() - 300), undefined],
  ["of 600 powers of ten on both sides", (chance) => Math.sign(chance() - 0.5) * 10 ** (600 * chance() - 300), undefined],
]) {
  test(`Sketch: quantiles of 50,000 values ${what} are within the error that it tells`, () => {
    const chance = chances(5);
    const values = Array.from({ length: 50_000 }, () => value(chance));
    const sorted = Float64Array.from(values).sort();
    const sketch = sketched(values);
    if (error === undefined) assert.ok(sketch.error > ERROR && sketch.error < 0.4, `${sketch.error}`);
    else assert.equal(sketch.error, error);
    for (const q of QS) {
      // At a rank of one value: between two of different signs no relative error means anything.
      const rank = Math.floor(q * 49_999);
      const [found] = sketch.quantiles([rank / 49_999]);
      const wanted = sorted[rank];
      assert.ok(Math.abs(found - wanted) <= sketch.error * Math.abs(wanted) * (1 + 1e-9), `${q}: ${found} for ${wanted}`);
    }
  });
}

test("Sketch: what was counted before bins became coarser is as near as what came after", () => {
  const chance = chances(9);
  const near = Array.from({ length: 20_000 }, () => Math.sign(chance() - 0.5) * (1 + 9 * chance()));
  const values = [...near, 1e-200, -1e-200, 1e200, -1e200];
  const sketch = sketched(values);
  assert.ok(sketch.error > ERROR);
  const sorted = values.toSorted((a, b) => a - b);
  for (let rank = 0; rank < sorted.length; rank += 97) {
    const [found] = sketch.quantiles([rank / (sorted.length - 1)]);
    assert.ok(
      Math.abs(found - sorted[rank]) <= sketch.error * Math.abs(sorted[rank]) * (1 + 1e-9),
      `${rank}: ${found} for ${sorted[rank]}`,
    );
  }
});

test("Sketch: infinities are at the ends, and nothing lies between them and the others", () => {
  const values = Array.from({ length: 3000 }, (_, i) => (i < 1000 ? -Infinity : i < 2000 ? i : Infinity));
  const [low, middle, high] = sketched(values).quantiles([0.1, 0.5, 0.9]);
  assert.deepEqual([low, high], [-Infinity, Infinity]);
  assert.ok(Math.abs(middle / 1499.5 - 1) < ERROR);
  assert.deepEqual(sketched([-Infinity, 1, Infinity]).quantiles([0.25, 0.5, 0.75]), [-Infinity, 1, Infinity]);
});

for (const [what, times] of [
  ["in order", (i) => i * 1e9],
  ["backwards", (i) => (5000 - i) * 1e9],
  ["from the middle", (i) => 1e15 + (i % 2 === 0 ? i : -i) * 1e10],
  ["group by group", (i) => (i % 500) * 1e9 + Math.floor(i / 500) * 7],
  ["of one moment", () => 5],
  ["with one of 1970", (i) => (i === 2500 ? 0 : 1.7e18 + i * 1e6)],
]) {
  test(`Axis: no row is lost and each is in the bin of its time, rows ${what}`, () => {
    const axis = new Axis();
    const series = new Series();
    axis.series.push(series);
    const rows = Array.from({ length: 5000 }, (_, i) => ({ time: times(i), value: i % 13 }));
    for (const { time, value } of rows) series.add(axis.bin(Math.floor(time / 1e9), time % 1e9), value);
    const { from, to } = axis.used;
    assert.ok(to > from && to <= BINS && from >= 0);
    assert.ok(series.counts[from] > 0 && series.counts[to - 1] > 0);
    const wanted = new Map();
    for (const { time, value } of rows) {
      const bin = axis.bin(Math.floor(time / 1e9), time % 1e9);
      const [count, sum, most] = wanted.get(bin) ?? [0, 0, 0];
      wanted.set(bin, [count + 1, sum + value, Math.max(most, value)]);
      assert.ok(axis.at(bin) <= time / 1e6 + 1 && axis.at(bin + 1) >= time / 1e6 - 1, `${time}`);
    }
    for (let bin = 0; bin < BINS; bin++) {
      const [count, sum, most] = wanted.get(bin) ?? [0, 0, -Infinity];
      assert.deepEqual([series.counts[bin], series.sums[bin], series.most[bin]], [count, sum, most]);
    }
  });
}

test("momentOf: what may be typed, and what may not", () => {
  const now = Date.UTC(2026, 10, 27, 10, 0, 0, 250);
  const at = (iso) => Date.parse(iso) / 1000;
  for (const [text, seconds, nanos] of [
    ["1764237600123456789", 1764237600, 123456789],
    ["5", 0, 5],
    ["2026-11-27", at("2026-11-27T00:00:00Z"), 0],
    ["2026-11-27T10:15", at("2026-11-27T10:15:00Z"), 0],
    ["2026-11-27 10:15:30", at("2026-11-27T10:15:30Z"), 0],
    ["2026-11-27T10:15:30.000000007Z", at("2026-11-27T10:15:30Z"), 7],
    ["2026-11-27T10:15:30.5+02:00", at("2026-11-27T08:15:30Z"), 500_000_000],
    ["90s", at("2026-11-27T09:58:30Z"), 250_000_000],
    ["2h", at("2026-11-27T08:00:00Z"), 250_000_000],
    ["7d", at("2026-11-20T10:00:00Z"), 250_000_000],
  ]) {
    assert.deepEqual(momentOf(text, now, UTC), { seconds, nanos }, text);
  }
  for (const text of ["", "yesterday", "2026-13-01", "2026-11-27T25:00", "-5", "1.5", "12345678901234567890", "5w", "2026-11-27T10"]) {
    assert.equal(momentOf(text, now, UTC), undefined, text);
  }
});

test("stretchOf and dateOf: two units, and UTC", () => {
  const wanted = { 1.05: "0.00105 s", 350: "0.35 s", 59_000: "59 s", 125_000: "2 min 5 s", 7_200_000: "2 h", 97_200_000: "1 d 3 h" };
  for (const [milliseconds, text] of Object.entries(wanted)) assert.equal(stretchOf(Number(milliseconds)), text);
  assert.equal(dateOf(Date.UTC(2026, 10, 27, 10), UTC), "2026-11-27 10:00:00");
  assert.equal(dateOf(1e18, UTC), "?");
});

test("brief: four digits that count", () => {
  const wanted = [
    0.010190685999987181,
    "0.01019",
    14128,
    "14128",
    123456.7,
    "123457",
    1e7,
    "1e7",
    0.0000123456,
    "1.235e-5",
    -2.5,
    "-2.5",
    100,
    "100",
  ];
  for (let i = 0; i < wanted.length; i += 2) assert.equal(brief(wanted[i]), wanted[i + 1]);
  assert.deepEqual([NaN, Infinity, -Infinity, 0].map(brief), ["nan", "inf", "-inf", "0"]);
});

test("shown: nothing that a terminal obeys or that turns text around, and no more columns than there are", () => {
  assert.equal(shown("a\x1b[31mb\u202ec\u200bd\n\ud800", 80), "a�[31mb�c�d��");
  assert.equal(shown("漢字", 4), "漢字");
  for (const label of ["x".repeat(1 << 20), "漢".repeat(500), "e\u0301".repeat(300), "\u{1f600}".repeat(99)]) {
    for (const most of [12, 13, 40]) assert.ok(widthOf(shown(label, most)) <= most && shown(label, most).includes("…"));
  }
});

test("repr: numbers as Python writes them", () => {
  const wanted = [
    [1, "1.0"], [-0, "-0.0"], [0, "0.0"], [0.1, "0.1"], [1e-4, "0.0001"], [1e-5, "1e-05"], [1.5e-7, "1.5e-07"], [1e16, "1e+16"],
    [123456789012345680, "1.2345678901234568e+17"], [9999999999999998, "9999999999999998.0"], [1e22, "1e+22"], [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"], [Infinity, "inf"], [-Infinity, "-inf"], [NaN, "nan"],
  ]; // prettier-ignore
  for (const [value, text] of wanted) assert.equal(repr(value, false), text);
  assert.deepEqual([repr(25, true), repr(-3, true), repr(1e20, true)], ["25", "-3", "100000000000000000000"]);
});

/** What is told in so many milliseconds, a step each hundred. */
function progressed(isTTY, milliseconds) {
  const told = [];
  let now = 0;
  const progress = new Progress(200e6, "MB", { isTTY, write: (text) => told.push([now, text]) }, () => now);
  for (; now <= milliseconds; now += 100) progress.tell(now * 1e4, now * 1000);
  progress.done();
  return told;
}

test("Progress: one line on a terminal that goes away, nothing elsewhere but where it takes long", () => {
  assert.deepEqual(progressed(false, 1900), []);
  assert.deepEqual(
    progressed(false, 12_500).map(([now]) => now),
    [2000, 12_000],
  );
  assert.equal(progressed(false, 2000)[0][1], "tallystick: 20 of 200 MB (10 %), 1.0 million rows a second\n");
  assert.deepEqual(progressed(true, 100), []);
  const lines = progressed(true, 1000).map(([, text]) => text);
  assert.equal(lines.length, 6);
  for (const line of lines) assert.ok(line.startsWith("\r\x1b[K") && !line.includes("\n"));
  assert.equal(lines.at(-1), "\r\x1b[K");
});
