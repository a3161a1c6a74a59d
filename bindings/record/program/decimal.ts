// A decimal number of text becomes the double nearest to it, from its digits, without a string: as Number(text) would say.
//
// Digits come as an integer of up to 15 (exact in a double) and up to 4 more. Where the whole has no more than 15, one
// division by an exact power of ten rounds once (Clinger). Python writes 16 and 17 digits for most floats: these are divided
// as a pair of doubles (Dekker), whose error is below 2^-100 of the result. Where adding and taking away more than that error
// rounds to the same double, it is the nearest; else, about once in 2^40, the caller asks Number.

/** What exact powers of ten there are in doubles. */
const POWER_MOST = 22;
const POWERS = Float64Array.from({ length: POWER_MOST + 1 }, (_, i) => Number(`1e${i}`));
/** 2^27 + 1 splits a double into halves whose products are exact. */
const SPLITTER = 134217729;
/** More than the error of the pair, relative to the quotient. */
const MARGIN = 2 ** -98;

/** Digits that fit the first part, and the second. */
export const LEADING_MOST = 15;
export const TRAILING_MOST = 4;

/** (leading * 10^trailingCount + trailing) / 10^scale, correctly rounded; NaN where the caller must ask Number. */
export function decimal(leading: number, trailing: number, trailingCount: number, scale: number): number {
  if (trailingCount === 0) {
    if (scale === 0) return leading;
    if (scale > 0) return scale <= POWER_MOST ? leading / POWERS[scale]! : NaN;
    return scale >= -POWER_MOST ? leading * POWERS[-scale]! : NaN;
  }
  if (scale < 0 || scale > POWER_MOST) return NaN;
  const factor = POWERS[trailingCount]!;
  const product = leading * factor;
  let split = SPLITTER * leading;
  const leadingHigh = split - (split - leading);
  const leadingLow = leading - leadingHigh;
  // A factor of up to 10^4 needs no splitting.
  let low = leadingHigh * factor - product + leadingLow * factor + trailing;
  const high = product + low;
  low -= high - product;
  const power = POWERS[scale]!;
  const quotient = high / power;
  split = SPLITTER * quotient;
  const quotientHigh = split - (split - quotient);
  const quotientLow = quotient - quotientHigh;
  split = SPLITTER * power;
  const powerHigh = split - (split - power);
  const powerLow = power - powerHigh;
  const back = quotient * power;
  const backLow = quotientLow * powerLow - (back - quotientHigh * powerHigh - quotientLow * powerHigh - quotientHigh * powerLow);
  const rest = (high - back - backLow + low) / power;
  const margin = quotient * MARGIN;
  const above = quotient + (rest + margin);
  return above === quotient + (rest - margin) ? above : NaN;
}
