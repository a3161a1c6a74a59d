// A gauge's cells. Shared: one cell in a line of its own, any thread writes it, `set` is last-write-wins and
// `add` exact. Per writer: the owner writes value, then order; order 0 says never set, so that a minimum over
// writers does not see the zeros of those that have nothing to say. Every write shows, in `order` or `uses`, so that a
// gauge that is set to what it was is not taken for idle.

import { exchangeIf64, load64, store64 } from "../memory/atomics";
import { Cell, GaugeCell, SharedCell } from "../layout";
import { OK, REFUSED, STALE } from "../status";
import { orderNext } from "./order";

const VALUE: usize = offsetof<GaugeCell>("value");
const ORDER: usize = offsetof<GaugeCell>("order");

/** Sets a shared gauge to any double. */
export function sharedSet(cell: usize, token: u32, value: f64): i32 {
  if (changetype<Cell>(cell).token != token) return STALE;
  store64(cell + VALUE, reinterpret<u64>(value));
  changetype<SharedCell>(cell).uses += 1;
  return OK;
}

/** Adds a finite amount to a shared gauge. */
export function sharedAdd(cell: usize, token: u32, amount: f64): i32 {
  if (changetype<Cell>(cell).token != token) return STALE;
  if (!(amount - amount == 0)) return REFUSED;
  // A guess to start from. What is added to it is 0 (the token was just compared), and keeps the load from
  // being folded with the reinterpretation below into two loads: see atomics.ts. A wrong guess only fails.
  let old = load64(cell + VALUE) + <u64>(changetype<Cell>(cell).token - token);
  while (true) {
    const seen = exchangeIf64(cell + VALUE, old, reinterpret<u64>(reinterpret<f64>(old) + amount));
    if (seen == old) break;
    old = seen;
  }
  changetype<SharedCell>(cell).uses += 1;
  return OK;
}

/** Sets this writer's part of a gauge. */
export function gaugeSet(cell: usize, token: u32, value: f64): i32 {
  const record = changetype<GaugeCell>(cell);
  if (record.token != token) return STALE;
  record.value = value;
  record.order += 1;
  return OK;
}

/** Sets this writer's part of a `mostrecent` gauge, at so many milliseconds since the epoch: see order.ts. */
export function gaugeSetLatest(cell: usize, token: u32, value: f64, milliseconds: f64): i32 {
  const record = changetype<GaugeCell>(cell);
  if (record.token != token) return STALE;
  record.value = value;
  store64(cell + ORDER, orderNext(milliseconds));
  return OK;
}

/** Adds a finite amount to this writer's part of a gauge. */
export function gaugeAdd(cell: usize, token: u32, amount: f64): i32 {
  const record = changetype<GaugeCell>(cell);
  if (record.token != token) return STALE;
  if (!(amount - amount == 0)) return REFUSED;
  record.value += amount;
  record.order += 1;
  return OK;
}

/** The order of the last set, 0 for none. Read before the value: see gaugeSetLatest. */
export function gaugeOrder(cell: usize): u64 {
  return load64(cell + ORDER);
}
