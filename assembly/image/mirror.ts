// What a collector knows of other processes, and its records. All of it is one thread's: the one that made the source.
// Nobody else looks at any of it, but at the published parts, which hang from series: store/imported.ts.
//
//   Source --> Process --> Held (a family's) --> Link (what the process has of one series)
//      |                                          |
//      +-----> Known (a definition)               v
//                +-----> Entry (a series, and its cell) --> links of it, of all processes
//
// The thread may die at any moment; whoever takes the source over frees what hangs from it. So a block is linked when it
// is finished, and unlinked before it is given back: a death loses one block at the most.
//
// One process of a source are *the retired*: what those left who are dead. Its links grow here, not by images. They are more
// than one where the dead had default labels of the names of those here, which nobody sees here: each value of those is set
// aside with one of the retired, so that what is written of it has them again; how many at the most stands in aside.ts.

import { Base, Family } from "../layout";

/*
 * Source, never given back
 *   0 next      u32  in the header's list                           once
 *   4 owner     u32  identity of its thread's instance, 0 nobody; by CAS   atomic
 *   8 life      u32  +1 with every owner                            own
 *  12 registry  u32                                                 own
 *  16 state     u32  of the registry                                own
 *  20 processes u32  Process                                        own
 *  24 known     u32  Known                                          own
 *  28 ends      u32  shared cells that had ended when series that ended were looked for last   own
 *  32 changed   u32  Entry to publish, linked by `changed`; LAST_CHANGED ends the list   own
 *  36 room      u32  block for one frame                            own
 *  40 roomBytes u32                                                 own
 *  44 wanted    u32  Known that the binding is asked for            own
 *  48 name      u64  tells sources apart                            once
 *  56 retired   u32  Process of the retired, linked by `apart`      own
 *  60 blurred   u32  1 once labels were set aside that there was no room for: aside.ts   own
 *  64 spares    u32  block of parts that were replaced: spares.ts   own
 *  68 failed    u32  Entry that there was no memory for, linked by `changed`; LAST_CHANGED ends the list   own
 *  72 pass      u32  over those, while they are published: publish.ts   own
 *  76 shared    u32  1 where others read what it writes of the retired   own
 */
@unmanaged
export class Source {
  next: u32;
  owner: u32;
  life: u32;
  registry: u32;
  state: u32;
  processes: u32;
  known: u32;
  ends: u32;
  changed: u32;
  room: u32;
  roomBytes: u32;
  wanted: u32;
  name: u64;
  retired: u32;
  blurred: u32;
  spares: u32;
  failed: u32;
  pass: u32;
  shared: u32;
}
export const SOURCE_BYTES: u32 = 80;
if (offsetof<Source>() != SOURCE_BYTES) ERROR("Source must be 80 bytes");
/** Ends a list of changed entries: 0 says that an entry is in none. */
export const LAST_CHANGED: u32 = 1;
/** Passes of publishing: over all that changed, */
export const ALL: u32 = 0;
/** over what there was no memory for, as far as it was shown before, */
export const SHOWN: u32 = 1;
/** and over the rest of that. */
export const REST: u32 = 2;

/*
 * Known: a definition that images have, and the family that it leads to here
 *   0 next      u32
 *   4 hash      u32  of the definition
 *   8 length    u32  of it
 *  12 family    u32  0 refused, or not asked for
 *  16 state     u32  of the family when it was found; else why there is none: known.ts
 *  20 entries   u32  Entry
 *  24 index     u32  block of Entry × capacity, by the hash of the label block; 0 none: ghosts.ts
 *  28 capacity  u32  a power of two
 *  32 count     u32  entries, while there is an index
 *  36 blocker   u32  of what is refused: the family in its way, 0 none
 *  40 blockerState u32  and its state then
 *  44 flags     u32  KNOWN_TOLD, KNOWN_SILENT, KNOWN_PARTIAL
 *  48 a Family that nobody else sees, by which parts of what is refused are kept, or passed over
 * 128 the definition
 */
