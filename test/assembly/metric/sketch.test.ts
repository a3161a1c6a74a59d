// Quantiles over cells, against those of the sorted values.

import { format, random, randomFrom } from "../formatted";
import { Header, HEADER, SummaryCell } from "../../../assembly/layout";
import { indexOf, multiplierOf } from "../../../assembly/metric/mapping";
import {
  sketchAdd,
  sketchBytes,
  sketchClear,
  sketchCount,
  sketchQuantile,
  sketchWindowsAdd,
  sketchZeros,
} from "../../../assembly/metric/sketch";
import { chunkShiftOf, summaryBytes, summaryInit, summaryObserve, summaryPrepare, windowAt } from "../../../assembly/metric/summary";
import { OK, STALE } from "../../../assembly/status";

const TOKEN: u32 = 9;
const WINDOWS: u32 = 5;
const WINDOW: u32 = 1000;
const CELLS: u32 = 4;
const SAMPLES: u32 = 2000;
const ROUNDING: f64 = 1 + 1e-8;
const QUANTILES: f64[] = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

const BYTES: usize = (summaryBytes(WINDOWS) + 15) & ~15;
const cells: usize = heap.alloc(BYTES * CELLS);
const room: usize = heap.alloc(sketchBytes(10) + 64);
const told: usize = heap.alloc(4096);
const samples = new StaticArray<f64>(SAMPLES);
let accuracy: f64 = 0.01;

function cellAt(index: u32): usize {
  return cells + index * BYTES;
}

/** Empty cells of an accuracy, in a room full of something else. */
function empty(wanted: f64 = 0.01): void {
  format();
  accuracy = wanted;
  changetype<Header>(HEADER).ticks = 100000;
  memory.fill(cells, 0, BYTES * CELLS);
  memory.fill(room, 0xa5, sketchBytes(10) + 64);
  for (let i: u32 = 0; i < CELLS; i++) {
    changetype<SummaryCell>(cellAt(i)).token = TOKEN;
    summaryInit(cellAt(i), accuracy, 50, WINDOWS);
  }
}

function observe(cell: usize, value: f64): void {
  if (summaryObserve(cell, TOKEN, value) == OK) return;
  if (!summaryPrepare(cell, value, false) || summaryObserve(cell, TOKEN, value) == STALE) abort("No memory for a value");
}

/** Begins anew and adds the first cells. */
function add(number: u32 = CELLS): void {
  sketchClear(room, accuracy, WINDOWS);
  for (let i: u32 = 0; i < number; i++) sketchAdd(cellAt(i));
}

/** Samples that are not within the accuracy of the exact quantile. */
function wrongQuantiles(): i32 {
  samples.sort((a, b) => i32(a > b) - i32(a < b));
  let wrong = i32(sketchCount() != SAMPLES);
  for (let i = 0; i < QUANTILES.length; i++) {
    const exact = samples[max<i32>(0, <i32>ceil(QUANTILES[i] * <f64>SAMPLES) - 1)];
    const said = sketchQuantile(QUANTILES[i]);
    wrong += i32(!(abs(said - exact) <= abs(exact) * accuracy * ROUNDING));
  }
  return wrong;
}

