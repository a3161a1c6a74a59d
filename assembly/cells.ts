// The records of what is counted: cells, what they leave in a base, and what series have besides. As layout.ts, which
// hands them on, has the others: the drawing, the class, the proof of its size.

/*
 * Cell: what one writer holds of one series. It lies in a slab of that writer, never in anyone else's line.
 *   0 token   u32  DETACHED, REVOKED, FOLDED or what a handle must show; remover, revoker, owner   atomic, plain on the hot way
 *   4 next    u32  next cell of the series, low bit: being unlinked; owner, folder                 atomic
 *   8 series  u32  Series; 0 free; odd: given back, epoch << 1 | 1                                  atomic
 *  12 writer  u32  slot index (SHARED_WRITER for a shared one) | cell class << 16 | type << 24      once
 *  16 value         counter: f64 value                                                  24 bytes
 *                   gauge:   f64 value, u64 order (0 never set, more with every write)  32 bytes
 *                   shared:  below, a line of its own                                   64 bytes
 *                   histogram, summary, native histogram: below
 */
@unmanaged
export class Cell {
  token: u32;
  next: u32;
  series: u32;
  writer: u32;
}
if (offsetof<Cell>() != 16) ERROR("Cell must be 16 bytes, or raise LAYOUT_VERSION");
export const DETACHED: u32 = 0;
export const REVOKED_TOKEN: u32 = 1;
export const FOLDED: u32 = 2;
export const TOKEN_FIRST: u32 = 3;
export const SHARED_WRITER: u32 = 0xffff;

@unmanaged
export class CounterCell extends Cell {
  value: f64;
}
if (offsetof<CounterCell>() != 24) ERROR("CounterCell must be 24 bytes, or raise LAYOUT_VERSION");

@unmanaged
export class GaugeCell extends Cell {
  value: f64;
  order: u64;
}
if (offsetof<GaugeCell>() != 32) ERROR("GaugeCell must be 32 bytes, or raise LAYOUT_VERSION");

/*
 * SharedCell: a cell that all writers share; its `next` links it while it waits, too
 *  16 value f64  anyone, by CAS or atomic store; even late, after the cell was detached   atomic
 *  24 ended u32  detacher: the epoch, once no list has it                                 atomic
 *  28 born  u32  taker: the epoch, before any list has it                                 once
 *  32 uses  u32  anyone, +1 when it is written: tells an idle series from one that is set to what it was   plain
 *  36 reserved u32
 */
@unmanaged
export class SharedCell extends Cell {
  value: f64;
  ended: u32;
  born: u32;
  uses: u32;
  reserved: u32;
}
if (offsetof<SharedCell>() != 40) ERROR("SharedCell must be 40 bytes, or raise LAYOUT_VERSION");
/** A line of its own. */
export const SHARED_CELL_BYTES: u32 = 64;

/*
 * ImportedCell: what a source has of a series from other processes, added up. It has a line of its own, as shared gauges
 * have, and is given back as they are. Its type is IMPORTED, whatever its family's.
 *  16 part   u32  source: Base, replaced as a whole; 0 none          atomic
 *  20 source u32  taker: the Source                                 once
 *  24 ended  u32  as a SharedCell's                                  atomic
 *  28 born   u32  as a SharedCell's                                  once
 *  32 entry  u32  source: its Entry                                  own
 *  36 life   u32  source: in which of its lives it made the Entry    own
 *  40 version u32 source: +1 with every part: tells an idle series, with the part's `includes`   plain
 *  44 reserved u32
 */
@unmanaged
export class ImportedCell extends Cell {
  part: u32;
  source: u32;
  ended: u32;
  born: u32;
  entry: u32;
  life: u32;
  version: u32;
  reserved: u32;
}
if (offsetof<ImportedCell>() != 48) ERROR("ImportedCell must be 48 bytes, or raise LAYOUT_VERSION");
if (offsetof<ImportedCell>("ended") != offsetof<SharedCell>("ended")) ERROR("Cells with a line of their own wait alike");
if (offsetof<ImportedCell>("born") != offsetof<SharedCell>("born")) ERROR("Cells with a line of their own wait alike");
/** The type of cells that are of no writer here. */
export const IMPORTED: u32 = 10;

/*
 * HistogramCell: the self-validating record. Its essay is in metric/histogram.ts.
 *  16 shape    u32  owner, at attach                                once
 *  20 reserved u32
 *  24 pending  f64  owner, first of four stores                     atomic
 *  32 sum      f64  owner, third                                    atomic
 *  40 check    u64  owner, fourth                                   atomic
 *  48 buckets  u32 × (boundCount + 1), not cumulative; second. One that is full sends the owner the cold
 *              way, which folds the cell and begins a new one         atomic
 */
