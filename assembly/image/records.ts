// The records of images: what stands behind a part, and what an exporter remembers. No other thread and no other build
// ever looks at any of them: parts are made anew by each, and an exporter is its thread's own, with which it goes. So a
// change here is no matter of LAYOUT_VERSION. As in layout.ts: the drawing, the class, the proof of its size.

/*
 * PartWindow: one window of a summary, behind the count of a part and {windowCount u32, reserved u32}
 *   0 stamp         u32  the tick it began at
 *   4 zeros         u32  observations that are too small for a bin
 *   8 positiveCount u32  entries of the positive side
 *  12 negativeCount u32  and of the negative one
 *  16 entries            PartBin × both, the positive ones first, each side ascending
 */
@unmanaged
export class PartWindow {
  stamp: u32;
  zeros: u32;
  positiveCount: u32;
  negativeCount: u32;
}
if (offsetof<PartWindow>() != 16) ERROR("PartWindow must be 16 bytes, or the drawing is wrong");

/*
 * PartBin
 *   0 index i32  of the bin, as mapping.ts has it, whatever the cell's origin
 *   4 count u32
 */
@unmanaged
export class PartBin {
  index: i32;
  count: u32;
}
if (offsetof<PartBin>() != 8) ERROR("PartBin must be 8 bytes, or the drawing is wrong");

/*
 * PartShare: of a gauge that prints the values of all writers, one of them; behind a part and {count u32, reserved u32}
 *   0 slot    u32  the writer's
 *   4 process u32  0 in the part of one process; of what the retired have whose it was
 *   8 value   f64
 */
@unmanaged
export class PartShare {
  slot: u32;
  process: u32;
  value: f64;
}
if (offsetof<PartShare>() != 16) ERROR("PartShare must be 16 bytes, or the drawing is wrong");

/*
 * Exporter
 *   0 registry      u32
 *   4 registryState u32
 *   8 families      u32  block of ShadowFamily × familyRoom, by the families' positions
 *  12 familyRoom    u32
 *  16 reserved      u32
 *  20 head          u32  block of what the bindings say of the process
 *  24 headLength    u32
 *  28 since         u32  `base`, counted from `whole` on, which is 1; 0 none
 *  32 turn          u32  `sequence`, counted so: what the shadow says
 *  36 flags         u32  those of the frames; and whether a sequence is under way
 *  40 part          u32  frames of it so far
 *  44 nextFamily    u32  where the walk goes on: the family's position,
 *  48 nextSeries    u32  and the series' position + 1, 0 before the family
 *  52 walk          u32  series and families that were made since are not in it
 *  56 whole         u64  the last sequence of base 0: the shadow begins with it
 *  64 sequence      u64  the one under way, or the last one
 *  72 base          u64  the sequence under way builds upon it
 *  80 complete      u64  the last one that came to its end
 *  88 written       u64  the last one of which a frame was written, since `whole`
 *  96 generation    u64  its first sequence, 0 before
 * 104 instance      u64
 * 112 seconds       f64  when the walk began
 */
@unmanaged
export class Exporter {
  registry: u32;
  registryState: u32;
  families: u32;
  familyRoom: u32;
  reserved: u32;
  head: u32;
  headLength: u32;
  since: u32;
  turn: u32;
  flags: u32;
  part: u32;
  nextFamily: u32;
  nextSeries: u32;
  walk: u32;
  whole: u64;
  sequence: u64;
  base: u64;
  complete: u64;
  written: u64;
  generation: u64;
  instance: u64;
  seconds: f64;
}
if (offsetof<Exporter>() != 120) ERROR("Exporter must be 120 bytes, or the drawing is wrong");

/*
 * ShadowFamily: what was last said of the family at a position
 *   0 family    u32  its record's address
 *   4 state     u32  and state; 0: none is there
 *   8 changed   u32  the turn in which it was described, or said to be gone
 *  12 series    u32  block of ShadowSeries × seriesRoom, by the series' positions; 0 none
 *  16 seriesRoom u32
 *  20 reserved  u32
 */
@unmanaged
export class ShadowFamily {
  family: u32;
  state: u32;
  changed: u32;
  series: u32;
  seriesRoom: u32;
  reserved: u32;
}
if (offsetof<ShadowFamily>() != 24) ERROR("ShadowFamily must be 24 bytes, or the drawing is wrong");

/*
 * ShadowSeries: what was last said of the series at a position
 *   0 mark      u64  of what it held: mark.ts
 *   8 created   f64
 *  16 series    u32  its record's address
 *  20 state     u32  and state; 0: none is there
 *  24 changed   u32  the turn in which its value was last put, or that it is no more; 0 never
 *  28 described u32  the turn in which it was described
 */
@unmanaged
export class ShadowSeries {
  mark: u64;
  created: f64;
  series: u32;
  state: u32;
  changed: u32;
  described: u32;
}
if (offsetof<ShadowSeries>() != 32) ERROR("ShadowSeries must be 32 bytes, or the drawing is wrong");
