// Default labels of a registry, and the labels of its families: no sample may have one name twice.
//
// Both are published by any thread, so looking first and publishing afterwards would let both through. The word
// {labels, version} of the registry orders them:
//
//   family  in the trie, PENDING; then reads the word, looks at the labels, and swaps the word for one with the
//           next version; then it becomes LIVE. Where the swap fails it looks again.
//   labels  read the word; then look at all families; then swap the word for the new block and the next version.
//           A family that meets them and is LIVE refuses them, one that is PENDING is taken back: its maker makes
//           it anew and meets the labels. Where the swap fails all of that is done again.
//
// So of a family and labels that meet, whoever swaps second sees the first: the one that the other does not
// suit is refused, never both let in, and a scrape sees neither before that. Nobody waits for anybody; a family
// that a death left PENDING stands in nobody's way.
//
// The library's own families suit any labels: a default label whose name they have themselves is not printed with them.

import { exchangeIf64, load32, load64 } from "../memory/atomics";
import { Definition, GAUGE_HISTOGRAM, HISTOGRAM, KIND_PLAIN, MODE_ALL, MODE_LIVE, NATIVE, Registry, STATESET, SUMMARY } from "../layout";
import { classicLabelIs, classicNamesMeet } from "./classic";
import { retire } from "./limbo";

const WORD: usize = offsetof<Registry>("labels");
if (offsetof<Registry>("version") != WORD + 4) ERROR("labels and version must be one word");
const NEWLINE: u32 = 10;
const EQUALS: u32 = 61;
const QUOTE: u32 = 34;
const BACKSLASH: u32 = 92;
const LE: usize = memory.data<u8>([108, 101]); // "le"
const QUANTILE: usize = memory.data<u8>([113, 117, 97, 110, 116, 105, 108, 101]); // "quantile"
const WRITER: usize = memory.data<u8>([119, 114, 105, 116, 101, 114]); // "writer"

/** True where a name is in a list that is joined by newlines, as scrapers of the classic data model get it. */
function listed(name: usize, length: u32, list: usize, listLength: u32): bool {
  let from: u32 = 0;
  for (let at: u32 = 0; at <= listLength; at++) {
    if (at != listLength && load<u8>(list + at) != NEWLINE) continue;
    if (classicLabelIs(name, length, list + from, at - from)) return true;
    from = at + 1;
  }
  return false;
}

/** Behind a quoted text that begins at `at`. */
function quotedEnd(block: usize, at: u32): u32 {
  at++;
  while (load<u8>(block + at) != QUOTE) at += load<u8>(block + at) == BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Behind the name of a label that begins at `at`; one that is not legal is quoted. */
function nameEnd(block: usize, at: u32): u32 {
  if (load<u8>(block + at) == QUOTE) return quotedEnd(block, at);
  while (load<u8>(block + at) != EQUALS) at++;
  return at;
}

/** True where a type prints a label of its own of that name. */
function typePrints(record: Definition, name: usize, size: u32): bool {
  const type = record.type;
  if ((type == HISTOGRAM || type == NATIVE || type == GAUGE_HISTOGRAM) && listed(name, size, LE, 2)) return true;
  if (type == SUMMARY && listed(name, size, QUANTILE, 8)) return true;
  if (type == STATESET) {
    const own = changetype<usize>(record) + record.length - record.nameLength;
    if (classicNamesMeet(own, record.nameLength, 0, name, size)) return true;
  }
  return (record.mode & ~MODE_LIVE) == MODE_ALL && listed(name, size, WRITER, 6);
}

/** True where a family of this definition prints a label of that name, its own or one of its type. */
export function familyPrints(definition: usize, name: usize, size: u32): bool {
  const record = changetype<Definition>(definition);
  const list = definition + record.length - record.nameLength - record.labelLength;
  return (record.labelLength != 0 && listed(name, size, list, record.labelLength)) || typePrints(record, name, size);
}

/** True where a rendered block has a label that a family of this definition prints too. */
export function labelsMeet(block: usize, length: u32, definition: usize): bool {
  let at: u32 = 0;
  while (at < length) {
    const end = nameEnd(block, at);
    if (familyPrints(definition, block + at, end - at)) return true;
    // Over the equals sign, the value and a comma.
    at = quotedEnd(block, end + 1) + 1;
  }
  return false;
}

/** The default labels of a registry and how often they or its families changed, in one word. */
export function labelsWord(registry: usize): u64 {
  return load64(registry + WORD);
}

/** The word with other labels, and one version on; false where it is no longer that word. */
export function labelsSwap(registry: usize, word: u64, block: usize): bool {
  const next = (((word >> 32) + 1) << 32) | (<u64>block);
  if (exchangeIf64(registry + WORD, word, next) != word) return false;
  const old: usize = <u32>word;
  if (old != 0 && old != block) retire(old, 4 + load32(old), KIND_PLAIN);
  return true;
}

/** True where a definition has a label that these default labels have, too. */
export function familyMeetsDefaults(word: u64, definition: usize): bool {
  const labels: usize = <u32>word;
  return labels != 0 && labelsMeet(labels + 4, load32(labels), definition);
}

/**
 * False where a family in the trie, still PENDING, would print a default label of its registry twice. Else no
 * such label will be let in from now on, once the family is LIVE.
 */
export function familySuits(registry: usize, definition: usize): bool {
  while (true) {
    const word = labelsWord(registry);
    if (familyMeetsDefaults(word, definition)) return false;
    if (labelsSwap(registry, word, <u32>word)) return true;
  }
}
