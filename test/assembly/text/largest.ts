// The series that take most, one of each type: the longest names and numbers, labels full of what is escaped, as many
// states, bounds, quantiles and buckets as there may be, and an exemplar of four bytes a code point wherever one fits.

import { become, claim, format } from "../formatted";
import { constant, count, defaults, exemplar, observe, seriesAt, set, Wanted } from "../wanted";
import {
  BASE_QUANTILES,
  BASE_SET,
  BOUNDS_MAX,
  COUNTER,
  FAMILY_CLASSIC,
  FAMILY_EXEMPLARS,
  FAMILY_UTF8_LABELS,
  FAMILY_UTF8_NAME,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  LABELS_BYTES_MAX,
  MODE_ALL,
  NATIVE,
  SERIES_TEXT_MAX,
  STATESET,
  SUMMARY,
  UNKNOWN,
} from "../../../assembly/layout";
import { clockSet } from "../../../assembly/store/writer";

/** The longest texts that a double has: a value's and a bound's. */
export const LONGEST: f64 = -2.2250738585072014e-308;
/** In seconds since the epoch; its text is as long. */
export const LATE: f64 = -1.2345678901234567e-300;
const NAME_MAX: i32 = 1024;
const DEFAULTS_MAX: i32 = 4096;
/** As bindings allow them. */
const STATES_MAX: i32 = 52;
const QUANTILES_MAX: i32 = 64;

/** Names of 1,024 bytes: what an escaping makes most of, what it makes least of, one that is legal, one to be quoted. */
export const NAMES: string[] = [
  ".".repeat(NAME_MAX),
  "😀".repeat(NAME_MAX >> 2),
  "_".repeat(NAME_MAX),
  '"'.repeat(NAME_MAX),
  "\x01".repeat(NAME_MAX),
  // Where room for a long name would hide what is missing elsewhere.
  "b",
];

/** A label block of at most so many bytes, of one label, or of many short ones. */
export function block(bytes: i32, many: bool): string {
  if (!many) return '"' + ".".repeat(bytes >> 2) + '"="' + '\\"'.repeat((bytes - (bytes >> 2) - 6) >> 1) + '"';
  const all: string[] = [];
  // Of 15 bytes, with the comma.
  for (let i = 10000; (i - 9999) * 15 + 4 < bytes; i++) all.push('".' + i.toString() + '"="\\n"');
  all.push('z=""');
  return all.join(",");
}

function flags(name: string): u32 {
  const first = name.charCodeAt(0);
  return FAMILY_UTF8_LABELS | (first == 95 || first == 98 ? 0 : FAMILY_UTF8_NAME);
}

function bounds(count: i32): f64[] {
  const all: f64[] = [];
  // -2.2250738585072014e-308 and what follows it: 23 digits and signs each.
  for (let i = 0; i < count; i++) all.push(reinterpret<f64>(reinterpret<u64>(LONGEST) - i));
  return all;
}

/** 128 code points of 4 bytes, each. */
const EXEMPLAR: string = '"😀"="' + "😀".repeat(127) + '"';

function exemplars(family: i32, values: f64[], labels: string): void {
  for (let i = 0; i < values.length; i++) exemplar(family, values[i], LATE, EXEMPLAR, labels);
}

/** A definition with the flags of its name. */
function wanted(type: u32, name: string, mode: u32 = 0): Wanted {
  const made = new Wanted(type, name, mode);
  made.flags = flags(name);
  made.labels = "z";
  return made;
}

function counter(name: string, labels: string): i32 {
  const made = wanted(COUNTER, name);
  made.flags |= FAMILY_EXEMPLARS;
  const family = made.family();
  count(family, 1.7976931348623157e308, labels);
  exemplars(family, [LONGEST], labels);
  return family;
}

function gauge(name: string, labels: string): i32 {
  const family = wanted(GAUGE, name).family();
  set(family, LONGEST, labels);
  return family;
}

/** One that this writer and two others have parts of. */
function parts(name: string, labels: string): i32 {
  const family = wanted(GAUGE, name, MODE_ALL).family();
  const first = claim();
  set(family, LONGEST, labels);
  for (let i = 0; i < 2; i++) {
    claim();
    set(family, LONGEST, labels);
  }
  become(first);
  return family;
}

function unknown(name: string, labels: string): i32 {
  const family = wanted(UNKNOWN, name).family();
  constant(family, LONGEST, [], LATE, labels);
  return family;
}

function info(name: string, labels: string): i32 {
  const family = wanted(INFO, name).family();
  constant(family, 1, [], LATE, labels);
  return family;
}

/** As many states as there may be, of 100 bytes each, all of which are escaped. */
function states(name: string, labels: string): i32 {
  const made = wanted(STATESET, name);
  const all: string[] = [];
  for (let i = 0; i < STATES_MAX; i++) all.push('\\"'.repeat(50));
  made.states = all.join("\n");
  const family = made.family();
  set(family, <f64>((<u64>1) << 52) - 1, labels);
  return family;
}

/** Few and short ones, whose lines are long by the name alone. */
function fewStates(name: string, labels: string): i32 {
  const made = wanted(STATESET, name);
  made.states = "a\nb";
  const family = made.family();
  set(family, 1, labels);
  return family;
}

function summary(name: string, labels: string): i32 {
  const made = wanted(SUMMARY, name);
  const words: u64[] = [u64.MAX_VALUE];
  for (let i = 0; i < QUANTILES_MAX; i++) {
    made.quantiles.push(reinterpret<f64>(0x3fefffffffffffff - i));
    words.push(reinterpret<u64>(LONGEST));
  }
  const family = made.family();
  constant(family, 2.2250738585072014e-308, words, LATE, labels, BASE_SET | BASE_QUANTILES);
  return family;
}

