// What differs between the formats: their numbers, names, metadata, escapes and the end.

import {
  COUNTER,
  Definition,
  Family,
  FAMILY_UTF8_LABELS,
  FAMILY_UTF8_NAME,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  STATESET,
  UNKNOWN,
} from "../layout";
import { helpPut, textPut } from "./escape";
import { ALLOW_UTF8, DOTS, namePut, namePutBytesMax, quotedPut, VALUES } from "./name";

/** Prometheus text 0.0.4, and 1.0.0, which differs in nothing but the names that it may be asked for. */
export const TEXT: u32 = 0;
/** OpenMetrics 1.0. */
export const OPENMETRICS: u32 = 1;
/** OpenMetrics 2.0, release candidate 0. */
export const OPENMETRICS2: u32 = 2;
/** Delimited messages of io.prometheus.client.MetricFamily. */
export const PROTOBUF: u32 = 3;

// A format: a dialect, how names are escaped, and whether OpenMetrics 1.0 prints creation times.
const DIALECT_MASK: u32 = 15;
const ESCAPING_SHIFT: u32 = 4;
const ESCAPING_MASK: u32 = 3;
export const FORMAT_CREATED: u32 = 256;
/** Prints what the library is doing, too. */
export const FORMAT_STATISTICS: u32 = 512;
/** Something follows: no end. */
export const FORMAT_OPEN: u32 = 1024;

export function dialectOf(format: u32): u32 {
  return format & DIALECT_MASK;
}

export function escapingOf(format: u32): u32 {
  return (format >> ESCAPING_SHIFT) & ESCAPING_MASK;
}

const HELP_MARK: usize = memory.data<u64>([0x20504c45482023, 0, 0]); // "# HELP "
const TYPE_MARK: usize = memory.data<u64>([0x20455059542023, 0, 0]); // "# TYPE "
const UNIT_MARK: usize = memory.data<u64>([0x2054494e552023, 0, 0]); // "# UNIT "
const EOF_MARK: usize = memory.data<u64>([0x0a464f452023, 0, 0]); // "# EOF\n"
export const TOTAL_SUFFIX: usize = memory.data<u64>([0x6c61746f745f, 0, 0]); // "_total"
export const INFO_SUFFIX: usize = memory.data<u64>([0x6f666e695f, 0, 0]); // "_info"

/** Names of types in OpenMetrics by their numbers, 16 bytes each. */
const TYPE_NAMES: usize = memory.data<u64>([
  0,
  0,
  0x7265746e756f63,
  0, // counter
  0x6567756167,
  0, // gauge
  0x6172676f74736968,
  0x6d, // histogram
  0x7972616d6d7573,
  0, // summary
  0x6172676f74736968,
  0x6d, // a native histogram is a histogram
  0x6f666e69,
  0, // info
  0x7465736574617473,
  0, // stateset
  0x6e776f6e6b6e75,
  0, // unknown
  0x7369686567756167,
  0x6d6172676f74, // gaugehistogram
  0x64657079746e75,
  0, // untyped
]);
const UNTYPED: u32 = 10;
const NEWLINE: u32 = 10;

/** Rule P3: what text 0.0.4 has no type for. */
function textType(type: u32): u32 {
  if (type == INFO || type == STATESET) return GAUGE;
  if (type == UNKNOWN) return UNTYPED;
  return type == GAUGE_HISTOGRAM ? HISTOGRAM : type;
}

function typeNamePut(at: usize, type: u32): usize {
  const from = TYPE_NAMES + (type << 4);
  const high = load<u64>(from, 8);
  const low = load<u64>(from);
  const length = high != 0 ? 16 - <u32>(clz<u64>(high) >> 3) : 8 - <u32>(clz<u64>(low) >> 3);
  return textPut(at, from, length);
}

export function definitionOf(family: usize): Definition {
  return changetype<Definition>(<usize>changetype<Family>(family).definition);
}

/** Where the texts of a definition begin: the unit, the help, the states, the label names, the name. */
function textsOf(family: usize): usize {
  const definition = definitionOf(family);
  return changetype<usize>(definition) + offsetof<Definition>() + ((definition.boundCount + definition.quantileCount) << 3);
}

export function unitText(family: usize): usize {
  return textsOf(family);
}

/**
 * The length of the unit, 0 where the name does not end in it (rules O5, B5): an escaping that doubles underscores writes a
 * counter's `x_seconds_total` as `x__seconds__total`, of which `x__seconds_` is left without the suffix.
 */
export function unitLengthIn(family: usize, format: u32): u32 {
  const escaping = escapingOf(format);
  const legal = (changetype<Family>(family).flags & FAMILY_UTF8_NAME) == 0;
  const doubled = escaping == DOTS || (escaping == VALUES && !legal);
  return doubled && changetype<Family>(family).type == COUNTER ? 0 : definitionOf(family).unitLength;
}

export function helpText(family: usize): usize {
  return textsOf(family) + definitionOf(family).unitLength;
}

/** The states of a state set, escaped, with newlines between them. */
export function statesText(family: usize): usize {
  return helpText(family) + definitionOf(family).helpLength;
}

