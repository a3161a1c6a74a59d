// Moments: what puts all that is said of one registry in order, whoever says it.
//
// A registry may have several exporters: a pusher to each of two collectors, pushers in two threads, a spool beside them. Each walks
// by itself and remembers what it said (shadow.ts), and to others all of them are one process. So whoever takes images in, where
// those of two exporters meet, has to know which of two walks saw more. No clock tells that: threads walk at the same time, clocks
// are set back, and a later walk of one series may be an earlier one of another.
//
// So the registry has one counter. Whoever begins an image takes the next number of it, the image's *sequence*; with each frame it
// says where the counter stands when the frame is done, its *until*. Both are atomic additions, the second one of 0, and an addition
// that comes later sees all that was seen before an earlier one. So:
//
//   until of one < sequence of the other    the other walk began when the first one had ended: it saw all that the first one saw, or
//                                           what became of it
//   else                                    they overlapped, and each may have seen what the other one has not
//
// and nothing else is ever concluded. An exporter's identity, its *generation*, is the sequence of its first image: no other one
// has it. What is received follows from that, in sequence.ts:
//
//   - an exporter's changes go upon that exporter's own state alone. Another's state may be newer, but a gauge that went there and
//     back, or a series that was removed and made anew, between two walks of one exporter is no change to it, and is one to the other.
//   - a whole image of another exporter takes the place of what is there where its sequence is greater than the until of that: it
//     began later than all of that was seen, and so no total goes back.
//   - what ended before the walk of what is there began says nothing new: whoever said it may take it for received.
//   - anything else is BEHIND: its exporter walks once more, as a whole and by a new number, which is greater than all that is there.
//
// So two exporters whose images do not meet never disturb each other; where they meet each change of speaker costs one whole image,
// and the last one of each, with nobody else about, is taken.
//
// A lock around one shadow for all would have told less: a thread that dies in it stops the others for ever. Here a thread that
// dies between any two accesses leaves a number that nobody uses.
//
// Numbers have 64 bits. They cross to JavaScript as doubles, which hold whole numbers up to 2^53: at a million images a second that
// is 285 years.

import { add64 } from "../memory/atomics";
import { Registry } from "../layout";

/** No image of ours has a number so great: doubles hold all that are less. */
export const MOMENTS_MAX: u64 = 1 << 53;

/** The number of an image that begins, of a live registry. Only between `begin` and `end`. */
export function momentNext(registry: usize): u64 {
  return add64(registry + offsetof<Registry>("moments"), 1) + 1;
}

/** The number of the image that began last. An addition, not a load: what was read before it may not be read after it. */
export function momentNow(registry: usize): u64 {
  return add64(registry + offsetof<Registry>("moments"), 0);
}
