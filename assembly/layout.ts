// Every record of the shared memory, drawn once. In each: the drawing, the class, the proof of its size.
// A size that changes breaks the build and asks for a new LAYOUT_VERSION: two builds that disagree about a
// byte must never share a memory.
//
// How a field is read, in the drawings:  own = plain, by its owner only;  plain = by anyone, without order;
// atomic = sequentially consistent;  once = written before the record is published, never again.

export * from "./cells";
import { Cell } from "./cells";

/** Raised with every change to a record in this file and in cells.ts. */
export const LAYOUT_VERSION: u32 = 16;
/** "tallystk", little-endian. */
export const MAGIC: u64 = 0x6b7473796c6c6174;
/** The header is at the same address in every version, so that any build can read any memory's version. */
export const HEADER: usize = 64;

// Limits. Each is a decision, not a measurement, unless it says so.

/** Slots of writers that may exist at once; 12 bits of a cell's `writer` word. */
export const WRITERS_MAX: u32 = 4095;
/** Bytes of one rendered label block. Past it a series would need scrape buffers of megabytes. */
export const LABELS_BYTES_MAX: u32 = 16384;
/** Bytes of all lines of one series, without name and default labels: a scrape writes a series as a whole. */
export const SERIES_TEXT_MAX: u32 = 1048576;
/** Bounds of one histogram: 514 lines a series. */
export const BOUNDS_MAX: u32 = 512;
/** Segments of a table: 8 << 0 to 8 << 23, 134 million positions. */
export const TABLE_SEGMENTS: u32 = 24;
/** Free lists by size: 64 steps of 16 bytes, then powers of two up to 1 GiB. */
export const SIZE_CLASSES: u32 = 85;
/** Cells by size: 48 steps of 8 bytes, then 512 to 65,536 bytes. */
export const CELL_CLASSES: u32 = 56;
/** What one slice of an exposition aims at; 128 KiB is about 0.1 ms of a core. */
export const SLICE_BYTES: u32 = 131072;

// Kinds of blocks that are only ever recycled as the same kind, so that a reader with an old address still
// reads a record of that kind, sees another generation, and turns away.
export const KIND_PLAIN: u32 = 0;
export const KIND_SERIES: u32 = 1;
export const KIND_FAMILY: u32 = 2;
export const KIND_SHARED_CELL: u32 = 3;
export const KINDS: u32 = 4;

/*
 * Header, at HEADER, one a memory
 *   0 magic         u64  format, before state                       once
 *   8 layoutVersion u32  format, before state                       once
 *  12 state         u32  format, last: 0 raw, 1 ready               atomic
 *  16 next          u32  arena: first byte never handed out, by CAS atomic
 *  20 softLimit     u32  format: series and cells end here          once
 *  24 hardLimit     u32  format: scrape buffers, slots and the
 *                        library's own metrics may go this far      once
 *  28 epoch         u32  +1 whenever structure is unlinked          atomic
 *  32 order         u64  of the last set of a `mostrecent` gauge or an info: order.ts   atomic
 *  40 key0 key1     u64  format: SipHash key                        once
 *  56 writers       u32  Table of Writer                            once
 *  60 registries    u32  Table of Registry                          once
 *  64 repaired      u32  snapshots rolled back or completed         atomic
 *  68 unexplained   u32  snapshots printed as they were read        atomic
 *  72 walks         u32  +1 when an exposition begins               atomic
 *  76 identities    u32  +1 for every instance that claims          atomic
 *  80 sharedTokens  u32  +1 for every shared cell attached          atomic
 *  84 scrapeWanted  u32  +65,536 when a scrape asks the collectors, and
 *                        +1 when an image of the process does       atomic
 *  88 failAfter     u32  tests: allocations until one fails; 0 off  atomic
 *  92 shapes        u32  list of Shape, never given back            atomic
 *  96 seconds       u32  that have passed, by no clock too many:
 *                        whoever sets its clock, never less         atomic
 * 100 ticks         u32  hundredths of a second of the wall clock, modulo
 *                        2^32: whoever sets its clock; may step back  atomic
 * 104 limbo         u64  Waiting, of Limbo: {tag, address},         atomic
 * 112 limboOther    u64    its second stack,                        atomic
 * 120 limboTurn     u32    its turn                                 atomic
 * 124 limboRest     u32
 * 128 ended         u64  Waiting, of detached shared cells          atomic
 * 136 endedOther    u64                                             atomic
 * 144 endedTurn     u32                                             atomic
 * 148 endedRest     u32
 * 152 series        u64  Waiting, of removed series               atomic
 * 160 seriesOther   u64                                             atomic
 * 168 seriesTurn    u32                                             atomic
 * 172 seriesRest    u32
 * 176 cells         u64  Waiting, of cells given back              atomic
 * 184 cellsOther    u64                                             atomic
 * 192 cellsTurn     u32                                             atomic
 * 196 cellsRest     u32
 * 200 freeBytes     u32  in the free lists                          atomic
 * 204 sources       u32  list of Source, never given back           atomic
 * 208 recorders     u32  list of Recorder, never given back         atomic
 * 212 importedEnds  u32  +1 before an imported cell is detached        atomic
 * 216 free heads    u64 × KINDS × SIZE_CLASSES {tag, address}       atomic
 */
