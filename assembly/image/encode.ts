// From a part to bytes: the value, and what stands behind it by the family's type. As format.ts draws it.

import { Base, BASE_QUANTILES, BASE_SET, Exemplar, Family, isTime, NATIVE, Sparse, SUMMARY } from "../layout";
import { sparseCountAt, sparseIndexAt } from "../metric/sparse";
import { baseSparse } from "../store/base";
import { exemplarAt, exemplarSlots } from "../store/exemplar";
import { bucketBytes } from "../store/list";
import { ownWriter } from "../store/writer";
import { textPut } from "../text/escape";
import {
  SERIES_QUANTILES,
  SERIES_TIMESTAMP,
  SERIES_VALUE,
  SHARE_PROCESS_SHIFT,
  VALUE_DOUBLE,
  VALUE_NONE,
  VALUE_PAIR,
  VALUE_WHOLE,
} from "./format";
import { definitionOf, hasOrder, hasShares, partBehind, partList, partListed } from "./part";
import { PartBin, PartShare, PartWindow } from "./records";
import { VARINT_BYTES_MAX, varintPut, widePut, wordPut, zigzagPut } from "./varint";

/** From here on not every whole number is a double. */
const WHOLE_END: f64 = 9007199254740992;
/** A value in two parts, an order, a timestamp, and two numbers in front of what is behind. */
const FIXED_BYTES: u32 = 4 * 8 + 2 * VARINT_BYTES_MAX;
/** An exemplar's slot, value, time and length. */
const EXEMPLAR_BYTES: u32 = 2 * 8 + 2 * VARINT_BYTES_MAX;

function valueFlags(part: usize): u32 {
  const record = changetype<Base>(part);
  if ((record.set & BASE_SET) == 0) return VALUE_NONE;
  if (record.low != 0) return VALUE_PAIR;
  const value = record.high;
  // -0 has a sign, which a number here has not.
  const whole = value >= 0 && value < WHOLE_END && trunc(value) == value && reinterpret<i64>(value) >= 0;
  return whole ? VALUE_WHOLE : VALUE_DOUBLE;
}

/** What a series' tag says of a part: SERIES_VALUE, SERIES_TIMESTAMP, SERIES_QUANTILES. */
export function partFlags(family: usize, part: usize): u32 {
  let flags = hasShares(family) ? VALUE_NONE : valueFlags(part);
  if (isTime(changetype<Base>(part).timestamp)) flags |= SERIES_TIMESTAMP;
  if ((changetype<Base>(part).set & BASE_QUANTILES) != 0) flags |= SERIES_QUANTILES;
  return flags;
}

/** The most bytes that `partPut` writes: no number takes twice the bytes that it has in a part. */
export function partPutBytes(_family: usize, part: usize): u32 {
  return FIXED_BYTES + 2 * changetype<Base>(part).bytes;
}

/** Puts what a part says, as `partFlags` tells; where it ends. */
export function partPut(to: usize, family: usize, part: usize): usize {
  const record = changetype<Base>(part);
  const flags = partFlags(family, part);
  const value = flags & SERIES_VALUE;
  if (value == VALUE_WHOLE) to = varintPut(to, <u64>record.high);
  else if (value != VALUE_NONE) to = widePut(to, reinterpret<u64>(record.high));
  if (value == VALUE_PAIR) to = widePut(to, reinterpret<u64>(record.low));
  if (hasShares(family)) to = sharesPut(to, partListed(family, part), partList(family, part));
  else if (value != VALUE_NONE) to = restPut(to, family, part, flags);
  return (flags & SERIES_TIMESTAMP) == 0 ? to : widePut(to, reinterpret<u64>(record.timestamp));
}

function restPut(to: usize, family: usize, part: usize, flags: u32): usize {
  const type = changetype<Family>(family).type;
  if (hasOrder(family)) return widePut(to, changetype<Base>(part).order);
  if (type == SUMMARY) return summaryPut(to, family, part, (flags & SERIES_QUANTILES) != 0);
  const bytes = bucketBytes(family);
  if (bytes != 0) to = bucketsPut(to, partBehind(part), bytes >> 3);
  return type == NATIVE ? sparsePut(to, baseSparse(family, part)) : to;
}

