// What all lines of a family have in common, made once for each slice: `name_suffix{default labels,` for each kind of its
// samples, and `,le="0.5"} ` for each bound. A line is then three copies in vectors and a number.
//
// A name that is not of the classic data model stands between the braces, in quotes, where the scraper allows it
// (rule E5); elsewhere it is escaped, and so are the names of labels.

import { load32 } from "../memory/atomics";
import { Definition, Exemplar, Family, FAMILY_EXEMPLARS, FAMILY_OWN, isTime, Registry, Series, Shape } from "../layout";
import { familyPrints, labelsMeet } from "../store/defaults";
import { exemplarAt } from "../store/exemplar";
import { SERIES_KEY } from "../store/more";
import { readingTimestamp } from "../store/reading";
import { definitionOf, dialectOf, escapingOf, fullNamePut, isQuoted, labelsArePlain, OPENMETRICS, OPENMETRICS2, TEXT } from "./dialect";
import { textPut } from "./escape";
import {
  blockPut,
  blockPutBytesMax,
  DOTS,
  labelFirst,
  labelName,
  labelNameLength,
  labelNext,
  labelValue,
  labelValueLength,
  namePut,
  quotedPut,
  VALUES,
} from "./name";
import { boundPut, valuePut } from "./number";
import { boundAt, DEFAULT_LABELS_MAX, keptLabels, prefixAt, prefixKept, prefixLength } from "./page";

const NEWLINE: u32 = 10;
const BLANK: u32 = 32;
const BACKSLASH: u32 = 92;
/** Rule O19. */
const EXEMPLAR_POINTS_MAX: u32 = 128;
const COMMA: u32 = 44;
const BRACE: u32 = 123;
const QUOTE: u32 = 34;
const LE: usize = memory.data<u64>([0x223d656c2c, 0, 0]); // ",le=" and a quote
const QUANTILE: usize = memory.data<u64>([0x6c69746e6175712c, 0x223d65, 0]); // ",quantile=" and a quote
/** `quote, brace, blank` behind the value of a last label. */
export const CLOSE: u32 = 0x207d22;

let format: u32 = 0;
let labels: usize = 0;
let labelled: bool = false;
let braced: bool = false;
/** The same for the series that was put last. */
let opened: bool = false;
let plain: bool = false;
let exemplars: bool = false;

/** The default labels of a family's samples, their length in front; 0 for none. The library's own win where both have a name. */
export function defaultsOf(family: usize): usize {
  const record = changetype<Family>(family);
  // Once: they may be replaced while we write, and all prefixes must be of one mind.
  const all: usize = load32(<usize>record.registry + offsetof<Registry>("labels"));
  const length: u32 = all == 0 ? 0 : load32(all);
  if ((record.flags & FAMILY_OWN) == 0 || length > DEFAULT_LABELS_MAX || !labelsMeet(all + 4, length, record.definition)) return all;
  const kept = keptLabels();
  let to = kept + 4;
  for (let more = labelFirst(all + 4, length); more; more = labelNext()) {
    if (familyPrints(record.definition, labelName(), labelNameLength())) continue;
    if (to != kept + 4) store<u8>(to++, COMMA);
    to = textPut(to, labelName(), labelNameLength());
    store<u16>(to, 0x223d); // = and a quote
    to = textPut(to + 2, labelValue(), labelValueLength());
    store<u8>(to++, QUOTE);
  }
  store<u32>(kept, <u32>(to - kept - 4));
  return to == kept + 4 ? 0 : kept;
}

/** Begins a family: the prefixes that are made from now on are its. */
export function prefixesBegun(family: usize, wanted: u32): void {
  const record = changetype<Family>(family);
  format = wanted;
  labels = defaultsOf(family);
  labelled = definitionOf(family).labelLength != 0;
  plain = labelsArePlain(family, format);
  exemplars = dialectOf(format) != TEXT && (record.flags & FAMILY_EXEMPLARS) != 0;
}