@unmanaged
export class Known {
  next: u32;
  hash: u32;
  length: u32;
  family: u32;
  state: u32;
  entries: u32;
  index: u32;
  capacity: u32;
  count: u32;
  blocker: u32;
  blockerState: u32;
  flags: u32;
}
/** It is refused, and somebody was told. */
export const KNOWN_TOLD: u32 = 1;
/** It is refused, and nobody is to be told: the dead alone have it, and images brought what is in its way. */
export const KNOWN_SILENT: u32 = 4;
/** Images brought its family again after it was removed: what the dead alone had is not there. */
export const KNOWN_PARTIAL: u32 = 2;
export const KNOWN_FAMILY: u32 = 48;
if (offsetof<Known>() != KNOWN_FAMILY) ERROR("The family follows the record");
export const KNOWN_BYTES: u32 = 128;
if (KNOWN_FAMILY + offsetof<Family>() != KNOWN_BYTES) ERROR("The definition follows the family");

/*
 * Process
 *   0 next       u32
 *   4 source     u32
 *   8 flags      u32  PROCESS_HIDDEN, PROCESS_DEAD, PROCESS_ENDED, PROCESS_BASELINE, PROCESS_RETIRED, PROCESS_OVERFLOW
 *  12 part       u32  of the sequence under way the next one
 *  16 generation u64  the exporter that told what there is; of a hidden one that fills it
 *  24 instance   u64
 *  32 held       u32  block of Held × capacity, by the numbers of its image
 *  36 capacity   u32
 *  40 sequence   u64  the last one that was applied to its end
 *  48 incoming   u32  Process that a whole image fills, hidden until its last part is there; of that the next such one
 *  52 count      u32  links
 *  56 seconds    f64  when its newest sequence began
 *  64 labels     u32  block {length u32, bytes}: default labels that its series have and those here have not; 0 none
 *  68 baseline   u32  Process of what it had counted before, in parts that are subtracted; 0 none
 *  72 places     u32  that the tables of its positions have
 *  76 aside      u32  block {length u32, bytes}: labels that its series have and that are printed otherwise here; 0 none
 *  80 pending    u64  the sequence under way, 0 none
 *  88 apart      u32  Process of the same image with other labels aside, whose links are at its numbers; of the retired the next one; 0 none
 *  92 hash       u32  of what is set aside; 0 of nothing
 *  96 entry      u32  of the retired, while theirs are merged: Entry that was looked at last in which it has a link; of a baseline: baselines.ts
 * 100 link       u32  and that link
 * 104 until      u64  the last sequence that had begun when what there is was seen
 */
@unmanaged
export class Process {
  next: u32;
  source: u32;
  flags: u32;
  part: u32;
  generation: u64;
  instance: u64;
  held: u32;
  capacity: u32;
  sequence: u64;
  incoming: u32;
  count: u32;
  seconds: f64;
  labels: u32;
  baseline: u32;
  places: u32;
  aside: u32;
  pending: u64;
  apart: u32;
  hash: u32;
  entry: u32;
  link: u32;
  until: u64;
}
export const PROCESS_BYTES: u32 = 112;
if (offsetof<Process>() != PROCESS_BYTES) ERROR("Process must be 112 bytes");
/** Its image is not whole yet: nothing of it counts. */
export const PROCESS_HIDDEN: u32 = 1;
/** Live gauges leave it out. */
export const PROCESS_DEAD: u32 = 2;
/** It said itself that it writes no more. */
export const PROCESS_ENDED: u32 = 4;
/** Its parts are negative: what another process counted before is counted elsewhere. */
export const PROCESS_BASELINE: u32 = 8;
/** It is what dead ones left. */
export const PROCESS_RETIRED: u32 = 16;
/** It is what those left for whose labels there was no room. */
export const PROCESS_OVERFLOW: u32 = 32;
/** Flags of what nobody counts on with. */
export const NOT_LIVING: u32 = PROCESS_HIDDEN | PROCESS_DEAD | PROCESS_ENDED | PROCESS_BASELINE | PROCESS_RETIRED;

