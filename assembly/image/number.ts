// Numbers of parts added up: all that a counter or a gauge is, and the sum of what has buckets. Most series are one number, so a sum
// of them takes no room: it is added up in this file's variables and written once, or not at all where it is there already.
//
// Each word of a record is stored once, and loaded as it was stored. A load of two words that were stored one by one waits until
// both have reached the cache: that was a third of what a sum of one number took.

import { Base, BASE_SET, Family, GAUGE, isTime, MODE_LIVE, MODE_MAX, MODE_MIN, MODE_MOSTRECENT, STATESET } from "../layout";
import { exactTaken } from "./exact";
import { totalAdd, totalClear, totalHigh, totalLow } from "../metric/total";

const ADDED: u32 = 0;
/** Of a state set: in every state that one of them is in. */
const JOINED: u32 = 1;
const LEAST: u32 = 2;
const GREATEST: u32 = 3;
const NEWEST: u32 = 4;

let rule: u32 = 0;
let set: u32 = 0;
let high: f64 = 0;
let low: f64 = 0;
let order: u64 = 0;
let timestamp: f64 = 0;

function ruleOf(family: usize): u32 {
  const record = changetype<Family>(family);
  if (record.type == STATESET) return JOINED;
  if (record.type != GAUGE) return ADDED;
  const mode = record.mode & ~MODE_LIVE;
  return mode == MODE_MIN ? LEAST : mode == MODE_MAX ? GREATEST : mode == MODE_MOSTRECENT ? NEWEST : ADDED;
}

/** Begins a sum of parts of a family. */
export function numberBegun(family: usize): void {
  rule = ruleOf(family);
  set = 0;
  high = 0;
  low = 0;
  order = 0;
  timestamp = 0;
  totalClear();
}

/**
 * True where a value takes the place of the one there is. Of two that are alike the same one stays, whichever came first: of two settings of one
 * order the greater value, -0 is less than 0, and NaN makes way for a number.
 */
function isWanted(part: Base): bool {
  if (set == 0) return true;
  if (rule == NEWEST && part.order != order) return part.order > order;
  if (part.high == high) return reinterpret<i64>(part.high) < 0 == (rule == LEAST);
  return high != high || (rule == LEAST ? part.high < high : part.high > high);
}

/** Notes when a part is of; the latest counts. */
export function numberTimed(part: Base): void {
  if (isTime(part.timestamp) && !(timestamp > part.timestamp)) timestamp = part.timestamp;
}

/** Adds the number of a part; false where it has none. */
export function numberAdded(part: Base): bool {
  if ((part.set & BASE_SET) == 0) return false;
  if (rule == ADDED) {
    totalAdd(part.high);
    // Of a whole number there is none.
    if (part.low != 0) totalAdd(part.low);
    order = max<u64>(order, part.order);
  } else if (rule == JOINED) {
    high = set == 0 ? part.high : <f64>((<u64>high) | (<u64>part.high));
    order = max<u64>(order, part.order);
  } else if (isWanted(part)) {
    high = part.high;
    order = part.order;
  }
  set = BASE_SET;
  return true;
}

/** Adds that there is a number, and nothing of it. */
export function numberNothing(): void {
  set = BASE_SET;
}

/** True where numbers are added, and not the least, the newest or so of them shown. */
export function isAdded(family: usize): bool {
  return ruleOf(family) == ADDED;
}

/** The sum is an exact one, of numbers and nothing else; takes it from where it is. */
export function numberExact(sum: usize): void {
  set = BASE_SET;
  high = exactTaken(sum);
  low = exactTaken(sum);
  order = 0;
  timestamp = 0;
}

/** A sum of what only grows is not below 0, whatever rounding left of what was subtracted in it. */
export function numberGrown(): void {
  if (high >= 0) return;
  high = 0;
  low = 0;
}

/** Ends the sum; before it is asked for. */
export function numberEnded(): void {
  if (rule != ADDED) return;
  high = totalHigh();
  low = totalLow();
}

/** True where the record of a part, which is all of it, has this number. */
export function isNumberOf(at: usize): bool {
  const part = changetype<Base>(at);
  return (
    reinterpret<u64>(part.high) == reinterpret<u64>(high) &&
    reinterpret<u64>(part.low) == reinterpret<u64>(low) &&
    part.order == order &&
    reinterpret<u64>(part.timestamp) == reinterpret<u64>(timestamp) &&
    part.set == set
  );
}

/** Puts the record of a part of so many bytes that has this number; more may be `set` of it. */
export function numberPut(at: usize, bytes: u32, more: u32): void {
  recordPut(at, set | more, high, low, order, timestamp, bytes);
}

/** Puts the record of a part. */
export function recordPut(at: usize, set: u32, high: f64, low: f64, order: u64, timestamp: f64, bytes: u32): void {
  store<u64>(at, (<u64>set) << 32);
  store<f64>(at, high, offsetof<Base>("high"));
  store<f64>(at, low, offsetof<Base>("low"));
  store<u64>(at, order, offsetof<Base>("order"));
  store<f64>(at, timestamp, offsetof<Base>("timestamp"));
  store<u64>(at, bytes, offsetof<Base>("bytes"));
}
if (offsetof<Base>("set") != 4 || offsetof<Base>() != 48)
  ERROR("The record of a part is six words, and set is the upper half of the first");
