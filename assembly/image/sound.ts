// A look over records of changes before they are applied: what is refused leaves nothing, and what its process said before stays. Of a
// whole image that is easy, for it fills a process of its own, or the first: it is forgotten again. Changes are stored where the values
// before were. Those of numbers that are lent, as nearly all are, are kept while they are stored, and given back: numbers.ts. So of a frame
// it is the rest, from the first record on that is another one: each value that may be refused for what it is, is looked at here, and what
// cannot be is passed over.
//
// It looks at no link, no entry and no label: what a frame says of series that are not there is found when it is applied.

import { COUNTER, Family, SCRATCH_TOTALS } from "../layout";
import { ownWriter } from "../store/writer";
import { createdBegun, createdTaken } from "./created";
import { partPassed, partTaken } from "./decode";
import { exemplarsTaken } from "./exemplars";
import {
  FRAME_HEAD,
  SERIES_EXEMPLARS,
  SERIES_NEW,
  SERIES_REMOVED,
  TAG_END,
  TAG_ENTER,
  TAG_FAMILY,
  TAG_GONE,
  TAG_HEAD,
  TAG_SERIES,
  VALUE_DOUBLE,
  VALUE_WHOLE,
} from "./format";
import { frameLength, frameSeconds } from "./frame";
import { familyLike, familyOf, isDescribed } from "./known";
import { labelsTakeBegun, labelsTaken } from "./labels";
import { heldAt } from "./links";
import { Held, HELD_BYTES, Process } from "./mirror";
import { numbersBegun, numbersReturned, numbersSure } from "./numbers";
import { hasOrder, hasShares, isNumber } from "./part";
import { sourceFrame, sourceLabels } from "./sources";
import { takenEnd, varint32Taken, wholeBytes } from "./varint";

if (offsetof<Family>() > SCRATCH_TOTALS) ERROR("A family must fit in front of what is noted of writers");

/** Whether what is still to be applied of a frame is to be looked at. */
let looking: bool = false;
let family: usize = 0;
let stop: usize = 0;
let labelled: bool = false;

/** Passes over records of known series of which a number is said and nothing else; where the first one is that is another one, or to be looked at. */
function numbersPassed(at: usize): usize {
  const counting = changetype<Family>(family).type == COUNTER;
  while (at < stop) {
    // As in numbers.ts: up to 10 bytes behind the frame's end may be read.
    const tag: u32 = load<u8>(at);
    let from = at + 2;
    if (load<u8>(at, 1) > 127) {
      if (load<u8>(at, 2) > 127) break;
      from++;
    }
    if (tag == (TAG_SERIES | VALUE_WHOLE)) {
      const bytes = wholeBytes(load<u64>(from));
      if (bytes == 0) break;
      from += bytes;
    } else if (tag == (TAG_SERIES | VALUE_DOUBLE)) {
      if (counting && !(load<f64>(from) >= 0)) break;
      from += 8;
    } else break;
    if (from > stop) break;
    at = from;
  }
  return at;
}

/** Looks at the record of a series, behind its tag; where it ends, 0 for nonsense. */
function seriesLooked(process: usize, frame: usize, flags: u32, at: usize): usize {
  varint32Taken(at, stop);
  at = takenEnd();
  if (at == 0) return 0;
  if ((flags & SERIES_NEW) != 0) {
    if (!labelled) {
      createdBegun(frameSeconds(frame));
      labelsTakeBegun(sourceLabels(changetype<Process>(process).source));
      labelled = true;
    }
    at = createdTaken(at, stop);
    if (at != 0) at = labelsTaken(at, stop);
    if (at == 0) return 0;
  } else if ((flags & SERIES_REMOVED) != 0) return at;
  const isLooked = hasShares(family) || isNumber(family);
  at = isLooked ? partTaken(family, flags, at, stop, false) : partPassed(family, flags, at, stop);
  if (at != 0 && (flags & SERIES_EXEMPLARS) != 0) at = exemplarsTaken(family, 0, at, stop);
  return at;
}

/** Looks at what is said of a family; where that ends, 0 for nonsense. */
function familyLooked(process: usize, tag: u32, index: u32, at: usize): usize {
  if (tag == TAG_FAMILY) {
    const length = varint32Taken(at, stop);
    at = takenEnd();
    if (at == 0 || <u64>length > <u64>(stop - at) || !isDescribed(at, length)) return 0;
    // For as long as it is entered, where no part that is taken here has anything.
    family = familyLike(ownWriter().scratch, at);
    return at + length;
  }
  family = 0;
  if (tag == TAG_GONE) return at;
  const held = heldAt(process, index);
  const known: usize = held == 0 ? 0 : <usize>changetype<Held>(held).known;
  if (known == 0) return 0;
  family = familyOf(known);
  return at;
}

/**
 * True where each value in the records of a frame from `at` on is one that a process can have; else nothing of it is to be applied, and
 * `refusalReason` may know why. `entered` is the family that they are of, 0 for none yet, of a number below `next`. Families are told in the
 * order of their numbers, each once, as exporters do: what a number means is known then.
 */
function isSound(process: usize, frame: usize, at: usize, entered: usize, next: u32): bool {
  stop = frame + frameLength(frame, FRAME_HEAD);
  family = entered;
  while (at < stop) {
    if (family != 0 && isNumber(family) && !hasOrder(family)) at = numbersPassed(at);
    if (at >= stop) break;
    const tag: u32 = load<u8>(at++);
    if (tag >= TAG_SERIES) {
      if (family == 0) return false;
      at = seriesLooked(process, frame, tag & ~TAG_SERIES, at);
      if (at == 0) return false;
      continue;
    }
    if (tag == TAG_END) return true;
    const index = varint32Taken(at, stop);
    at = takenEnd();
    if (at == 0) return false;
    if (tag == TAG_HEAD) {
      // What stood there is a length.
      if (<u64>index > <u64>(stop - at)) return false;
      at += index;
      continue;
    }
    if ((tag != TAG_FAMILY && tag != TAG_ENTER && tag != TAG_GONE) || index < next) return false;
    next = index + 1;
    at = familyLooked(process, tag, index, at);
    if (at == 0) return false;
  }
  return true;
}

/** Begins a frame; `changes`: of changes, which are looked at. */
export function lookingBegun(changes: bool): void {
  looking = changes;
  if (changes) numbersBegun();
  else numbersSure();
}

/** True until the first look. */
export function isLooking(): bool {
  return looking;
}

/**
 * True where what a frame says from a record on may be applied; else what was applied of it was taken back. `held` and `entered` are of the
 * family that the record may be of, 0 for none yet. Before the first look nothing was applied but numbers that are kept.
 */
export function isLooked(process: usize, held: usize, entered: usize, record: usize): bool {
  if (!looking) return true;
  const source: usize = changetype<Process>(process).source;
  const frame = sourceFrame(source);
  const next = held == 0 ? 0 : <u32>(held - changetype<Process>(process).held) / HELD_BYTES + 1;
  labelled = false;
  const sound = isSound(process, frame, record, held == 0 ? 0 : entered, next);
  looking = false;
  if (sound) numbersSure();
  else numbersReturned(source, process, frame + FRAME_HEAD, record);
  if (labelled) {
    createdBegun(frameSeconds(frame));
    labelsTakeBegun(sourceLabels(source));
  }
  return sound;
}
