// Axes of plots: where a value lies from 0 to 1, and the round values that stand beside an axis.

/** 1, 2 and 5 times powers of ten, so far apart that there are about `most` of them. */
function roundSteps(low, high, most) {
  const least = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= least * (1 - 1e-9));
  const ticks = [];
  // Never -0, which would be written so.
  for (let i = Math.ceil(low / step - 1e-9) || 0; i * step <= high * (1 + 1e-9); i++) ticks.push(i * step);
  return { step, ticks };
}

/** From 0 on, where what is between 0 and the least would not be most of the picture. */
export function linear(values, ticksMost) {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low > 0 && low < high / 2) low = 0;
  if (low === high) [low, high] = low === 0 ? [0, 1] : low > 0 ? [0, high] : [low, 0];
  const { step } = roundSteps(low, high, ticksMost);
  // To the next round value at both ends, so that no point lies on the frame.
  [low, high] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  return { at: (value) => (value - low) / (high - low), ticks: roundSteps(low, high, ticksMost).ticks };
}

/** Of values above 0. Less than two powers of ten have 2 and 5 between them. */
export function logarithmic(values, ticksMost) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const between = Math.log10(high / low) < 2 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const times of between) ticks.push(times * 10 ** power);
  }
  const first = ticks.findLastIndex((tick) => tick <= low * (1 + 1e-9));
  const last = ticks.findIndex((tick) => tick >= high * (1 - 1e-9));
  const [bottom, top] = first === last ? [ticks[first] / 2, ticks[first] * 2] : [ticks[first], ticks[last]];
  const used = ticks.slice(first, last + 1);
  const every = Math.ceil(used.length / (ticksMost + 2));
  const at = (value) => Math.log(value / bottom) / Math.log(top / bottom);
  return { at, ticks: used.filter((_tick, i) => i % every === 0) };
}

/** A number of at most four letters and its thousand's sign. */
export function short(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const [divisor, sign] = size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : size >= 1e4 ? [1e3, "k"] : [1, ""];
  return `${Number((value / divisor).toPrecision(3))}${sign}`;
}
