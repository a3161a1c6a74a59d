// A counter's cell: one double, written by its owner alone. Exact for integers up to 2^53.

import { CounterCell } from "../layout";
import { OK, REFUSED, STALE } from "../status";

/**
 * Where a cell's value lies behind its token: engines add to a typed array twice as fast as they call into
 * Wasm (Bun 3.0 against 6.6 ns, Node 20 5.9 against 8.4), so the bindings do these two steps themselves.
 */
export function counterValueOffset(): usize {
  return offsetof<CounterCell>("value");
}

/** Adds an amount that is finite and not negative. */
export function counterAdd(cell: usize, token: u32, amount: f64): i32 {
  const record = changetype<CounterCell>(cell);
  if (record.token != token) return STALE;
  // False for NaN too.
  if (!(amount >= 0 && amount < Infinity)) return REFUSED;
  record.value += amount;
  return OK;
}
