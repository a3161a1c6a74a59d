// Sums that follow: what they show is what adding up would, to the last digit, whatever happened to the links meanwhile.

import { count, family, format } from "../formatted";
import { applied, begun, entered, listening, positioned, published, said, source, speaking, totalThere, whole, wide } from "./frames";
import { FRAME_LAST, VALUE_DOUBLE, VALUE_PAIR } from "../../../assembly/image/format";
import { entryChanged } from "../../../assembly/image/links";
import { Entry, Known, Source } from "../../../assembly/image/mirror";
import { processCreate, processDrop, processFold, processLive, processSequence } from "../../../assembly/image/processes";
import { summedBroken, summedThere } from "../../../assembly/image/summed";
import { Base, COUNTER, GAUGE, ImportedCell, MODE_LIVE, MODE_MAX, MODE_SUM } from "../../../assembly/layout";
import { begin, end } from "../../../assembly/store/writer";

const BLOCK = 'a="1"';
const PROCESSES = 6;
let metric: i32 = 0;
const processes: usize[] = [0, 0, 0, 0, 0, 0];

function entry(): Entry {
  return changetype<Entry>(<usize>changetype<Known>(<usize>changetype<Source>(source).known).entries);
}

/** Whether a sum is kept of the entry that stands. */
function stands(): bool {
  begin();
  const kept = summedThere(changetype<usize>(entry()));
  end();
  return kept != 0;
}

/** Begins with a family of one series, that so many processes have. */
function beginning(type: u32, mode: u32, processesMost: i32 = PROCESSES): void {
  format();
  metric = family(type, mode, "jobs", "a");
  listening();
  count(metric, BLOCK, 0.25);
  for (let i = 0; i < processesMost; i++) {
    processes[i] = processCreate(source);
    speaking(i + 1);
    whole(processes[i], metric, BLOCK);
  }
  published();
}

/** One process says what it stands at. */
function says(i: i32, high: f64, low: f64 = 0): void {
  speaking(i + 1);
  const sequence = <u64>processSequence(processes[i]);
  begun(sequence, sequence + 1);
  entered(0);
  positioned(low == 0 ? VALUE_DOUBLE : VALUE_PAIR, 0);
  wide(high);
  if (low != 0) wide(low);
  applied(processes[i], FRAME_LAST);
}

function shown(): Base {
  return changetype<Base>(<usize>changetype<ImportedCell>(<usize>entry().cell).part);
}

/** What is shown is what adding up all links finds. */
function isSame(): bool {
  const high = shown().high;
  const low = shown().low;
  entryChanged(source, changetype<usize>(entry()));
  published();
  return reinterpret<u64>(shown().high) == reinterpret<u64>(high) && reinterpret<u64>(shown().low) == reinterpret<u64>(low);
}

describe("summedMoved", () => {
  it("lets a sum follow what a process says, and the next publishing show it", () => {
    beginning(COUNTER, 0);
    expect<bool>(stands()).toBe(true);
    expect<f64>(totalThere(BLOCK)).toBe(1.5);
    says(2, 7.1);
    expect<bool>(stands()).toBe(true);
    expect<f64>(totalThere(BLOCK)).toBe(1.5);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere(BLOCK)).toBe(8.35);
    expect<bool>(isSame()).toBe(true);
    // With what rounding left, too.
    says(2, 1e16, 1);
    says(3, 0.5);
    expect<bool>(stands()).toBe(true);
    published();
    expect<f64>(shown().high).toBe(1e16 + 2);
    expect<f64>(shown().low).toBe(0.5);
    expect<bool>(isSame()).toBe(true);
    says(2, 0.25);
    expect<bool>(stands()).toBe(true);
    published();
    expect<f64>(shown().high).toBe(1.75);
    expect<f64>(shown().low).toBe(0);
  });

  it("lets go of a number that is described anew, as behind a reset", () => {
    beginning(COUNTER, 0);
    says(2, 7);
    published();
    says(2, 8);
    // The second one is stored in the sum alone; this one is the link's.
    speaking(3);
    begun(3, 4);
    entered(0);
    said(0, metric, BLOCK, true);
    applied(processes[2], FRAME_LAST);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(1.5);
    says(2, 2.25);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(3.5);
    expect<bool>(isSame()).toBe(true);
  });

  it("never goes back by a digit, in thousands of steps", () => {
    beginning(COUNTER, 0);
    const at: f64[] = [0.25, 0.25, 0.25, 0.25, 0.25, 0.25];
    let before: f64 = 0;
    for (let step = 0; step < 2000; step++) {
      const i = (step * 7) % PROCESSES;
      at[i] += <f64>((step % 90) + 1) / 100;
      says(i, at[i]);
      if (step % 3 == 0) published();
      const total = totalThere(BLOCK);
      expect<bool>(total >= before).toBe(true);
      before = total;
    }
    published();
    expect<bool>(stands()).toBe(true);
    expect<bool>(isSame()).toBe(true);
  });

  it("gives way where a number does not fit, until all do again", () => {
    beginning(GAUGE, MODE_SUM);
    const not: f64[] = [NaN, Infinity, 1e30, 1e-300];
    for (let i = 0; i < not.length; i++) {
      says(1, not[i]);
      expect<bool>(stands()).toBe(false);
      published();
      expect<bool>(stands()).toBe(false);
      const total = totalThere(BLOCK);
      expect<bool>(i == 0 ? isNaN(total) : total == not[i] + 1.25).toBe(true);
      says(1, 0.75);
      published();
      expect<bool>(stands()).toBe(true);
      expect<f64>(totalThere(BLOCK)).toBe(2);
    }
  });
});

describe("summedEnded", () => {
  it("keeps nothing of few links, or where the greatest is shown", () => {
    beginning(COUNTER, 0, 3);
    expect<bool>(stands()).toBe(false);
    expect<u32>(entry().sum).toBe(0);
    says(1, 2);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(2.5);
    beginning(GAUGE, MODE_MAX);
    expect<bool>(stands()).toBe(false);
    says(1, 2);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(2);
  });
});

describe("summedBroken", () => {
  it("is told of processes that come, go, are folded, or live no more", () => {
    beginning(GAUGE, MODE_SUM | MODE_LIVE);
    processLive(processes[0], false);
    expect<bool>(stands()).toBe(false);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(1.25);
    expect<bool>(stands()).toBe(true);
    // One that does not count moves nothing.
    says(0, 100);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(1.25);
    processLive(processes[0], true);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(101.25);
    processDrop(processes[0]);
    expect<bool>(stands()).toBe(false);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(1.25);
    says(1, 4);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(5);
    expect<bool>(isSame()).toBe(true);
  });

  it("adds up anew what is folded, and goes on", () => {
    beginning(COUNTER, 0);
    says(0, 3);
    published();
    processFold(processes[0]);
    expect<bool>(stands()).toBe(true);
    // Now two links are one, which has both as far as two doubles can.
    processFold(processes[1]);
    expect<bool>(stands()).toBe(false);
    says(2, 2.25);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(6.25);
    says(3, 1.25);
    published();
    expect<bool>(stands()).toBe(true);
    expect<f64>(totalThere(BLOCK)).toBe(7.25);
    expect<bool>(isSame()).toBe(true);
  });

  it("forgets what is not what the links say any more", () => {
    beginning(COUNTER, 0);
    // As if something had gone wrong with it: only a new one is right.
    store<u64>(entry().sum, 77);
    summedBroken(changetype<usize>(entry()));
    says(0, 1.25);
    published();
    expect<f64>(totalThere(BLOCK)).toBe(2.5);
    expect<bool>(stands()).toBe(true);
  });
});