export function stateCount(family: usize): u32 {
  const states = statesText(family);
  let count: u32 = 1;
  for (let i: u32 = 0; i < definitionOf(family).stateLength; i++) count += u32(load<u8>(states + i) == NEWLINE);
  return count;
}

/** The suffix that belongs to the family's own name: a counter's and an info's. Its length; the text is `ownSuffix`. */
export function ownSuffixLength(family: usize): u32 {
  const type = changetype<Family>(family).type;
  if (type == COUNTER) return 6;
  return type == INFO ? 5 : 0;
}

export function ownSuffix(family: usize): usize {
  return changetype<Family>(family).type == COUNTER ? TOTAL_SUFFIX : INFO_SUFFIX;
}

/** True where the name must be quoted in this format, for it is not one of the classic data model. */
export function isQuoted(family: usize, format: u32): bool {
  return (changetype<Family>(family).flags & FAMILY_UTF8_NAME) != 0 && escapingOf(format) == ALLOW_UTF8;
}

/** True where label blocks are printed as they are. */
export function labelsArePlain(family: usize, format: u32): bool {
  const escaping = escapingOf(format);
  if (escaping == ALLOW_UTF8) return true;
  // Of legal names, too, dots doubles the underscores (rule E2).
  return (changetype<Family>(family).flags & FAMILY_UTF8_LABELS) == 0 && escaping != DOTS;
}

/**
 * The family's name with a suffix, in the format's escaping and without quotes. The name's own suffix is escaped with it,
 * one of a sample is not (as Prometheus' encoders do). Without its own suffix it is what stands before that in the whole.
 */
export function fullNamePut(at: usize, family: usize, format: u32, own: bool, suffix: usize, suffixLength: u32): usize {
  const length = changetype<Family>(family).keyLength;
  const escaping = escapingOf(format);
  const name = family + offsetof<Family>();
  const legal = (changetype<Family>(family).flags & FAMILY_UTF8_NAME) == 0;
  if (escaping == ALLOW_UTF8 || (legal && escaping != DOTS)) {
    at = textPut(at, name, length);
    if (own) at = textPut(at, ownSuffix(family), ownSuffixLength(family));
  } else {
    // In one piece, for what is escaped depends on the whole: behind where it is going to stand.
    const whole = at + namePutBytesMax(length + 8);
    let to = textPut(whole, name, length);
    to = textPut(to, ownSuffix(family), ownSuffixLength(family));
    at = namePut(at, whole, <u32>(to - whole), escaping);
    if (!own) at -= ownSuffixLength(family);
  }
  return textPut(at, suffix, suffixLength);
}

/** The family's name as this dialect's metadata says it: OpenMetrics 1.0 without a counter's suffix (rules P4, O8, Q1). */
function metadataNamePut(at: usize, family: usize, format: u32): usize {
  const bare = dialectOf(format) == OPENMETRICS;
  if (!isQuoted(family, format)) return fullNamePut(at, family, format, !bare, 0, 0);
  const name = at + changetype<Family>(family).keyLength * 2 + 64;
  const end = fullNamePut(name, family, format, !bare, 0, 0);
  return quotedPut(at, name, <u32>(end - name));
}

function markPut(at: usize, mark: usize, family: usize, format: u32): usize {
  at = metadataNamePut(textPut(at, mark, 7), family, format);
  store<u8>(at, 32);
  return at + 1;
}

function newlinePut(at: usize): usize {
  store<u8>(at, 10);
  return at + 1;
}

function typePut(at: usize, family: usize, format: u32): usize {
  const type = changetype<Family>(family).type;
  at = markPut(at, TYPE_MARK, family, format);
  return newlinePut(typeNamePut(at, dialectOf(format) == TEXT ? textType(type) : type));
}

function helpLinePut(at: usize, family: usize, format: u32): usize {
  const length = definitionOf(family).helpLength;
  if (length == 0) return at;
  at = markPut(at, HELP_MARK, family, format);
  return newlinePut(helpPut(at, helpText(family), length, dialectOf(format) != TEXT));
}

/** The most bytes that the metadata of a family takes, with what is written behind it on the way. */
export function metadataBytes(family: usize): u32 {
  const definition = definitionOf(family);
  return (
    3 * namePutBytesMax(definition.nameLength + 16) + 8 * definition.nameLength + definition.unitLength + 2 * definition.helpLength + 128
  );
}

/** HELP and TYPE in text; TYPE, UNIT, HELP in OpenMetrics (rule O3). */
export function metadataPut(at: usize, family: usize, format: u32): usize {
  if (dialectOf(format) == TEXT) return typePut(helpLinePut(at, family, format), family, format);
  at = typePut(at, family, format);
  const unit = unitLengthIn(family, format);
  if (unit != 0) at = newlinePut(textPut(markPut(at, UNIT_MARK, family, format), unitText(family), unit));
  return helpLinePut(at, family, format);
}

/** What stands behind the last family. */
export function endPut(at: usize, format: u32): usize {
  const dialect = dialectOf(format);
  if ((format & FORMAT_OPEN) != 0) return at;
  return dialect == OPENMETRICS || dialect == OPENMETRICS2 ? textPut(at, EOF_MARK, 6) : at;
}
