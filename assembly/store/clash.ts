// Which families' samples would have one name: rule O9. A counter "x" and a gauge "x_total" must not both be there, nor a
// gauge "x.y" and a gauge "x_y", which most scrapers get as one (rule E4).

import { load32 } from "../memory/atomics";
import { COUNTER, Family, FAMILY_UTF8_NAME, GAUGE_HISTOGRAM, HISTOGRAM, INFO, LIVE, NATIVE, PENDING, Registry, SUMMARY } from "../layout";
import { classicNamesMeet } from "./classic";
import { hashOf } from "./hash";
import { bytesEqual } from "./shape";
import { tableCount, tableGet } from "./table";
import { trieFind } from "./trie";
import { ownWriter } from "./writer";

// Suffixes that a sample name of some type adds to its family's name, as bytes of a little-endian word, and
// which types use them, a bit a type. Rule O9.
const SUFFIXES: usize = memory.data<u64>([
  0, // the bare name: every type
  0x6c61746f745f, // _total
  0x646574616572635f, // _created
  0x74656b6375625f, // _bucket
  0x6d75735f, // _sum
  0x746e756f635f, // _count
  0x746e756f63675f, // _gcount
  0x6d7573675f, // _gsum
  0x6f666e695f, // _info
]);
const SUFFIX_COUNT: u32 = 9;
const HISTOGRAMS: u32 = (1 << HISTOGRAM) | (1 << NATIVE);
const CUMULATIVE: u32 = HISTOGRAMS | (1 << SUMMARY);
const SUFFIX_TYPES: usize = memory.data<u32>([
  0b1111111110,
  1 << COUNTER,
  CUMULATIVE | (1 << COUNTER),
  HISTOGRAMS | (1 << GAUGE_HISTOGRAM),
  // Text 0.0.4 prints a gauge histogram as a histogram (rule P3).
  CUMULATIVE | (1 << GAUGE_HISTOGRAM),
  CUMULATIVE | (1 << GAUGE_HISTOGRAM),
  1 << GAUGE_HISTOGRAM,
  1 << GAUGE_HISTOGRAM,
  1 << INFO,
]);

function suffixLength(suffix: u32): u32 {
  return 8 - ((<u32>clz<u64>(load<u64>(SUFFIXES + (suffix << 3)))) >> 3);
}

function uses(type: u32, suffix: u32): bool {
  return ((load<u32>(SUFFIX_TYPES + (suffix << 2)) >> type) & 1) != 0;
}

function endsIn(name: usize, length: u32, suffix: u32): bool {
  const tail = suffixLength(suffix);
  if (length <= tail) return false;
  let word = load<u64>(SUFFIXES + (suffix << 3));
  for (let i: u32 = 0; i < tail; i++) {
    if (load<u8>(name + length - tail + i) != <u8>word) return false;
    word >>= 8;
  }
  return true;
}

/** A family that produces a sample name which this type would also produce under this name. */
export function clashing(registry: usize, own: usize, type: u32, name: usize, length: u32): usize {
  const sample: usize = ownWriter().scratch;
  const root = registry + offsetof<Registry>("root");
  for (let i: u32 = 0; i < SUFFIX_COUNT; i++) {
    if (!uses(type, i)) continue;
    memory.copy(sample, name, length);
    store<u64>(sample + length, load<u64>(SUFFIXES + (i << 3)));
    const sampleLength = length + suffixLength(i);
    for (let j: u32 = 0; j < SUFFIX_COUNT; j++) {
      if (!endsIn(sample, sampleLength, j)) continue;
      const base = sampleLength - suffixLength(j);
      const other = trieFind(root, hashOf(sample, base), sample, base, <u32>offsetof<Family>());
      if (other == 0 || other == own || !uses(changetype<Family>(other).type, j)) continue;
      const state = load32(other) & 3;
      if (state == LIVE || (state == PENDING && (own == 0 || other < own))) return other;
    }
  }
  return 0;
}

/** One that is in the table and in no trie yet may be another thread's of the very same name. */
function isNamesake(one: usize, other: usize): bool {
  const length = changetype<Family>(one).keyLength;
  return length == changetype<Family>(other).keyLength && bytesEqual(one + offsetof<Family>(), other + offsetof<Family>(), length);
}

/** True where a sample of one is named as the other, or both are named the same, once they are escaped. */
function meetEscaped(one: usize, other: usize): bool {
  const from = changetype<Family>(one);
  const to = changetype<Family>(other);
  for (let i: u32 = 0; i < SUFFIX_COUNT; i++) {
    if (!uses(from.type, i)) continue;
    const suffix = load<u64>(SUFFIXES + (i << 3));
    if (classicNamesMeet(one + offsetof<Family>(), from.keyLength, suffix, other + offsetof<Family>(), to.keyLength)) return true;
  }
  return false;
}

/** A family whose samples are told from this one's only by scrapers that know names beyond the classic data model; or 0. */
export function clashingEscaped(registry: usize, own: usize): usize {
  const table: usize = changetype<Registry>(registry).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const other = tableGet(table, i);
    if (other == 0 || other == own) continue;
    const flags = changetype<Family>(own).flags | changetype<Family>(other).flags;
    const state = load32(other) & 3;
    if ((flags & FAMILY_UTF8_NAME) == 0 || !(state == LIVE || (state == PENDING && other < own)) || isNamesake(own, other)) continue;
    if (meetEscaped(own, other) || meetEscaped(other, own)) return other;
  }
  return 0;
}