/** As many bounds as there may be. The first bucket's count has all digits there are. */
function histogram(name: string, labels: string): i32 {
  const made = wanted(HISTOGRAM, name);
  made.flags |= FAMILY_EXEMPLARS;
  // Positive, for a sum and a count.
  for (let i = 0; i < <i32>BOUNDS_MAX; i++) made.bounds.push(reinterpret<f64>(reinterpret<u64>(-LONGEST) + i));
  const family = made.family();
  observe(family, 1e-320, labels);
  exemplars(family, made.bounds, labels);
  exemplars(family, [1], labels);
  const words: u64[] = [u64.MAX_VALUE];
  for (let i = 0; i < <i32>BOUNDS_MAX; i++) words.push(0);
  constant(family, -LONGEST, words, LATE, labels);
  return family;
}

function gaugeHistogram(name: string, labels: string): i32 {
  const made = wanted(GAUGE_HISTOGRAM, name);
  made.bounds = bounds(BOUNDS_MAX);
  const family = made.family();
  const words: u64[] = [u64.MAX_VALUE];
  for (let i = 0; i < <i32>BOUNDS_MAX; i++) words.push(0);
  constant(family, LONGEST, words, LATE, labels);
  return family;
}

/** The words of classic buckets and a Sparse behind them: so many buckets a side, none beside another. */
export function sparseWords(boundCount: i32, schema: i32, positive: i32, negative: i32, counts: u64, gap: i32): u64[] {
  const words: u64[] = [];
  for (let i = 0; i <= boundCount; i++) words.push(i == 0 ? u64.MAX_VALUE : 0);
  const entries = positive + negative;
  words.push((<u64>(<u32>schema)) | ((<u64>positive) << 32));
  words.push((<u64>negative) | ((<u64>entries) << 32));
  words.push(u64.MAX_VALUE >> 1);
  // Up and down by most of 64 bits: deltas of ten bytes.
  for (let i = 0; i < entries; i++) words.push((i & 1) == 0 ? counts : 1);
  for (let i = 0; i < entries; i += 2) {
    const one = (i < positive ? i - (positive >> 1) : i - positive - (negative >> 1)) * gap;
    const next = i + 1;
    const other = (next < positive ? next - (positive >> 1) : next - positive - (negative >> 1)) * gap;
    words.push((<u64>(<u32>one)) | ((<u64>(<u32>other)) << 32));
  }
  return words;
}

/** At its limit of buckets, whatever that is, with classic ones beside. */
export function native(name: string, labels: string, bucketsMax: u32, schema: i32): i32 {
  const made = wanted(NATIVE, name);
  made.flags |= FAMILY_EXEMPLARS | FAMILY_CLASSIC;
  made.bounds = bounds(BOUNDS_MAX);
  made.schema = schema;
  made.bucketsMax = bucketsMax;
  made.zeroThreshold = 2.2250738585072014e-308;
  const family = made.family();
  observe(family, 1, labels);
  exemplars(family, made.bounds, labels);
  for (let i = 0; i < 16; i++) exemplars(family, [2.0 ** (<f64>i / 4)], labels);
  const most = schema == -4 ? 132 : (<i32>bucketsMax) >> 1;
  const gap = schema == -4 ? 1 : 97;
  constant(family, LONGEST, sparseWords(BOUNDS_MAX, schema, most, most, u64.MAX_VALUE >> 1, gap), LATE, labels);
  return family;
}

/** At its limit of buckets, without classic ones and exemplars, whose room would hide what is missing. */
export function lean(name: string, labels: string, bucketsMax: u32 = 160): i32 {
  const made = wanted(NATIVE, name);
  made.schema = 8;
  made.bucketsMax = bucketsMax;
  const family = made.family();
  const most = (<i32>bucketsMax) >> 1;
  constant(family, LONGEST, sparseWords(-1, 8, most, most, u64.MAX_VALUE >> 1, 1000), LATE, labels);
  return family;
}

// Made once: the memory of tests is never given back.
const LABELS: string[] = [block(LABELS_BYTES_MAX, false), block(LABELS_BYTES_MAX, true), ""];
const LABELS_SHAPED: string[] = [block(SERIES_TEXT_MAX / (BOUNDS_MAX + 3), false), block(SERIES_TEXT_MAX / (BOUNDS_MAX + 3), true), ""];
const DEFAULTS: string = 'a="' + "\\n".repeat((DEFAULTS_MAX - 8) >> 1) + '"';

export const KINDS: i32 = 12;
/** Labels: one, many, none and no default labels either. */
export const LABELLINGS: i32 = 3;

/** The series of one kind in a memory of its own: with the name, with labels that bring it to the limits. */
export function largest(kind: i32, name: string, labelling: i32): usize {
  format();
  clockSet(LATE);
  if (labelling != 2) defaults(DEFAULTS);
  const labels = (kind >= 9 ? LABELS_SHAPED : LABELS)[labelling];
  let family = 0;
  if (kind == 0) family = counter(name, labels);
  else if (kind == 1) family = gauge(name, labels);
  else if (kind == 2) family = parts(name, labels);
  else if (kind == 3) family = unknown(name, labels);
  else if (kind == 4) family = info(name, labels);
  else if (kind == 5) family = states(name, labels);
  else if (kind == 6) family = summary(name, labels);
  else if (kind == 7) family = fewStates(name, labels);
  else if (kind == 8) family = lean(name, labels);
  else if (kind == 9) family = histogram(name, labels);
  else if (kind == 10) family = gaugeHistogram(name, labels);
  else family = native(name, labels, 160, 8);
  if (family < 0) abort("No family: " + family.toString());
  return seriesAt(family, labels);
}