/*
 * Held: a family of a process
 *   0 known    u32  0 none at this number
 *   4 links    u32  block of u32 × capacity, by the positions of its image: Link or 0
 *   8 capacity u32
 *  12 count    u32  links
 *  16 again    u32  the sequence that described it last
 *  20 lents    u32  block of Lent × capacity, 0 none: lent.ts
 *  24 ends     u32  series that had ended here when what is lent was looked at
 *  28 reserved u32
 */
@unmanaged
export class Held {
  known: u32;
  links: u32;
  capacity: u32;
  count: u32;
  again: u32;
  lents: u32;
  ends: u32;
  reserved: u32;
}
export const HELD_BYTES: u32 = 32;
if (offsetof<Held>() != HELD_BYTES) ERROR("Held must be 32 bytes");

/*
 * Link: what a process has of a series; its part follows, a Base
 *   0 next    u32  of the same entry
 *   4 before  u32  0 the first
 *   8 entry   u32
 *  12 process u32
 *  16 bytes   u32  of the block
 *  20 said    u32  the sequence that said it last
 *  24 lent    u32  Lent, 0 none: lent.ts
 *  28 beside  u32  the next one of its process or of that one's baseline, while their entry is added up: baselines.ts
 */
@unmanaged
export class Link {
  next: u32;
  before: u32;
  entry: u32;
  process: u32;
  bytes: u32;
  said: u32;
  lent: u32;
  beside: u32;
}
export const LINK_BYTES: u32 = 32;
if (offsetof<Link>() != LINK_BYTES) ERROR("Link must be 32 bytes");

/*
 * Entry: a series that a source has something of; its label block follows
 *   0 next     u32  of the Known
 *   4 changed  u32  the next one to publish, 0 in no list
 *   8 known    u32  its family
 *  12 links    u32
 *  16 series   u32
 *  20 state    u32  of the series' record when it was found; 0 not found yet
 *  24 cell     u32  ImportedCell, 0 none
 *  28 token    u32  of the cell
 *  32 length   u32  of the label block
 *  36 chain    u32  the next one at its place of the Known's index
 *  40 begun    f64  the earliest creation that links told; no time (isTime) unknown
 *  48 family   u32  that the series is of
 *  52 before   u32  the entry before in that list, 0 the first
 *  56 after    u32  the one that was described behind it last, 0 none: expected.ts
 *  60 age      u32  endings of entries by then
 *  64 sum      u32  what its links' numbers are together, 0 none: summed.ts
 *  68 reserved u32
 */
@unmanaged
export class Entry {
  next: u32;
  changed: u32;
  known: u32;
  links: u32;
  series: u32;
  state: u32;
  cell: u32;
  token: u32;
  length: u32;
  chain: u32;
  begun: f64;
  family: u32;
  before: u32;
  after: u32;
  age: u32;
  sum: u32;
  reserved: u32;
}
export const ENTRY_BYTES: u32 = 72;
if (offsetof<Entry>() != ENTRY_BYTES) ERROR("Entry must be 72 bytes");

/** True for a link of the retired. */
export function isRetired(link: usize): bool {
  return (changetype<Process>(<usize>changetype<Link>(link).process).flags & PROCESS_RETIRED) != 0;
}

/** The part of a link. */
export function linkPart(link: usize): usize {
  return link + LINK_BYTES;
}

/** The label block of an entry. */
export function entryBlock(entry: usize): usize {
  return entry + ENTRY_BYTES;
}

/** What a link's block must have room for. */
export function linkBytes(part: usize): u32 {
  return LINK_BYTES + changetype<Base>(part).bytes;
}