@unmanaged
export class Header {
  magic: u64;
  layoutVersion: u32;
  state: u32;
  next: u32;
  softLimit: u32;
  hardLimit: u32;
  epoch: u32;
  order: u64;
  key0: u64;
  key1: u64;
  writers: u32;
  registries: u32;
  repaired: u32;
  unexplained: u32;
  walks: u32;
  identities: u32;
  sharedTokens: u32;
  scrapeWanted: u32;
  failAfter: u32;
  shapes: u32;
  seconds: u32;
  ticks: u32;
  limbo: u64;
  limboOther: u64;
  limboTurn: u32;
  limboRest: u32;
  ended: u64;
  endedOther: u64;
  endedTurn: u32;
  endedRest: u32;
  series: u64;
  seriesOther: u64;
  seriesTurn: u32;
  seriesRest: u32;
  cells: u64;
  cellsOther: u64;
  cellsTurn: u32;
  cellsRest: u32;
  freeBytes: u32;
  sources: u32;
  recorders: u32;
  importedEnds: u32;
}
if (offsetof<Header>() != 216) ERROR("Header must be 216 bytes, or raise LAYOUT_VERSION");
/** The free heads follow the header. */
export const FREE_HEADS: usize = HEADER + 216;
if (HEADER + 216 + KINDS * SIZE_CLASSES * 8 > 4096) ERROR("The header must end below the static data at 4096");

/*
 * Waiting: blocks that somebody may still use, in two stacks, linked by the word at WAITING_NEXT of each. Its
 * essay is in memory/waiting.ts.
 *   0 one      u64  stack {tag, address}                            atomic
 *   8 other    u64  stack {tag, address}                            atomic
 *  16 turn     u32  low bit: which one is emptied, the other fills; +1 when it is empty   atomic
 *  20 reserved u32
 */
@unmanaged
export class Waiting {
  one: u64;
  other: u64;
  turn: u32;
  reserved: u32;
}
if (offsetof<Waiting>() != 24) ERROR("Waiting must be 24 bytes, or raise LAYOUT_VERSION");
if (offsetof<Header>("limboTurn") - offsetof<Header>("limbo") != offsetof<Waiting>("turn")) ERROR("Header holds a Waiting");
if (offsetof<Header>("endedTurn") - offsetof<Header>("ended") != offsetof<Waiting>("turn")) ERROR("Header holds a Waiting");
if (offsetof<Header>("cellsTurn") - offsetof<Header>("cells") != offsetof<Waiting>("turn")) ERROR("Header holds a Waiting");
if (offsetof<Header>("seriesTurn") - offsetof<Header>("series") != offsetof<Waiting>("turn")) ERROR("Header holds a Waiting");
/** Where a block that waits links to the next. */
export const WAITING_NEXT: usize = 4;