function sharesPut(to: usize, counted: usize, from: usize): usize {
  const count = load<u32>(counted);
  to = varintPut(to, count);
  for (let i: u32 = 0; i < count; i++) {
    const share = changetype<PartShare>(from + i * offsetof<PartShare>());
    const writer = (<u64>share.slot) | ((<u64>share.process) << SHARE_PROCESS_SHIFT);
    to = widePut(varintPut(to, writer), reinterpret<u64>(share.value));
  }
  return to;
}

function bucketsPut(to: usize, from: usize, count: u32): usize {
  while (count > 0 && load<u64>(from + ((count - 1) << 3)) == 0) count--;
  to = varintPut(to, count);
  for (let i: u32 = 0; i < count; i++) to = varintPut(to, load<u64>(from + (i << 3)));
  return to;
}

function sparsePut(to: usize, sparse: usize): usize {
  const record = changetype<Sparse>(sparse);
  to = varintPut(zigzagPut(to, record.schema), record.zeroCount);
  to = varintPut(varintPut(to, record.positiveCount), record.negativeCount);
  const count = record.positiveCount + record.negativeCount;
  let before: i64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i == record.positiveCount) before = 0;
    const index = <i64>sparseIndexAt(sparse, i);
    to = varintPut(zigzagPut(to, index - before), sparseCountAt(sparse, i));
    before = index;
  }
  return to;
}

function summaryPut(to: usize, family: usize, part: usize, given: bool): usize {
  to = varintPut(to, load<u64>(partBehind(part)));
  if (given) {
    const from = partBehind(part) + 8;
    for (let i: u32 = 0; i < definitionOf(family).quantileCount; i++) to = widePut(to, load<u64>(from + (i << 3)));
    return to;
  }
  const count = load<u32>(partListed(family, part));
  let at = partList(family, part);
  to = varintPut(to, count);
  for (let i: u32 = 0; i < count; i++) {
    to = windowPut(to, at);
    const window = changetype<PartWindow>(at);
    at += offsetof<PartWindow>() + (window.positiveCount + window.negativeCount) * offsetof<PartBin>();
  }
  return to;
}

function windowPut(to: usize, at: usize): usize {
  const window = changetype<PartWindow>(at);
  to = varintPut(wordPut(to, window.stamp), window.zeros);
  to = varintPut(varintPut(to, window.positiveCount), window.negativeCount);
  const count = window.positiveCount + window.negativeCount;
  let before: i64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i == window.positiveCount) before = 0;
    const bin = changetype<PartBin>(at + offsetof<PartWindow>() + i * offsetof<PartBin>());
    to = varintPut(zigzagPut(to, <i64>bin.index - before), bin.count);
    before = bin.index;
  }
  return to;
}

let found: u32 = 0;

/** Looks at the exemplars of a series; the most bytes that `exemplarsPut` writes of them, 0 where it has none. Only between `begin` and `end`. */
export function exemplarsFound(family: usize, series: usize): u32 {
  const slots = exemplarSlots(family);
  // Of each the slot and the address, so that those that are put are those that were found.
  const list: usize = ownWriter().scratch;
  let bytes: u32 = 0;
  found = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const exemplar = exemplarAt(series, slot);
    if (exemplar == 0) continue;
    store<u32>(list + (found << 3), slot);
    store<u32>(list + (found << 3), <u32>exemplar, 4);
    found++;
    bytes += EXEMPLAR_BYTES + changetype<Exemplar>(exemplar).length;
  }
  return found == 0 ? 0 : bytes + VARINT_BYTES_MAX;
}

/** Puts the exemplars that were found, before this writer reads anything else; where they end. */
export function exemplarsPut(to: usize): usize {
  const list: usize = ownWriter().scratch;
  to = varintPut(to, found);
  for (let i: u32 = 0; i < found; i++) {
    const at: usize = load<u32>(list + (i << 3), 4);
    const exemplar = changetype<Exemplar>(at);
    to = varintPut(to, load<u32>(list + (i << 3)));
    to = widePut(to, reinterpret<u64>(exemplar.value));
    to = widePut(to, reinterpret<u64>(exemplar.seconds));
    to = textPut(varintPut(to, exemplar.length), at + offsetof<Exemplar>(), exemplar.length);
  }
  return to;
}
