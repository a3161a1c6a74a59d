// Gauges over the cells of this process and what others have, by every mode.

import { become, bind, claim, count, family, format } from "../formatted";
import { constant, seriesAt, set, Wanted } from "../wanted";
import { partOfShares, partOfValue, partWith, shown } from "../others";
import {
  Cell,
  FAMILY_AGE,
  Family,
  FOLDED,
  GAUGE,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  STATESET,
  UNKNOWN,
} from "../../../assembly/layout";
import { cellAfter } from "../../../assembly/store/list";
import {
  gaugeCellFirst,
  gaugeCellFrom,
  gaugeCellParts,
  gaugeCellsStand,
  gaugeCellValue,
  gaugeIsSet,
  gaugeNewest,
  gaugePartCount,
  gaugeSaid,
  gaugeTotal,
} from "../../../assembly/store/gauges";
import { RETRIES, readingAlone } from "../../../assembly/store/reading";
import { seriesFoundAt } from "../../../assembly/store/series";
import { registryFirst } from "../../../assembly/store/registry";

/** A series of a mode that this process sets to 3, if at all, and two sources have parts of. */
function level(mode: u32, one: f64, other: f64, own: bool = true): usize {
  format();
  const made = family(GAUGE, mode, "level");
  if (own) count(made, "", 3);
  const series = <usize>seriesFoundAt(made, registryFirst(), 0, false);
  shown(series, partOfValue(one, 0, u64.MAX_VALUE - 1), 64);
  shown(series, partOfValue(other, 0, 1), 128);
  return series;
}

describe("gaugeTotal", () => {
  it("takes what sources have into every mode", () => {
    expect<f64>(gaugeTotal(level(MODE_SHARED, 4, 5))).toBe(12);
    expect<f64>(gaugeTotal(level(MODE_SUM, 4, 5))).toBe(12);
    expect<f64>(gaugeTotal(level(MODE_SUM | MODE_LIVE, 4, 5))).toBe(12);
    expect<f64>(gaugeTotal(level(MODE_MIN, 4, -5))).toBe(-5);
    expect<f64>(gaugeTotal(level(MODE_MIN | MODE_LIVE, 4, 5))).toBe(3);
    expect<f64>(gaugeTotal(level(MODE_MAX, 4, 5))).toBe(5);
    expect<f64>(gaugeTotal(level(MODE_MAX | MODE_LIVE, -4, -5))).toBe(3);
    expect<f64>(gaugeTotal(level(MODE_MOSTRECENT, 4, 5))).toBe(4);
    expect<u64>(gaugeNewest()).toBe(u64.MAX_VALUE - 1);
  });

  it("is of sources alone where this process has none", () => {
    expect<f64>(gaugeTotal(level(MODE_SHARED, 4, 5, false))).toBe(9);
    expect<f64>(gaugeTotal(level(MODE_MIN, 4, 5, false))).toBe(4);
    expect<f64>(gaugeTotal(level(MODE_MAX | MODE_LIVE, -4, -5, false))).toBe(-4);
    expect<bool>(gaugeSaid()).toBe(true);
    expect<bool>(gaugeIsSet()).toBe(true);
  });

  it("keeps the sign of the 0 of one shared value, and loses no digit of several", () => {
    format();
    const made = family(GAUGE, MODE_SHARED, "level");
    const series = <usize>seriesFoundAt(made, registryFirst(), 0, false);
    shown(series, partOfValue(-0.0));
    expect<u64>(reinterpret<u64>(gaugeTotal(series))).toBe(0x8000000000000000);
    shown(series, partOfValue(1e16, 1), 128);
    shown(series, partOfValue(-1e16, 0.5), 192);
    expect<f64>(gaugeTotal(series)).toBe(1.5);
  });

  it("leaves NaN out of `min` and `max` as long as anybody has a number, and adds it to sums", () => {
    expect<f64>(gaugeTotal(level(MODE_MIN, NaN, 5))).toBe(3);
    expect<f64>(gaugeTotal(level(MODE_MAX, NaN, 5))).toBe(5);
    expect<f64>(gaugeTotal(level(MODE_MAX, 5, NaN, false))).toBe(5);
    expect<bool>(isNaN(gaugeTotal(level(MODE_MIN, NaN, NaN, false)))).toBe(true);
    expect<bool>(isNaN(gaugeTotal(level(MODE_SUM, NaN, 5)))).toBe(true);
    expect<bool>(isNaN(gaugeTotal(level(MODE_MOSTRECENT, NaN, 5)))).toBe(true);
    expect<f64>(gaugeTotal(level(MODE_SUM, Infinity, 5))).toBe(Infinity);
    expect<f64>(gaugeTotal(level(MODE_SHARED, -Infinity, 5))).toBe(-Infinity);
    expect<bool>(isNaN(gaugeTotal(level(MODE_SUM, -Infinity, Infinity)))).toBe(true);
    expect<f64>(gaugeTotal(level(MODE_MIN, -Infinity, Infinity))).toBe(-Infinity);
  });

  it("says nothing where sources show nothing, but a sum of writers that are here", () => {
    format();
    for (let i: u32 = 0; i < 2; i++) {
      const mode = i == 0 ? MODE_SHARED : MODE_LIVE | MODE_MAX;
      const made = family(GAUGE, mode, "level" + i.toString());
      const series = <usize>seriesFoundAt(made, registryFirst(), 0, false);
      const cell = shown(series, 0);
      gaugeTotal(series);
      expect<bool>(gaugeSaid()).toBe(false);
      shown(series, partOfValue(2), 128);
      changetype<Cell>(cell).token = FOLDED;
      expect<f64>(gaugeTotal(series)).toBe(2);
      expect<bool>(gaugeSaid()).toBe(true);
    }
    // A part of a gauge that nobody there has set.
    const never = family(GAUGE, MODE_MAX, "never");
    const series = <usize>seriesFoundAt(never, registryFirst(), 0, false);
    shown(series, partWith(0));
    gaugeTotal(series);
    expect<bool>(gaugeIsSet()).toBe(false);
  });

  it("of a state set is in every state that anybody is in, and unknowns add up", () => {
    format();
    const states = new Wanted(STATESET, "states");
    states.states = "a\nb\nc";
    const made = states.family();
    set(made, 1);
    const series = seriesAt(made);
    shown(series, partOfValue(4));
    shown(series, partOfValue(5), 128);
    expect<f64>(gaugeTotal(series)).toBe(5);
    const odd = new Wanted(UNKNOWN, "odd").family();
    constant(odd, 2);
    shown(seriesAt(odd), partOfValue(5));
    expect<f64>(gaugeTotal(seriesAt(odd))).toBe(7);
  });

  it("is this process' own where that is read alone", () => {
    readingAlone(true);
    expect<f64>(gaugeTotal(level(MODE_SUM, 4, 5))).toBe(3);
    readingAlone(false);
  });
});

