// Images: what one process has counted in one registry, folded over its threads, as bytes that another process adds to
// its own page. All transports carry the same: a file of a spool, a message, a body of a push.
//
// An image is a row of frames. A frame is whole in itself: it has its length and a checksum in front, and is read or
// refused as one. Frames of one *sequence* belong together: one walk of the registry wrote them, in slices, and the last
// one says so. Values are never differences but what a series stands at, so a sequence may be applied to whatever state
// between its `base` and itself that the same exporter, its `generation`, has told: it has all that changed after `base`. A sequence
// of base 0 is the whole image, and with it the numbers of families and series begin anew.
//
// Families and series go by the numbers of their positions in the writer's tables. They are described in the sequence in
// which they come and not again, unless the base is older. A position that is described once more is another family's
// or series', and the one before is gone.
//
//   frame   0 magic      u32  "TLYI"
//           4 version    u32  IMAGE_VERSION
//           8 length     u32  of the whole frame, a multiple of 8
//          12 flags      u32  FRAME_FULL, FRAME_LAST, FRAME_ENDED, FRAME_BASELINE, FRAME_BASED
//          16 checksum   u64  of all that follows: checksum.ts
//          24 instance   u64  the process
//          32 generation u64  the exporter of the process: the sequence of its first image
//          40 base       u64  the sequence that this one builds upon; 0 with FRAME_FULL
//          48 sequence   u64  of all images of the process, whoever tells them, the next one when the walk began: moments.ts
//          56 until      u64  the last sequence that had begun when this frame was done
//          64 part       u32  of the sequence: 0 and so on
//          68 count      u32  of series' records in this frame
//          72 seconds    f64  since the epoch when the walk began
//          80 records, each a tag and what belongs to it; then zeros
//
//   TAG_END                                             the rest is zeros
//   TAG_HEAD    length, bytes                           what the bindings say of the process; in part 0 of a full sequence
//   TAG_FAMILY  index, length, Definition               describes a family; the series behind are of it
//   TAG_ENTER   index                                   the series behind are of that family
//   TAG_GONE    index                                   a family is no more, and so are its series
//   TAG_SERIES | flags, position, then
//       SERIES_NEW        created, labels               before anything else of this series
//       SERIES_REMOVED    nothing: it is no more
//       else value, as SERIES_VALUE says; then by the family's type
//         counter, unknown, state set    nothing
//         gauge, info                    order: u64, of MODE_MOSTRECENT and info alone; 0 of a constant. Of MODE_ALL there is
//                                        no value, but count, then each slot and f64; in the image of the retired alone
//                                        slot | process << 12
//         histogram, gauge histogram     buckets
//         native histogram               buckets where the family has classic ones; zigzag schema, zeroCount, positiveCount,
//                                        negativeCount, then each entry: zigzag difference of its index to the one before on
//                                        its side (the first one's to 0), and count
//         summary                        count; with SERIES_QUANTILES an f64 each; else windowCount, then each window:
//                                        u32 stamp, zeros, positiveCount, negativeCount, entries as above
//         Where there is no value nothing stands behind it but what is of MODE_ALL.
//       SERIES_TIMESTAMP  f64                           of a constant sample
//       SERIES_EXEMPLARS  count, then each: slot, f64 value, f64 seconds, length, label block; all that the series has. Without
//                                                       the flag it has none
//
// Numbers are LEB128 without a sign unless a width stands there; widths are little-endian. `position` is the difference to
// that of the series before in the frame and family, less 1 (the first one's to -1): they ascend. `created` is 0 and an
// f64, or 1 + zigzag of the milliseconds after the creation of the series described before in the frame (the first one's
// after `seconds`), where both are whole milliseconds. Buckets are not cumulative: their number up to the last one that
// is not 0, then each. Labels are coded by labels.ts. In a frame everything begins anew: each can be read alone, once
// those that describe are read.
//
// A family or series may be said to be gone that was never described: whoever wrote it does not know what arrived. A frame
// that ends its process is the last of its sequence.
//
// The retired, what the dead left, are an image of RETIRED_INSTANCE.
//
// What it does not carry: what other processes counted (an importer's image is its own), the library's own families.

export const IMAGE_MAGIC: u32 = 0x49594c54;
/** Raised with every change to the format, and with every change to Definition, which it contains. */
export const IMAGE_VERSION: u32 = 2;
export const FRAME_HEAD: u32 = 80;
/** The instance that the image of the retired is of: no process has it. */
export const RETIRED_INSTANCE: u64 = 0xffffffffffffffff;
/** Where in a share's number its process begins: behind the slot. */
export const SHARE_PROCESS_SHIFT: u32 = 12;
/** The whole image: what was known of the process before is forgotten. */
export const FRAME_FULL: u32 = 1;
/** The last part of its sequence. */
export const FRAME_LAST: u32 = 2;
/** Its process writes no more: this is the proof of its end. */
export const FRAME_ENDED: u32 = 4;
/**
 * Of what its process had counted when it took this instance: others have that already, from the instance before, which was
 * taken for dead. It is subtracted. A row of sequences of its own, in front of the others.
 */
export const FRAME_BASELINE: u32 = 8;
/**
 * Of a process that has a baseline: what is told is of no use without it, and too much. Each exporter of the process has one of its own,
 * walked when it took the instance; the first one that comes whole stays, and what was walked before that ended is not taken.
 */
export const FRAME_BASED: u32 = 16;
/** Of one frame. One series alone may be larger than what a slice aims at: 1 MiB of buckets, exemplars and labels is not. */
export const FRAME_BYTES_MAX: u32 = 4194304;

export const TAG_END: u32 = 0;
export const TAG_HEAD: u32 = 1;
export const TAG_FAMILY: u32 = 2;
export const TAG_ENTER: u32 = 3;
export const TAG_GONE: u32 = 4;
export const TAG_SERIES: u32 = 0x80;
export const SERIES_NEW: u32 = 1;
export const SERIES_REMOVED: u32 = 2;
export const SERIES_EXEMPLARS: u32 = 4;
export const SERIES_TIMESTAMP: u32 = 8;
export const SERIES_QUANTILES: u32 = 16;
/** How the value or sum is written: */
export const SERIES_VALUE: u32 = 96;
/** as a number, which is whole, not negative, and below 2^53; */
export const VALUE_WHOLE: u32 = 0;
/** as an f64; */
export const VALUE_DOUBLE: u32 = 32;
/** as two, high and low part; */
export const VALUE_PAIR: u32 = 64;
/** not at all: it was never set, and only its labels are known. */
export const VALUE_NONE: u32 = 96;