/*
 * Table: positions that stay, in segments that only grow. Segment k has 8 << k entries of u32: 0 empty,
 * even the address of a record, odd (next free position + 1) << 1 | 1.
 *   0 count     u32  +1 for every position ever taken               atomic
 *   4 reserved  u32
 *   8 free      u64  {tag, position + 1} of the last one freed      atomic
 *  16 segments  u32 × TABLE_SEGMENTS, by CAS                        atomic
 */
@unmanaged
export class Table {
  count: u32;
  reserved: u32;
  free: u64;
}
if (offsetof<Table>() != 16) ERROR("Table must be 16 bytes, or raise LAYOUT_VERSION");
export const TABLE_BYTES: u32 = 16 + TABLE_SEGMENTS * 4;

/*
 * Keyed: how a record that a trie finds begins. `state` is generation << 2 | FREE, PENDING, LIVE, REMOVED;
 * the generation grows at every reuse. The key's bytes follow the whole record.
 *   0 state     u32  creator: PENDING, LIVE; remover: REMOVED, FREE atomic
 *   4 link      u32  arena, while free                              atomic
 *   8 hash      u32  creator                                        once
 *  12 keyLength u32  creator                                        once
 */
@unmanaged
export class Keyed {
  state: u32;
  link: u32;
  hash: u32;
  keyLength: u32;
}
if (offsetof<Keyed>() != 16) ERROR("Keyed must be 16 bytes, or raise LAYOUT_VERSION");
export const FREE: u32 = 0;
export const PENDING: u32 = 1;
export const LIVE: u32 = 2;
export const REMOVED: u32 = 3;

/*
 * Registry (Keyed, without a key)
 *  16 root      u64  trie of families by name                       atomic
 *  24 table     u32  Table of Family                                once
 *  28 position  u32  in the header's table                          once
 *  32 labels    u32  block of default labels {length u32, bytes}, 0 none   atomic, with version
 *  36 version   u32  +1 when they are set and before a new family is LIVE  atomic, with labels
 *  40 owner     u32  identity of the instance that made it for itself alone; 0 once others may know it   atomic
 *  44 names     u32  +1 when whoever takes pushes is to know it by another name; by CAS   atomic
 *  48 instance  u64  what other processes know it by, random; by CAS, 0 while none was told   atomic
 *  56 moments   u64  +1 for every image that begins: image/moments.ts   atomic
 */
@unmanaged
export class Registry extends Keyed {
  root: u64;
  table: u32;
  position: u32;
  labels: u32;
  version: u32;
  owner: u32;
  names: u32;
  instance: u64;
  moments: u64;
}
if (offsetof<Registry>() != 64) ERROR("Registry must be 64 bytes, or raise LAYOUT_VERSION");

/*
 * Family (Keyed; the key is the name in UTF-8, without a counter's `_total`)
 *  16 root          u64  trie of series by label block                atomic
 *  24 table         u32  Table of Series                              once
 *  28 position      u32  in the registry's table                      once
 *  32 registry      u32  creator                                      once
 *  36 type          u32  creator: COUNTER to GAUGE_HISTOGRAM          once
 *  40 mode          u32  creator: of a gauge                          once
 *  44 flags         u32  creator: FAMILY_OWN and the following        once, but FAMILY_IMPORTED
 *  48 definition    u32  Definition, also tells definitions apart     once
 *  52 shape         u32  Shape of classic buckets, 0 none             once
 *  56 birth         u32  creator, after the trie has it: header.walks atomic
 *  60 seriesCount   u32  live series; SEALED where a constant ends: setter.ts   atomic
 *  64 maxSeries     u32  creator: so many series at most, 0 no limit  once
 *  68 expireSeconds u32  creator: idle series end after so long, 0 never   once
 *  72 hand          u32  the position that is looked at next for an idle series   atomic
 *  76 cellCount     u32  cells of its series, of all writers               atomic
 */
@unmanaged
export class Family extends Keyed {
  root: u64;
  table: u32;
  position: u32;
  registry: u32;
  type: u32;
  mode: u32;
  flags: u32;
  definition: u32;
  shape: u32;
  birth: u32;
  seriesCount: u32;
  maxSeries: u32;
  expireSeconds: u32;
  hand: u32;
  cellCount: u32;
}
if (offsetof<Family>() != 80) ERROR("Family must be 80 bytes, or raise LAYOUT_VERSION");