/** True where label blocks are copied as they are. */
export function blocksArePlain(): bool {
  return plain;
}

export function hasExemplars(): bool {
  return exemplars;
}

/**
 * Makes a prefix: name, suffix, brace, default labels, and a comma where labels of the series follow. `own` keeps the
 * suffix that belongs to the name: a counter's `_created` stands in its place.
 */
export function prefixMade(index: u32, family: usize, own: bool, suffix: usize, suffixLength: u32): void {
  const length: u32 = labels == 0 ? 0 : load32(labels);
  let to = prefixAt(index);
  let begun = isQuoted(family, format);
  braced = begun || length != 0 || labelled;
  opened = braced;
  if (begun) {
    store<u8>(to++, BRACE);
    // Its raw form stands behind where its quoted one ends.
    const raw = to + 2 * (changetype<Family>(family).keyLength + 16) + 16;
    to = quotedPut(to, raw, <u32>(fullNamePut(raw, family, format, own, suffix, suffixLength) - raw));
  } else {
    to = fullNamePut(to, family, format, own, suffix, suffixLength);
    if (braced) store<u8>(to++, BRACE);
  }
  if (length != 0) {
    if (begun) store<u8>(to++, COMMA);
    to = blockPut(to, labels + 4, length, escapingOf(format));
    begun = true;
  }
  if (labelled && begun) store<u8>(to++, COMMA);
  prefixKept(index, to);
}

/** The text of one bound or quantile: its length in the first byte, and `,` or `{` before it as the prefix needs. */
function boundMade(index: u32, label: usize, labelLength: u32, value: f64): void {
  const from = boundAt(index) + 1;
  let to = textPut(from, label, labelLength);
  if (!braced) store<u8>(from, BRACE);
  to = boundPut(to, value, dialectOf(format) != TEXT);
  store<u32>(to, CLOSE);
  store<u8>(boundAt(index), <u8>(to + 3 - from));
}

/** The bounds of a shape, 0 for the one without a bound alone; behind the prefix of buckets. */
export function boundsMade(shape: usize): void {
  const boundCount: u32 = shape == 0 ? 0 : changetype<Shape>(shape).boundCount;
  for (let i: u32 = 0; i < boundCount; i++) boundMade(i, LE, 5, load<f64>(shape + offsetof<Shape>() + (i << 3)));
  boundMade(boundCount, LE, 5, Infinity);
}

export function quantilesMade(definition: Definition): void {
  const from = changetype<usize>(definition) + offsetof<Definition>() + (definition.boundCount << 3);
  for (let i: u32 = 0; i < definition.quantileCount; i++) boundMade(i, QUANTILE, 11, load<f64>(from + (i << 3)));
}

/** Behind a bound's text, whose first byte is its length. */
export function boundTextPut(to: usize, index: u32): usize {
  const bound = boundAt(index);
  const end = textPut(to, bound + 1, load<u8>(bound));
  if (isOpened()) store<u8>(to, COMMA);
  return end;
}

/** The most bytes that the labels of a series take. */
export function labelsBytes(series: usize): u32 {
  const length = changetype<Series>(series).keyLength;
  return plain ? length : blockPutBytesMax(length);
}

function labelsPut(to: usize, series: usize): usize {
  const length = changetype<Series>(series).keyLength;
  return plain ? textPut(to, series + SERIES_KEY, length) : blockPut(to, series + SERIES_KEY, length, escapingOf(format));
}

/** A prefix and the labels of the series, without a closing brace. */
export function openPut(to: usize, index: u32, series: usize): usize {
  to = textPut(to, prefixAt(index), prefixLength(index));
  opened = braced;
  // What another process has of a family without labels may have those that all of its samples have.
  if (!labelled && changetype<Series>(series).keyLength != 0) {
    store<u8>(to++, braced ? COMMA : BRACE);
    opened = true;
  }
  return labelsPut(to, series);
}

