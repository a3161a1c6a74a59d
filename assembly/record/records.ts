// The records of recorders, drawn once. How a field is read stands in layout.ts.

/** Recorders of one memory: each is for good, and a program names its own. */
export const RECORDERS_MAX: u32 = 64;
/** Bytes of one label; a longer one goes to the overflow label. A route with its verb has under 200. */
export const LABEL_BYTES_MAX: u32 = 4096;
/** Labels of one recorder. */
export const LABELS_MAX: u32 = 65535;
/** Bytes of all labels of one recorder. */
export const LABEL_ROOM_MAX: u32 = 1 << 26;
/** Bytes of one ring: a smaller one holds less than a second of a busy program, a larger one more than a day's. */
export const RING_BYTES_MIN: u32 = 4096;
export const RING_BYTES_MAX: u32 = 1 << 28;

// What happens to a sample that finds its ring full.
/** It is dropped; at half the ring somebody was asked to drain it. */
export const POLICY_FLUSH: u32 = 0;
/** The oldest one is dropped for it. */
export const POLICY_OLDEST: u32 = 1;
/** It is dropped, and nobody is asked. */
export const POLICY_NEWEST: u32 = 2;

/*
 * Recorder, 64-byte aligned, never given back. It begins as a Ring does whose owner is not there: what an unbound handle
 * shows.
 *   0 slot        u32  its own address                              once
 *   4 slotState   u32  0, which no address is                       once
 *   8 recorder    u32  its own address                              once
 *  12 on          u32  whoever switches: 1 while samples are recorded   plain
 *  16 next        u32  in the header's list                         once
 *  20 policy      u32  maker: POLICY_FLUSH and the following        once
 *  24 wanted      u32  writers: +1 when a ring asks to be drained   atomic
 *  28 ringsMax    u32  maker                                        once
 *  32 name        u64  tells recorders apart                        once
 *  40 ringBytes   u32  maker: of one ring, a power of two           once
 *  44 slotBits    u32  maker: of a reference that number a sample in its ring   once
 *  48 labelsMax   u32  maker: without the overflow label            once
 *  52 labelRoom   u32  maker: bytes for labels                      once
 *  56 labelSlots  u32  maker: of the table of labels, a power of two    once
 *  60 rings       u32  maker: table of Ring, u32 × ringsMax, by CAS once
 *  64 labels      u32  maker: table of Label, u32 × (labelSlots + 1), by CAS; 0 is the overflow label   once
 *  68 groups      u32  maker: Group × (labelSlots + 1)              once
 *  72 labelBytes  u32  maker: where the labels are                  once
 *  76 refused     u32  labels that went to the overflow label       atomic
 *  80 labelUse    u64  {labels, bytes of them} that are taken, by CAS   atomic
 *  88 lost        u64  samples of writers that found no ring        atomic
 *  96 claim       u64  {identity of who drains, 0 nobody; turn: +1 with every drain that begins}, by CAS   atomic
 * 104 committed   u32  drainer: number of the last drain that is over, the point of no return   atomic
 * 108 format      u32  drainer: of this drain                       own
 * 112 process     u32  drainer: the id that rows show               own
 * 116 phase       u32  drainer: LINKING and the following           own
 * 120 active      u32  drainer: first Ring with samples to link     own
 * 124 firstLabel  u32  drainer: first label of the drain + 1        own
 * 128 lastLabel   u32  drainer: last one + 1                        own
 * 132 label       u32  drainer: whose rows come next, + 1           own
 * 136 reference   u32  drainer: of the next row + 1                 own
 * 140 block       u32  maker: what the arena gave                     once
 * 144 admitted    u64  {labels that strangers chose, bytes of them}    atomic
 * 152 room        u64  drainer: bytes that rows of this drain may still take   own
 */
@unmanaged
export class Recorder {
  slot: u32;
  slotState: u32;
  recorder: u32;
  on: u32;
  next: u32;
  policy: u32;
  wanted: u32;
  ringsMax: u32;
  name: u64;
  ringBytes: u32;
  slotBits: u32;
  labelsMax: u32;
  labelRoom: u32;
  labelSlots: u32;
  rings: u32;
  labels: u32;
  groups: u32;
  labelBytes: u32;
  refused: u32;
  labelUse: u64;
  lost: u64;
  claim: u64;
  committed: u32;
  format: u32;
  process: u32;
  phase: u32;
  active: u32;
  firstLabel: u32;
  lastLabel: u32;
  label: u32;
  reference: u32;
  block: u32;
  admitted: u64;
  room: u64;
}
if (offsetof<Recorder>() != 160) ERROR("Recorder must be 160 bytes, or raise LAYOUT_VERSION");