// Types of families, and of the cells that the first five have. Info, state sets and unknowns have gauges' cells;
// a gauge histogram has none: it is set as a whole, in its series' base.
export const COUNTER: u32 = 1;
export const GAUGE: u32 = 2;
export const HISTOGRAM: u32 = 3;
export const SUMMARY: u32 = 4;
export const NATIVE: u32 = 5;
export const INFO: u32 = 6;
export const STATESET: u32 = 7;
export const UNKNOWN: u32 = 8;
export const GAUGE_HISTOGRAM: u32 = 9;

export const MODE_SHARED: u32 = 0;
export const MODE_SUM: u32 = 1;
export const MODE_MIN: u32 = 2;
export const MODE_MAX: u32 = 3;
export const MODE_MOSTRECENT: u32 = 4;
export const MODE_ALL: u32 = 5;
/** A bit beside these five: only the parts of writers that live. `livesum` is MODE_LIVE | MODE_SUM. */
export const MODE_LIVE: u32 = 8;

/** The library's own family: its series may use what lies between the soft and the hard limit. */
export const FAMILY_OWN: u32 = 1;
/** A gauge whose value is a time in seconds since the epoch and that prints how long ago that is. */
export const FAMILY_AGE: u32 = 2;
// The rest is the definition's: its `flags` are these bits.
/** Its samples may have exemplars: series have a More. */
export const FAMILY_EXEMPLARS: u32 = 4;
/** A native histogram that counts into classic buckets, too. */
export const FAMILY_CLASSIC: u32 = 8;
/** The name is not one of the classic data model. */
export const FAMILY_UTF8_NAME: u32 = 16;
/** One of the label names is not. */
export const FAMILY_UTF8_LABELS: u32 = 32;
/** Idle series end: they have a More. Set by the core where the definition says after how long. */
export const FAMILY_EXPIRES: u32 = 64;
/** Its series are set as a whole, by a collector. */
export const FAMILY_CONSTANT: u32 = 128;
/** Of the library's own: what it is doing. Printed only where somebody asks for it. */
export const FAMILY_STATISTICS: u32 = 256;
/** An image brought it, and nobody here has registered it yet: it makes way for whoever does. */
export const FAMILY_IMPORTED: u32 = 512;
// 1024 is the bindings': a counter that is named without `_total` somewhere. The core keeps it.

/*
 * Definition: what the binding serialised; equal bytes, equal definitions
 *   0 length        u32  of all of it
 *   4 type          u32
 *   8 mode          u32
 *  12 boundCount    u32
 *  16 unitLength    u32
 *  20 helpLength    u32
 *  24 labelLength   u32  the label names as blocks have them, joined by newlines
 *  28 nameLength    u32
 *  32 flags         u32  FAMILY_EXEMPLARS and those behind it
 *  36 maxSeries     u32
 *  40 expireSeconds u32
 *  44 stateLength   u32  the states of a state set, escaped as label values are, joined by newlines
 *  48 schema        i32  of a native histogram, the finest
 *  52 bucketsMax    u32  of a native histogram
 *  56 zeroThreshold f64  of a native histogram
 *  64 accuracy      f64  of a summary: relative error of its quantiles
 *  72 maxAgeSeconds f64  of a summary: how long values count for its quantiles
 *  80 ageBuckets    u32  of a summary: in how many windows
 *  84 quantileCount u32
 *  88 bounds        f64 × boundCount, quantiles f64 × quantileCount, then unit, help, states, label names, name (UTF-8)
 */
@unmanaged
export class Definition {
  length: u32;
  type: u32;
  mode: u32;
  boundCount: u32;
  unitLength: u32;
  helpLength: u32;
  labelLength: u32;
  nameLength: u32;
  flags: u32;
  maxSeries: u32;
  expireSeconds: u32;
  stateLength: u32;
  schema: i32;
  bucketsMax: u32;
  zeroThreshold: f64;
  accuracy: f64;
  maxAgeSeconds: f64;
  ageBuckets: u32;
  quantileCount: u32;
}
if (offsetof<Definition>() != 88) ERROR("Definition must be 88 bytes, or raise LAYOUT_VERSION");