@unmanaged
export class HistogramCell extends Cell {
  shape: u32;
  reserved: u32;
  pending: f64;
  sum: f64;
  check: u64;
}
if (offsetof<HistogramCell>() != 48) ERROR("HistogramCell must be 48 bytes, or raise LAYOUT_VERSION");

/*
 * NativeCell: the self-validating record with exponential buckets. Its essay is in metric/native.ts.
 *  16 shape          u32  owner, at attach: a classic Shape that is counted beside, 0 none   once
 *  20 schema         i32  owner, at attach, as all of the six below that say once   once
 *  24 pending        f64  owner, first of the stores                atomic
 *  32 sum            f64  owner, last but one                       atomic
 *  40 check          u64  owner, last                               atomic
 *  48 zeroThreshold  f64  magnitudes up to it are zero              once
 *  56 bucketsMax     u32  most slots but the first that may be populated, unless schema is the least   once
 *  60 populated      u32  owner: how many are, before a slot becomes one of them; then the cell that takes its
 *                         place, with the highest bit set   plain
 *  64 positiveOffset i32  bucket index of the first positive slot   once
 *  68 positiveCount  u32                                            once
 *  72 negativeOffset i32                                            once
 *  76 negativeCount  u32                                            once
 *  80 slots          u32 × nativeSlots: the zero bucket, the positive, the negative, the classic ones; zeros up
 *                    to a multiple of 4. One that is full sends the owner the cold way   atomic
 */
@unmanaged
export class NativeCell extends Cell {
  shape: u32;
  schema: i32;
  pending: f64;
  sum: f64;
  check: u64;
  zeroThreshold: f64;
  bucketsMax: u32;
  populated: u32;
  positiveOffset: i32;
  positiveCount: u32;
  negativeOffset: i32;
  negativeCount: u32;
}
if (offsetof<NativeCell>() != 80) ERROR("NativeCell must be 80 bytes, or raise LAYOUT_VERSION");
if (offsetof<NativeCell>("pending") != offsetof<HistogramCell>("pending")) ERROR("Both records begin alike");
/** Bucket i of schema s ends at 2^(i * 2^-s), inclusive. Others are refused: https://prometheus.io/docs/specs/native_histograms/ */
export const SCHEMA_LEAST: i32 = -4;
export const SCHEMA_MOST: i32 = 8;

/*
 * Sparse: buckets that are populated, positive ones first, each side ascending. It holds no address, so that it
 * may be copied as it is; it lies in memory of one thread, or in a base
 *   0 schema        i32
 *   4 positiveCount u32  entries of the positive side
 *   8 negativeCount u32  and of the negative one
 *  12 capacity      u32  entries there is room for
 *  16 zeroCount     u64  of the zero bucket
 *  24 counts        u64 × capacity, none of them 0 up to the number of entries
 *     indexes       i32 × capacity
 */
@unmanaged
export class Sparse {
  schema: i32;
  positiveCount: u32;
  negativeCount: u32;
  capacity: u32;
  zeroCount: u64;
}
if (offsetof<Sparse>() != 24) ERROR("Sparse must be 24 bytes, or raise LAYOUT_VERSION");

/*
 * SummaryCell: count and sum of all time, and bins over a sliding window. Its essay is in metric/summary.ts.
 *  16 multiplier  f64  owner, at attach: bins an octave, of the mapping   once
 *  24 pending     f64  owner, first of four stores                     atomic
 *  32 sum         f64  owner, third                                    atomic
 *  40 check       u64  owner, fourth                                   atomic
 *  48 count       u64  owner, second                                   atomic
 *  56 directory   u32  owner: addresses of SUMMARY_CHUNKS for positive values and as many for negative ones, each
 *                      of u32 × (windows << chunkShift), 0 not made; 0 without a directory   atomic
 *  60 origin      i32  owner, before the directory: index of the first bin of the first chunk   once
 *  64 windowTicks u32  owner, at attach                                once
 *  68 windows     u32  owner, at attach: how many                      once
 *  72 current     u32  owner: the window that counts                   own
 *  76 turnAt      u32  owner: the tick at which it ends                own
 *  80 chunkShift  u32  owner, at attach                                once
 *  84 reserved    u32
 *  88 window           SummaryWindow × windows
 */
