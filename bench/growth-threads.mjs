// How does what threads count together grow with their number, from 1 to 4: on one series, on series of their own, in one histogram?
import { CASES, entry, threaded } from "./threads.mjs";

const THREADS = [1, 2, 3, 4];
const THREADS_QUICK = [1, 2, 4];
const NAMES = ["one-series", "own-series", "histogram-one-series"];

export async function run(context) {
  const names = threaded(await context.loaded());
  for (const question of CASES.filter(({ name }) => NAMES.includes(name))) {
    for (const threads of context.quick ? THREADS_QUICK : THREADS) {
      const entries = [];
      for (const name of names) {
        context.progress(`${question.name} starts ${threads} threads of ${name}`);
        // Its verify has the row of what all counted together, `NAME-4-threads`.
        entries.push(await entry(context, name, { ...question, threads }));
      }
      await context.interleave(`${question.name}-against-1-${threads}`, "x of 1 thread", entries);
    }
  }
}
