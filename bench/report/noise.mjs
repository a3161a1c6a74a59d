// How much the machine's speed moves by itself: a loop that always does the same, calibrated to some milliseconds, again and again.

const LOOP_MILLISECONDS = 10;
const TURNS = 100;
/** Of so many the shortest tells what a loop takes where nobody comes between. */
const TRIES = 5;
/** What is computed is kept, or the compiler would leave it out. */
let kept = 0;

function spin(count) {
  let state = 1;
  for (let i = 0; i < count; i += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state;
}

/** Milliseconds of one loop: `{ median, p10, p90, max, spreadPercent }`, where the spread is from p10 to p90, of the median. */
export function noise(turns = TURNS) {
  const time = (count) => {
    const start = performance.now();
    kept ^= spin(count);
    return performance.now() - start;
  };
  const shortest = (count) => Math.min(...Array.from({ length: TRIES }, () => time(count)));
  let count = 100_000;
  while (shortest(count) < LOOP_MILLISECONDS) count *= 2;
  return spread(Array.from({ length: turns }, () => time(count)));
}

export function spread(milliseconds) {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (fraction) => sorted[Math.round((sorted.length - 1) * fraction)];
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), max: sorted.at(-1), spreadPercent: ((at(0.9) - at(0.1)) / at(0.5)) * 100 };
}
