// Folds, adoptions and merges of random floats in random order: no printed total is ever lower than the one
// before, and at the end each is the sum that was counted, to the last digit that a double has.

import { nearest, units } from "../differential/exact.mjs";
import { memoryMade, Thread } from "../faults/thread.mjs";

const THREADS = 8;

/** Runs so many random steps; how often a total was lower than before, and how many folds moved cells. */
export function folds(steps, progress = () => {}, next = Math.random) {
  const first = memoryMade(1 << 23);
  const jobs = first.family("counter", { name: "jobs", labelNames: ["n"] });
  const sizes = first.family("histogram", { name: "sizes", labelNames: ["n"], buckets: [1, 1000] });
  const blocks = [0, 1, 2, 3].map((n) => `n="${n}"`);
  const threads = new Set();
  const folding = new Set();
  const hand = () => {
    const thread = new Thread(first.memory, undefined, threads.size + 2).claim();
    const made = { thread, jobs: blocks.map((block) => thread.bind(jobs, block)), sizes: blocks.map((block) => thread.bind(sizes, block)) };
    threads.add(made);
    return made;
  };
  const any = () => [...threads][Math.floor(next() * threads.size)];
  const value = () => next() * 10 ** (Math.floor(next() * 24) - 12);
  const last = new Map();
  const result = { steps, totals: 0, lower: 0, folded: 0, left: 0 };
  const look = (family, block) => {
    if (first.core.seriesRead(family, first.state(family), first.input(block)) < 0) throw new Error("the series is gone");
    const total = first.core.seriesValue();
    const key = `${family} ${block}`;
    if (total < (last.get(key) ?? 0)) result.lower++;
    last.set(key, total);
    result.totals++;
    return total;
  };
  for (let i = 0; i < THREADS; i++) hand();
  for (let step = 0; step < steps; step++) {
    const n = Math.floor(next() * blocks.length);
    const chance = next();
    if (chance < 0.7) {
      const { thread, jobs: counters, sizes: histograms } = any();
      const amount = value();
      thread.add(counters[n], amount);
      thread.observe(histograms[n], amount);
    } else if (chance < 0.85) {
      const gone = any();
      const slot = gone.thread.slot();
      gone.thread.core.writerLeave();
      threads.delete(gone);
      result.left++;
      // Half of them are folded, the others wait to be adopted.
      if (next() < 0.5) folding.add(slot);
      if (threads.size < 2) hand();
    } else {
      hand();
      if (threads.size > THREADS * 2) {
        const gone = any();
        gone.thread.core.writerLeave();
        threads.delete(gone);
      }
    }
    for (const slot of folding) {
      const most = Math.ceil(next() * 8);
      const folded = first.fold(slot, most);
      result.folded += Math.max(folded, 0);
      // Fewer than asked for: done, or adopted before the folding began.
      if (folded < most) folding.delete(slot);
    }
    look(jobs, blocks[n]);
    look(sizes, blocks[n]);
    if (step % 20000 === 0) progress(step / steps);
  }
  return result;
}

/** The same values into one cell after another, all folded: the total is that of exact arithmetic. */
export function foldedExactly(count, next = Math.random) {
  const first = memoryMade(1 << 23);
  const jobs = first.family("counter", { name: "jobs", labelNames: ["n"] });
  let exact = 0n;
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const thread = new Thread(first.memory, undefined, 2).claim();
    const amount = next() * 10 ** (Math.floor(next() * 24) - 12);
    thread.add(thread.bind(jobs, 'n="0"'), amount);
    exact += units(amount);
    const slot = thread.slot();
    thread.core.writerLeave();
    first.fold(slot);
    first.core.seriesRead(jobs, first.state(jobs), first.input('n="0"'));
    if (first.core.seriesValue() !== nearest(exact)) wrong++;
  }
  return wrong;
}
