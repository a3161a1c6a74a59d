// One target for a while. An input is made of the seed and its number alone, so what failed can be had again by `--seed` and `--from`.
//
// A target is `{name, about, runs, short, open}`: how many inputs the long form has and how many every test run, and what is made for them:
// `{input(random), check(input), close()}`. `check` throws, or its promise rejects, where something is wrong.

import { Random } from "./random.mjs";

/** Of one target; what fails on, fails the same. */
const FAILURES_MOST = 5;

/**
 * Tries inputs `from` and so on, `runs` or until `until`, a time of `performance.now()`. `begun(run)` hears of each before it is tried.
 * Resolves to how many were tried, and to those that failed: `{run, input, error}`.
 */
export async function fuzzed(target, { seed, from = 0, runs = target.runs, until = Infinity, begun = () => {} }) {
  const opened = await target.open();
  const failures = [];
  let run = from;
  try {
    for (; run < from + runs && performance.now() < until && failures.length < FAILURES_MOST; run++) {
      begun(run);
      const input = opened.input(new Random(seed, run));
      try {
        const checked = opened.check(input);
        if (checked !== undefined) await checked;
      } catch (error) {
        failures.push({ run, input, error });
      }
    }
  } finally {
    await opened.close?.();
  }
  return { runs: run - from, failures };
}

/** An input that hung, made once more. */
export async function inputOf(target, seed, run) {
  const opened = await target.open();
  try {
    return opened.input(new Random(seed, run));
  } finally {
    await opened.close?.();
  }
}