describe("gaugeCellFrom", () => {
  it("walks writers' cells and what sources have of a gauge that prints all", () => {
    const first = format();
    const made = family(GAUGE, MODE_ALL, "level");
    count(made, "", 3);
    claim();
    // One that has not said anything.
    bind(made, "");
    become(first);
    const series = seriesAt(made);
    const none = shown(series, 0, 64);
    const parts = partOfShares(10, [1, 2, 4]);
    const other = shown(series, parts, 128);
    expect<u32>(gaugePartCount(series)).toBe(3);
    expect<usize>(gaugeCellFirst(series)).toBe(other);
    expect<usize>(gaugeCellParts(series, other)).toBe(parts + 48);
    const own = gaugeCellFrom(series, cellAfter(other));
    expect<usize>(own).not.toBe(none);
    expect<usize>(gaugeCellParts(series, own)).toBe(0);
    expect<f64>(gaugeCellValue(made, own)).toBe(3);
    expect<usize>(gaugeCellFrom(series, cellAfter(own))).toBe(0);
    expect<bool>(gaugeCellsStand(series, 0)).toBe(true);
    store<u32>(series + 24, load<u32>(series + 24) + 1);
    expect<bool>(gaugeCellsStand(series, 0)).toBe(false);
    expect<bool>(gaugeCellsStand(series, RETRIES)).toBe(true);
  });

  it("counts how long ago a time is, where the family says so", () => {
    format();
    const made = family(GAUGE, MODE_ALL, "seen");
    count(made, "", 990);
    changetype<Family>(made).flags |= FAMILY_AGE;
    expect<f64>(gaugeCellValue(made, gaugeCellFirst(seriesAt(made)))).toBe(10);
  });
});