@unmanaged
export class SummaryCell extends Cell {
  multiplier: f64;
  pending: f64;
  sum: f64;
  check: u64;
  count: u64;
  directory: u32;
  origin: i32;
  windowTicks: u32;
  windows: u32;
  current: u32;
  turnAt: u32;
  chunkShift: u32;
  reserved: u32;
}
if (offsetof<SummaryCell>() != 88) ERROR("SummaryCell must be 88 bytes, or raise LAYOUT_VERSION");
export const SUMMARY_CHUNKS: u32 = 64;

/*
 * SummaryWindow
 *   0 stamp u32  owner: the tick it began at, 0 not in use             atomic
 *   4 zeros u32  owner: observations that are too small for a bin      plain
 */
@unmanaged
export class SummaryWindow {
  stamp: u32;
  zeros: u32;
}
if (offsetof<SummaryWindow>() != 8) ERROR("SummaryWindow must be 8 bytes, or raise LAYOUT_VERSION");

/*
 * Base: what dead writers left of a series, or a constant sample; immutable once published, replaced as a whole
 *   0 includes  u32  the cell folded last, until that cell says FOLDED: skip it   atomic
 *                    in an ImportedCell's part: +1 with every number that is stored into it   plain
 *   4 set       u32  BASE_SET where there is a value, BASE_QUANTILES    once
 *   8 high      f64  value or sum, high part                        once
 *  16 low       f64  and what rounding left                         once
 *  24 order     u64  gauges: of the newest value                    once
 *                    constants: {setter, number} of the setting; 0 and a number where anybody sets
 *  32 timestamp f64  constant samples: seconds since the epoch, see isTime   once
 *  40 bytes     u32  of all of it                                   once
 *  44 reserved  u32
 *  48 buckets   u64 × (boundCount + 1), of classic buckets          once
 *               or the count of a summary, u64, and where BASE_QUANTILES says so a constant's quantiles, f64 each
 *               then a Sparse, of a native histogram
 *
 * The part of a process is such a record, too, and what a source publishes in an ImportedCell. There the count of a
 * summary is followed by its windows, and a gauge that prints the values of all writers has them there: image/part.ts.
 */
@unmanaged
export class Base {
  includes: u32;
  set: u32;
  high: f64;
  low: f64;
  order: u64;
  timestamp: f64;
  bytes: u32;
  reserved: u32;
}
if (offsetof<Base>() != 48) ERROR("Base must be 48 bytes, or raise LAYOUT_VERSION");
export const BASE_SET: u32 = 1;
/** The quantiles stand in the base: nothing was observed here. */
export const BASE_QUANTILES: u32 = 2;

/** False for 0, which a record has where there is no time: the epoch itself is -0, so that a record may begin as zeros. */
export function isTime(seconds: f64): bool {
  return reinterpret<u64>(seconds) != 0;
}

/*
 * More: what series of families with FAMILY_EXEMPLARS or FAMILY_EXPIRES have behind their key, 8-aligned
 *   0 mark      u32  sweeper: of what the cells held when it last looked   atomic
 *   4 since     u32  sweeper: the memory's seconds when that changed       atomic
 *   8 exemplars u32  block of u32 × slots, each an Exemplar or 0; by CAS   atomic
 *  12 reserved  u32
 */
@unmanaged
export class More {
  mark: u32;
  since: u32;
  exemplars: u32;
  reserved: u32;
}
if (offsetof<More>() != 16) ERROR("More must be 16 bytes, or raise LAYOUT_VERSION");

/*
 * Exemplar: one observation and what it was about; immutable once published, replaced as a whole
 *   0 value    f64                                                  once
 *   8 seconds  f64  since the epoch, 0 unknown                      once
 *  16 length   u32  of the label block that follows                 once
 *  20 reserved u32
 */
@unmanaged
export class Exemplar {
  value: f64;
  seconds: f64;
  length: u32;
  reserved: u32;
}
if (offsetof<Exemplar>() != 24) ERROR("Exemplar must be 24 bytes, or raise LAYOUT_VERSION");
/** Exemplars of one native histogram: that of 0, 16 of positive values and 8 of negative ones; see store/exemplar.ts. */
export const NATIVE_EXEMPLARS: u32 = 25;
/** Code points of an exemplar's label names and values together (rule O19); bytes of its block at the most. */
export const EXEMPLAR_POINTS_MAX: u32 = 128;
export const EXEMPLAR_BYTES_MAX: u32 = 1280;
