// Parts of all types of families, for the tests of what is made of them.

import { bind, claim, family, format, native, summary, tokenOf, used } from "../formatted";
import { constant, set, Wanted } from "../wanted";
import {
  Base,
  BASE_QUANTILES,
  BASE_SET,
  Cell,
  COUNTER,
  Family,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  STATESET,
  SUMMARY,
  UNKNOWN,
} from "../../../assembly/layout";
import { ownPart } from "../../../assembly/image/own";
import { seriesFind } from "../../../assembly/store/series";
import { begin, clockSet, end } from "../../../assembly/store/writer";

const KEPT_BYTES: u32 = 1 << 21;
const kept: usize = heap.alloc(KEPT_BYTES);

/** Counts by this writer in the series without labels, as its family's type says. */
export function counted(family: i32, value: f64): void {
  const cell = bind(family, "", value);
  used(family, cell, tokenOf(cell), value);
}

/** The series without labels. */
export function onlySeries(family: i32): usize {
  return seriesFind(family, 0);
}

/** This process' part of the series without labels, where it stays until the next one. */
export function partOf(family: i32): usize {
  begin();
  const part = ownPart(family, onlySeries(family));
  if (part != 0) {
    if (changetype<Base>(part).bytes > KEPT_BYTES) abort("Too large a part");
    memory.copy(kept, part, changetype<Base>(part).bytes);
  }
  end();
  return part == 0 ? 0 : kept;
}

/** A fresh memory with a family of each type that has counted something, by two writers; the families. */
export function everything(seed: i32): i32[] {
  format();
  clockSet(1000);
  const families: i32[] = [];
  families.push(family(COUNTER, 0, "jobs"));
  families.push(family(GAUGE, MODE_SHARED, "level"));
  families.push(family(GAUGE, MODE_SUM, "parts"));
  families.push(family(GAUGE, MODE_LIVE | MODE_MAX, "most"));
  families.push(family(GAUGE, MODE_ALL, "each"));
  families.push(family(HISTOGRAM, 0, "sizes", "", [1, 2, 4]));
  families.push(native("wait", "", 3, 40));
  families.push(native("both", "", 0, 160, [1, 10]));
  families.push(summary("spent"));
  families.push(family(STATESET, MODE_SHARED, "states"));
  for (let writer = 0; writer < 2; writer++) {
    for (let i = 0; i < families.length; i++) {
      for (let n = 0; n <= seed; n++) {
        const value = 0.3 * <f64>((n * 37 + writer * 11 + seed) % 100);
        if (changetype<Family>(families[i]).type == STATESET) set(families[i], 5);
        else counted(families[i], changetype<Family>(families[i]).type == COUNTER ? value : value - <f64>(n & 3));
      }
    }
    claim();
  }
  families.push(family(GAUGE, MODE_MOSTRECENT, "latest"));
  set(families[families.length - 1], -7.25);
  families.push(family(GAUGE, MODE_MAX, "never"));
  bind(families[families.length - 1], "");
  const unknown = new Wanted(UNKNOWN, "odd").family();
  set(unknown, NaN);
  families.push(unknown);
  const info = new Wanted(INFO, "build").family();
  constant(info, 1);
  families.push(info);
  const whole = new Wanted(GAUGE_HISTOGRAM, "queues");
  whole.bounds = [1, 2];
  const queues = whole.family();
  constant(queues, 12.5, [3, 0, 9]);
  families.push(queues);
  const given = new Wanted(SUMMARY, "told");
  given.quantiles = [0.5, 0.9];
  const told = given.family();
  constant(told, 8, [4, reinterpret<u64>(0.25), reinterpret<u64>(NaN)], 1700000000.5, "", BASE_SET | BASE_QUANTILES);
  families.push(told);
  return families;
}

/** Time goes by: windows of summaries turn. */
export function at(seconds: f64): void {
  clockSet(seconds);
}

export function seriesOf(cell: i32): usize {
  return changetype<Cell>(cell).series;
}