/*
 * Shape: what all cells of histograms with these bounds share. Never given back: a hot verb may be past its
 * look at the token, and an application has few layouts of buckets.
 *   0 boundCount u32                                                once
 *   4 cellBytes  u32                                                once
 *   8 next       u32                                                once
 *  12 reserved   u32
 *  16 bounds     f64 × boundSlots(boundCount), Infinity behind the last one         once
 *     weights    u64 × (boundCount + 1), of the record's check      once
 */
@unmanaged
export class Shape {
  boundCount: u32;
  cellBytes: u32;
  next: u32;
  reserved: u32;
}
if (offsetof<Shape>() != 16) ERROR("Shape must be 16 bytes, or raise LAYOUT_VERSION");
/** Bounds are compared in pairs, from an even or an odd one on: one Infinity at least stands behind the last. */
export function boundSlots(boundCount: u32): u32 {
  return (boundCount & ~1) + 2;
}

/*
 * Series (Keyed; the key is the rendered label block, without braces)
 *  16 head      u32  first Cell, low 3 bits: tag                    atomic, with base
 *  20 base      u32  Base, 0 none, low 4 bits: tag; POISON in both when removed   atomic, with head
 *  24 sequence  u32  +1 after a reset or a fold, before its cells change   atomic
 *  28 position  u32  in the family's table; of a removed series its bytes   once
 *  32 created   f64  seconds since the epoch, 0 unknown, see isTime   plain
 *  40 family    u32  creator                                        once
 *  44 birth     u32  creator, after the trie has it: header.walks; of a removed series the epoch   atomic
 */
@unmanaged
export class Series extends Keyed {
  head: u32;
  base: u32;
  sequence: u32;
  position: u32;
  created: f64;
  family: u32;
  birth: u32;
}
if (offsetof<Series>() != 48) ERROR("Series must be 48 bytes, or raise LAYOUT_VERSION");
export const POISON: u64 = 0xffffffffffffffff;

/*
 * Writer: a slot, 64-byte aligned. Its state is generation << 2 | RETIRED, ACTIVE, REVOKED, FOLDING.
 *   0 state      u32  claimer, owner, revoker, folder, by CAS of both   atomic
 *   4 thread     u32  claimer: the runtime's thread id; NO_THREAD once nobody owns it   atomic, with the state
 *   8 identity   u32  claimer: the instance                         atomic
 *  12 index      u32  its position in the header's table; claimer: the same   once
 *  16 busy       u32  owner: epoch on entering a cold verb, never 0; 0 on leaving   atomic
 *  20 quiet      u32  owner: epoch on entering the last cold verb, or later in no verb   atomic
 *  24 tokens     u32  owner: the last token given                   own
 *  28 reclaim    u32  stack of cells given back to this slot; anyone pushes, the owner pops one by one   atomic
 *  32 quarantine u64  whoever sees it REVOKED first: that state, and in the upper half the memory's seconds   atomic
 *  40 slabs      u32  owner: the newest Slab                        own
 *  44 input      u32  owner: block for the bindings' bytes          own
 *  48 inputBytes u32                                                own
 *  52 output     u32  owner: block for a slice of text              own
 *  56 outputBytes u32                                               own
 *  60 folder     u32  folder: generation of its own slot << 12 | its index + 1, 0 none   atomic
 *  64 claimedAt  f64  claimer: seconds                              plain
 *  72 collected  u32  owner: the last scrapeWanted its collectors answered   atomic
 *  76 collectors u32  owner: how many it has                        atomic
 *  80 scratch    u32  owner: SCRATCH_BYTES for the copy of one record   own
 *  84 doubted    u32  claimer: 1 where its last slot was revoked; no `live` gauge counts it   atomic
 *  88 parent     u64  claimer: the state that it claimed, and in the upper half the thread that started this one   atomic
 *  96 foldSlab   u32  folder: where it goes on                     own
 * 100 foldCell   u32                                               own
 * 104 known      u32  owner: epoch on leaving the last cold verb    atomic
 * 108 room       u32  owner: block for adding up summaries and native histograms   own
 * 112 roomBytes  u32                                                own
 * 116 wait       u32  owner: milliseconds that its slowest collector may take   atomic
 * 120 missed     u32  scrapes: +1 for one that waited in vain; owner: 0 when it answers   atomic
 * 124 reserved   u32
 * 128 classes    CellClass × CELL_CLASSES                           own
 */