/*
 * Ring, 64-byte aligned, never given back: the samples of one writer. Positions count samples from the ring's first one on.
 * A line is the writer's, one changes with drains only, one is the drainer's.
 *   0 slot       u32  binder, by CAS with slotState: the Writer      plain
 *   4 slotState  u32  binder: that slot's state then                 plain
 *   8 recorder   u32  maker                                          once
 *  12 next       u32  owner: address of the next sample              own
 *  16 begun      u64  owner, before a sample: behind its position    atomic
 *  24 head       u64  owner, after a sample: behind its position     atomic
 *  32 limit      u64  owner: the position that takes the slow way    own
 *  40 last       i64  owner: time of the last sample                 own
 *  48 origin     i64  owner: what its clock counts from, nanoseconds since the epoch   own
 *  56 refused    u64  owner: samples that found no place             atomic
 *  64 samples    u32  maker: address of Sample × capacity            once
 *  68 end        u32  maker: behind them                             once
 *  72 capacity   u32  maker                                          once
 *  76 links      u32  maker: address of u32 × capacity: reference + 1 of the label's next sample, 0 none   once
 *  80 number     u32  maker: in the recorder's table                 once
 *  84 thread     u32  owner: the runtime's thread id                 plain
 *  88 drain      u32  drainer: the number whose end makes `mark` and `markRows` hold; 0 none   atomic
 *  92 turn       u32  drainer: of the last drain that it is part of  own
 *  96 tail       u64  drainer: position of the first sample that is not drained   atomic
 * 104 rows       u64  drainer: rows ever written, of drains that are over   atomic
 * 112 mark       u64  drainer: tail after this drain                 atomic
 * 120 markRows   u64  drainer: rows after this drain                 atomic
 * 128 active     u32  drainer: next Ring with samples to link        own
 * 132 fromSlot   u32  drainer: number of the sample at `from`        own
 * 136 from       u64  drainer: first position of this drain          own
 * 144 cursor     u64  drainer: next position to link                 own
 * 152 peek       i64  drainer: time of the sample at `cursor`        own
 * 160 peekLabel  u32  drainer: its label                             own
 * 164 cursorSlot u32  drainer: its number                            own
 * 168 written    u64  drainer: rows of this drain                    own
 */
@unmanaged
export class Ring {
  slot: u32;
  slotState: u32;
  recorder: u32;
  next: u32;
  begun: u64;
  head: u64;
  limit: u64;
  last: i64;
  origin: i64;
  refused: u64;
  samples: u32;
  end: u32;
  capacity: u32;
  links: u32;
  number: u32;
  thread: u32;
  drain: u32;
  turn: u32;
  tail: u64;
  rows: u64;
  mark: u64;
  markRows: u64;
  active: u32;
  fromSlot: u32;
  from: u64;
  cursor: u64;
  peek: i64;
  peekLabel: u32;
  cursorSlot: u32;
  written: u64;
}
if (offsetof<Ring>() != 176) ERROR("Ring must be 176 bytes, or raise LAYOUT_VERSION");
/** Samples begin at a line of their own. */
export const SAMPLES_FROM: u32 = 192;
/** What aligning a ring to a line may cost. */
export const RING_SLACK: u32 = 64;
if (offsetof<Recorder>("slot") != offsetof<Ring>("slot")) ERROR("A Recorder begins as a Ring");
if (offsetof<Recorder>("slotState") != offsetof<Ring>("slotState")) ERROR("A Recorder begins as a Ring");
if (offsetof<Recorder>("recorder") != offsetof<Ring>("recorder")) ERROR("A Recorder begins as a Ring");

/*
 * Sample: written by its ring's owner, in this order
 *   0 time  i64  nanoseconds since the epoch                         plain, with check
 *   8 value f64                                                      plain, with check
 *  16 label u32                                                      plain, with check
 *  20 check u32  of the three and of the position: sample.ts         plain
 */
@unmanaged
export class Sample {
  time: i64;
  value: f64;
  label: u32;
  check: u32;
}
if (offsetof<Sample>() != 24) ERROR("Sample must be 24 bytes, or raise LAYOUT_VERSION");
/** A sample and its link. */
export const SAMPLE_BYTES: u32 = 28;

/*
 * Label: what a sample's label number leads to; its text follows, in UTF-8
 *   0 hash   u32                                                     once
 *   4 length u32                                                     once
 *   8 flags  u32  LABEL_WHOLE, LABEL_ADMITTED                        once
 *  12 more   u32  bytes that its text has more where it is quoted, in any format   once
 */
@unmanaged
export class Label {
  hash: u32;
  length: u32;
  flags: u32;
  more: u32;
}
if (offsetof<Label>() != 16) ERROR("Label must be 16 bytes, or raise LAYOUT_VERSION");
/** Values without a fraction print as integers: `25`, where others print `25.0`. */
export const LABEL_WHOLE: u32 = 1;
/** It counts among those that strangers chose. */
export const LABEL_ADMITTED: u32 = 2;

/*
 * Group: the samples of one label in a drain, a list in the order of time
 *   0 turn  u32  of the drain that it is of                          own
 *   4 first u32  reference + 1                                       own
 *   8 last  u32  reference + 1                                       own
 *  12 next  u32  label + 1: groups come in the order of their first samples   own
 */
@unmanaged
export class Group {
  turn: u32;
  first: u32;
  last: u32;
  next: u32;
}
if (offsetof<Group>() != 16) ERROR("Group must be 16 bytes, or raise LAYOUT_VERSION");
