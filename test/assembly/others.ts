// What other processes have, put into series by hand: for the tests of those who read it.

import "./formatted";
import { Base, BASE_SET, Cell, IMPORTED, ImportedCell, KIND_PLAIN, Series } from "../../assembly/layout";
import { take } from "../../assembly/memory/arena";
import { sharedTake } from "../../assembly/store/cell";

/** An empty part with so many bytes behind its record. */
export function partWith(behind: u32): usize {
  const bytes = <u32>offsetof<Base>() + behind;
  const part = take(bytes, KIND_PLAIN, true);
  memory.fill(part, 0, bytes);
  changetype<Base>(part).bytes = bytes;
  return part;
}

/** A part of a value. */
export function partOfValue(high: f64, low: f64 = 0, order: u64 = 0): usize {
  const part = partWith(0);
  changetype<Base>(part).set = BASE_SET;
  changetype<Base>(part).high = high;
  changetype<Base>(part).low = low;
  changetype<Base>(part).order = order;
  return part;
}

/** The part of a gauge that prints all: a value for each slot of a process, from 0 on. */
export function partOfShares(process: u32, values: f64[]): usize {
  const part = partWith(8 + ((<u32>values.length) << 4));
  const behind = part + offsetof<Base>();
  changetype<Base>(part).set = BASE_SET;
  store<u32>(behind, values.length);
  for (let i = 0; i < values.length; i++) {
    const share = behind + 8 + ((<usize>i) << 4);
    store<u32>(share, i);
    store<u32>(share, process, 4);
    store<f64>(share, values[i], 8);
  }
  return part;
}

/** A source's cell in a series, with a part or with 0, before all that are there. */
export function shown(series: usize, part: usize, source: u32 = 64): usize {
  const cell = sharedTake(series, IMPORTED, true);
  changetype<ImportedCell>(cell).part = part;
  changetype<ImportedCell>(cell).source = source;
  changetype<Cell>(cell).next = changetype<Series>(series).head & ~7;
  changetype<Series>(series).head = (<u32>cell) | (changetype<Series>(series).head & 7);
  return cell;
}