function normal(): f64 {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function uniform(): f64 {
  return random() * 1000;
}

function lognormal(): f64 {
  return Math.exp(normal() * 2);
}

/** Two humps, one of them below 0, and zeros between. */
function bimodal(): f64 {
  const kind = random();
  return kind < 0.1 ? 0 : kind < 0.5 ? normal() * 0.001 - 0.05 : normal() * 30 + 500;
}

/** Distributes samples over some cells, spread over several windows. */
function spread(sample: () => f64, number: u32): void {
  for (let i: u32 = 0; i < SAMPLES; i++) {
    changetype<Header>(HEADER).ticks = 100000 + (i * WINDOWS * WINDOW) / SAMPLES;
    samples[i] = sample();
    observe(cellAt(i % number), samples[i]);
  }
  add(number);
}

describe("sketchQuantile", () => {
  it("is within the accuracy of the exact one, for uniform, lognormal and bimodal samples in one cell and in several", () => {
    randomFrom(60);
    const accuracies: f64[] = [0.001, 0.005, 0.01, 0.05, 0.2];
    let wrong = 0;
    for (let i = 0; i < accuracies.length; i++) {
      for (let number: u32 = 1; number <= CELLS; number += CELLS - 1) {
        for (let kind = 0; kind < 3; kind++) {
          empty(accuracies[i]);
          if (kind == 0) spread(uniform, number);
          else if (kind == 1) spread(lognormal, number);
          else spread(bimodal, number);
          wrong += wrongQuantiles();
        }
      }
    }
    expect<i32>(wrong).toBe(0);
  });

  it("is within it over cells whose origins lie anywhere", () => {
    randomFrom(61);
    let wrong = 0;
    for (let round = 0; round < 40; round++) {
      empty();
      for (let i: u32 = 0; i < SAMPLES; i++) {
        // Each cell by its first value has an origin of its own, up to 2^16 apart.
        const index = i % CELLS;
        const first = reinterpret<f64>((<u64>(1015 + <i32>(random() * 16))) << 52) * (1 + random());
        samples[i] = i < CELLS ? first : lognormal() - 1;
        observe(cellAt(index), samples[i]);
      }
      add();
      wrong += wrongQuantiles();
    }
    expect<i32>(wrong).toBe(0);
  });

  it("is NaN where nothing was added, or nothing is young", () => {
    empty();
    add();
    expect<bool>(isNaN(sketchQuantile(0.5))).toBe(true);
    expect<u64>(sketchCount()).toBe(0);
    observe(cellAt(1), 3);
    changetype<Header>(HEADER).ticks += WINDOWS * WINDOW;
    add();
    expect<bool>(isNaN(sketchQuantile(0.5))).toBe(true);
  });

  it("goes from the least to the largest by rank, over negative values, zeros and positive ones", () => {
    empty();
    for (let i = -10; i <= 10; i++) observe(cellAt(abs(i) % CELLS), <f64>i);
    add();
    let wrong = 0;
    for (let i = -10; i <= 10; i++) {
      const said = sketchQuantile(<f64>(i + 10) / 20);
      wrong += i32(abs(said - <f64>i) > 0.01 * <f64>abs(i) * ROUNDING);
    }
    expect<i32>(wrong).toBe(0);
  });
});

describe("sketchAdd", () => {
  it("adds whatever lies beyond the first cell's ends into its end bins", () => {
    empty();
    observe(cellAt(0), 1);
    observe(cellAt(0), 1e300);
    observe(cellAt(1), 1e25);
    observe(cellAt(1), -1e25);
    observe(cellAt(2), 1e-25);
    observe(cellAt(3), 1e-300);
    add();
    expect<u64>(sketchCount()).toBe(6);
    expect<f64>(sketchQuantile(1)).toBe(-sketchQuantile(0));
    expect<f64>(sketchQuantile(1)).toBeGreaterThan(288230376151711744);
    expect<f64>(sketchQuantile(0.8)).toBe(sketchQuantile(1));
    expect<f64>(sketchQuantile(0.2)).toBeLessThan(1 / <f64>288230376151711744);
    expect<f64>(sketchQuantile(0.4)).toBe(sketchQuantile(0.2));
  });

  it("lets a cell that has only zeros decide nothing", () => {
    empty();
    observe(cellAt(0), 0);
    observe(cellAt(1), 1e20);
    add();
    expect<u64>(sketchCount()).toBe(2);
    expect<f64>(sketchQuantile(0)).toBe(0);
    expect<f64>(abs(sketchQuantile(1) / 1e20 - 1)).toBeLessThanOrEqual(0.01 * ROUNDING);
  });

  it("leaves out a window that is being turned, with its zeros", () => {
    empty();
    observe(cellAt(0), 1);
    observe(cellAt(0), 0);
    changetype<Header>(HEADER).ticks += WINDOW;
    observe(cellAt(0), 2);
    add(1);
    expect<u64>(sketchCount()).toBe(3);
    // The first of the stores that turn it.
    store<u32>(windowAt(cellAt(0), 0), 0);
    add(1);
    expect<u64>(sketchCount()).toBe(1);
    expect<f64>(abs(sketchQuantile(0) / 2 - 1)).toBeLessThanOrEqual(0.01);
  });

  it("leaves out cells of another accuracy and with another number of windows", () => {
    empty();
    observe(cellAt(0), 1);
    sketchClear(room, 0.02, WINDOWS);
    sketchAdd(cellAt(0));
    expect<u64>(sketchCount()).toBe(0);
    sketchClear(room, 0.01, WINDOWS + 1);
    sketchAdd(cellAt(0));
    expect<u64>(sketchCount()).toBe(0);
  });

  it("follows no address out of the arena, whatever has become of a cell", () => {
    empty();
    observe(cellAt(0), 1);
    const record = changetype<SummaryCell>(cellAt(0));
    const directory: usize = record.directory;
    for (let i: u32 = 0; i < 128; i++) store<u32>(directory + (i << 2), 0xffffffff - i * 4096);
    add(1);
    expect<u64>(sketchCount()).toBe(0);
    const wrong: u32[] = [0xffffffff, 0xfffffff0, 0x80000000, changetype<Header>(HEADER).next];
    for (let i = 0; i < wrong.length; i++) {
      record.directory = wrong[i];
      record.origin = <i32>(wrong[i] << 7);
      add(1);
      expect<u64>(sketchCount()).toBe(0);
    }
  });
});

/** Windows of another process, of which the first is not begun, put one behind the other. */
class Told {
  count: u32 = 0;
  at: usize = told + 8;

  /** One of that stamp, with values that are counted once each: the positive ones first. */
  window(stamp: u32, zeros: u32, positive: f64[], negative: f64[]): void {
    store<u32>(this.at, stamp);
    store<u32>(this.at, zeros, 4);
    store<u32>(this.at, positive.length, 8);
    store<u32>(this.at, negative.length, 12);
    this.at += 16;
    const all = positive.concat(negative);
    for (let i = 0; i < all.length; i++, this.at += 8) {
      store<i32>(this.at, indexOf(abs(all[i]), multiplierOf(accuracy)));
      store<u32>(this.at, 1, 4);
    }
    store<u32>(told, ++this.count);
  }
}

describe("sketchWindowsAdd", () => {
  it("adds what another process observed, as if it had been observed here", () => {
    empty();
    const here: f64[] = [0.5, 3, 3.3, 700];
    const others: f64[] = [0.01, 3.1, 90];
    const below: f64[] = [-2, -40];
    for (let i = 0; i < here.length; i++) observe(cellAt(0), here[i]);
    for (let i = 0; i < others.length; i++) observe(cellAt(1), others[i]);
    for (let i = 0; i < below.length; i++) observe(cellAt(1), below[i]);
    observe(cellAt(1), 0);
    add(2);
    const expected: f64[] = [];
    for (let i = 0; i < QUANTILES.length; i++) expected.push(sketchQuantile(QUANTILES[i]));
    new Told().window(100000, 1, others, below);
    // Whoever comes first decides what range the bins cover.
    for (let order = 0; order < 2; order++) {
      sketchClear(room, accuracy, WINDOWS);
      if (order == 0) sketchAdd(cellAt(0));
      sketchWindowsAdd(told, 50);
      if (order == 1) sketchAdd(cellAt(0));
      expect<u64>(sketchCount()).toBe(10);
      expect<u64>(sketchZeros()).toBe(1);
      for (let i = 0; i < QUANTILES.length; i++) expect<f64>(sketchQuantile(QUANTILES[i])).toBe(expected[i]);
    }
  });

  it("leaves out windows that are too old, lie in the future, or were never begun", () => {
    empty();
    const windows = new Told();
    windows.window(0, 1, [1], []);
    windows.window(100000, 1, [1], []);
    windows.window(100000 - WINDOWS * WINDOW + 1, 0, [1, 2], []);
    windows.window(100000 - (WINDOWS + 1) * WINDOW, 7, [1], [-1]);
    windows.window(100000 + 2 * WINDOW, 7, [1], [-1]);
    sketchClear(room, accuracy, WINDOWS);
    sketchWindowsAdd(told, 50);
    expect<u64>(sketchCount()).toBe(4);
    expect<u64>(sketchZeros()).toBe(1);
  });

  it("counts what is beyond the bins in those at the ends", () => {
    empty();
    new Told().window(100000, 0, [1, 1e-300, 1e300], [-1e300]);
    sketchClear(room, accuracy, WINDOWS);
    sketchWindowsAdd(told, 50);
    expect<u64>(sketchCount()).toBe(4);
    expect<bool>(abs(sketchQuantile(0.75) - 1) <= 0.01).toBe(true);
    expect<bool>(sketchQuantile(1) > 1e10 && sketchQuantile(1) < 1e300).toBe(true);
    expect<bool>(sketchQuantile(0) < -1e10).toBe(true);
    store<u32>(told, 0);
    sketchClear(room, accuracy, WINDOWS);
    sketchWindowsAdd(told, 50);
    expect<bool>(isNaN(sketchQuantile(0.5))).toBe(true);
  });
});

describe("sketchBytes", () => {
  it("is what a sketch uses of its room, and no byte more", () => {
    randomFrom(62);
    const accuracies: f64[] = [0.001, 0.01, 0.2];
    for (let i = 0; i < accuracies.length; i++) {
      empty(accuracies[i]);
      // Beyond the ends, but where the chunks of four cells would not fit into the test's memory.
      const octaves = accuracies[i] < 0.01 ? 30 : 62;
      const bytes = sketchBytes(chunkShiftOf(multiplierOf(accuracies[i])));
      for (let j = 0; j < 3000; j++) {
        const value = reinterpret<f64>((<u64>(1023 - octaves + <i32>(random() * 2 * octaves))) << 52) * (1 + random());
        observe(cellAt(j % CELLS), random() < 0.5 ? value : -value);
      }
      add();
      expect<u64>(sketchCount()).toBe(3000);
      let written = 0;
      for (let at = bytes; at < bytes + 64; at++) written += i32(load<u8>(room + at) != 0xa5);
      expect<i32>(written).toBe(0);
    }
  });
});