/** True where the series that was put last has a brace that its prefix had not. */
export function isOpened(): bool {
  return opened != braced;
}

/** True where series have labels in front of which their prefix has a brace or a comma. */
export function hasLabels(): bool {
  return labelled;
}

/** What closes labels, and its bytes. */
export function closing(): u32 {
  return opened ? 0x207d : BLANK;
}

export function closingLength(): u32 {
  return opened ? 2 : 1;
}

/** A comma or the brace, before a label that is not the series'. */
export function labelBegun(to: usize): usize {
  store<u8>(to, opened ? COMMA : BRACE);
  return to + 1;
}

/** The family's own name as the name of a label. */
export function nameLabelPut(to: usize, family: usize): usize {
  const name = family + offsetof<Family>();
  const length = changetype<Family>(family).keyLength;
  return isQuoted(family, format) ? quotedPut(to, name, length) : namePut(to, name, length, escapingOf(format));
}

/** Prefix, labels of the series, the closing brace and a blank. */
export function headPut(to: usize, index: u32, series: usize): usize {
  to = openPut(to, index, series);
  store<u16>(to, closing());
  return to + closingLength();
}

/** The time of a constant sample: milliseconds in text, seconds in OpenMetrics (rules P7, O18). */
export function timePut(to: usize): usize {
  const seconds = readingTimestamp();
  if (!isTime(seconds)) return to;
  store<u8>(to++, BLANK);
  return dialectOf(format) == TEXT ? valuePut(to, floor(seconds * 1000 + 0.5)) : secondsPut(to, seconds);
}

/** A time that is one: of the epoch without its sign. */
export function secondsPut(to: usize, seconds: f64): usize {
  return valuePut(to, seconds == 0 ? 0 : seconds);
}

export function linePut(to: usize, index: u32, series: usize, value: f64): usize {
  return newlinePut(timePut(valuePut(headPut(to, index, series), value)));
}

export function newlinePut(to: usize): usize {
  store<u8>(to, NEWLINE);
  return to + 1;
}

/** Code points of an escaped text. */
function pointsOf(from: usize, length: u32): u32 {
  let points: u32 = 0;
  for (let i: u32 = 0; i < length; points++) {
    const byte = <u32>load<u8>(from + i);
    i += byte == BACKSLASH ? 2 : byte < 0xc0 ? 1 : clz<u32>(~(byte << 24));
  }
  return points;
}

/** True where escaped names, which are longer, make an exemplar longer than one may be (rule O19): it is left out then. */
function isTooLong(block: usize, length: u32): bool {
  if (dialectOf(format) != OPENMETRICS || (escapingOf(format) != DOTS && escapingOf(format) != VALUES)) return false;
  let points: u32 = 0;
  for (let more = labelFirst(block, length); more; more = labelNext())
    points += pointsOf(labelName(), labelNameLength()) + pointsOf(labelValue(), labelValueLength());
  return points > EXEMPLAR_POINTS_MAX;
}

/** ` # {labels} value seconds` (rules O19, Q6). */
export function exemplarPut(to: usize, series: usize, slot: u32): usize {
  const exemplar = exemplars ? exemplarAt(series, slot) : 0;
  if (exemplar == 0) return to;
  const record = changetype<Exemplar>(exemplar);
  const known = record.seconds != 0;
  if (!known && dialectOf(format) == OPENMETRICS2) return to;
  store<u32>(to, 0x7b202320);
  const from = to;
  to = blockPut(to + 4, exemplar + offsetof<Exemplar>(), record.length, escapingOf(format));
  if (isTooLong(from + 4, <u32>(to - from - 4))) return from;
  store<u16>(to, 0x207d);
  to = valuePut(to + 2, record.value);
  if (!known) return to;
  store<u8>(to, BLANK);
  return valuePut(to + 1, record.seconds);
}