@unmanaged
export class Writer {
  state: u32;
  thread: u32;
  identity: u32;
  index: u32;
  busy: u32;
  quiet: u32;
  tokens: u32;
  reclaim: u32;
  quarantine: u64;
  slabs: u32;
  input: u32;
  inputBytes: u32;
  output: u32;
  outputBytes: u32;
  folder: u32;
  claimedAt: f64;
  collected: u32;
  collectors: u32;
  scratch: u32;
  doubted: u32;
  parent: u64;
  foldSlab: u32;
  foldCell: u32;
  known: u32;
  room: u32;
  roomBytes: u32;
  wait: u32;
  missed: u32;
  reserved: u32;
}
if (offsetof<Writer>() != 128) ERROR("Writer must be 128 bytes, or raise LAYOUT_VERSION");
/** For the largest record: a copy of it, and the buckets of all its cells added up, u64. */
export const SCRATCH_TOTALS: u32 = (((BOUNDS_MAX + 1) * 4 + 24 + 16 + 7) / 8) * 8;
export const SCRATCH_BYTES: u32 = SCRATCH_TOTALS + (BOUNDS_MAX + 1) * 8;
/** The thread of a slot that nobody owns. */
export const NO_THREAD: u32 = 0xffffffff;
export const RETIRED: u32 = 0;
export const ACTIVE: u32 = 1;
export const REVOKED: u32 = 2;
export const FOLDING: u32 = 3;

/*
 * CellClass: where a writer takes its cells of one size from
 *   0 free  u32  first of the free cells, linked by `next`          own
 *   4 bump  u32  first cell never used in the newest slab           own
 *   8 end   u32  of that slab                                       own
 *  12 bytes u32  of that slab; the next one is twice as large       own
 */
@unmanaged
export class CellClass {
  free: u32;
  bump: u32;
  end: u32;
  bytes: u32;
}
if (offsetof<CellClass>() != 16) ERROR("CellClass must be 16 bytes, or raise LAYOUT_VERSION");
export const WRITER_BYTES: u32 = 128 + CELL_CLASSES * 16;

/*
 * Slab: a run of cells of one size and one writer, 64-byte aligned, never given back
 *   0 next      u32  the slab before it                             once
 *   4 cellBytes u32                                                 once
 *   8 bytes     u32  of the slab                                    once
 *  12 reserved  u32
 */
@unmanaged
export class Slab {
  next: u32;
  cellBytes: u32;
  bytes: u32;
  reserved: u32;
}
if (offsetof<Slab>() != 16) ERROR("Slab must be 16 bytes, or raise LAYOUT_VERSION");

/*
 * Limbo: a block that is unlinked but may still be looked at by a verb that began before
 *   0 address  u32                                                  once
 *   4 next     u32  Waiting, then the arena                         atomic
 *   8 bytes    u32                                                  once
 *  12 kind     u32                                                  once
 *  16 epoch    u32  when it was unlinked                            once
 *  20 reserved u32
 */
@unmanaged
export class Limbo {
  address: u32;
  next: u32;
  bytes: u32;
  kind: u32;
  epoch: u32;
  reserved: u32;
}
if (offsetof<Limbo>() != 24) ERROR("Limbo must be 24 bytes, or raise LAYOUT_VERSION");
if (offsetof<Limbo>("next") != WAITING_NEXT || offsetof<Cell>("next") != WAITING_NEXT) ERROR("What waits links alike");
if (offsetof<Series>("link") != WAITING_NEXT) ERROR("What waits links alike");
