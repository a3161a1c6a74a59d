// Reads frames as an importer does, and tells what stands in them: for tests of what writes them.
//
//   head:3              the head's bytes
//   +2:jobs             a family is described   >2  entered   -2  gone
//   4{queue="a"}@1=7    a series at a position, with its labels and time of creation where it is new, and its value
//   4=7  4-  4=?  4=7!2 not new; gone; without a value; with two exemplars

import { textAt } from "../formatted";
import { Base, BASE_SET, Definition } from "../../../assembly/layout";
import { createdBegun, createdTaken, createdTime } from "../../../assembly/image/created";
import { partTaken, takenPart } from "../../../assembly/image/decode";
import {
  FRAME_HEAD,
  SERIES_EXEMPLARS,
  SERIES_NEW,
  SERIES_REMOVED,
  TAG_ENTER,
  TAG_FAMILY,
  TAG_GONE,
  TAG_HEAD,
  TAG_SERIES,
} from "../../../assembly/image/format";
import { frameChecked, frameCount, frameLength, frameSeconds } from "../../../assembly/image/frame";
import { labelsLength, LABELS_TAKE_BYTES, labelsTakeBegun, labelsTaken, labelsText } from "../../../assembly/image/labels";
import { takenEnd, varint32Taken, wideTaken } from "../../../assembly/image/varint";
import { definitionName, familyCreate, familyRemove } from "../../../assembly/store/family";
import { registryCreate } from "../../../assembly/store/registry";
import { inputAddress } from "../../../assembly/store/writer";
import { OK } from "../../../assembly/status";

const LABELS: usize = heap.alloc(LABELS_TAKE_BYTES);
const DEFINITION: usize = heap.alloc(1 << 16);

/** The twins of what was described, by index, in a registry of their own. */
let twins: Map<u32, i32> = new Map();
let registry: i32 = 0;
/** Where exemplars ended. */
let last: usize = 0;

/** Forgets what was described. In a fresh memory. */
export function readingBegun(): void {
  twins = new Map();
  registry = registryCreate();
}

function described(index: u32, at: usize, length: u32): void {
  if (twins.has(index)) familyRemove(twins.get(index), load<u32>(twins.get(index)));
  // It may not lie at a multiple of 8.
  memory.copy(DEFINITION, at, length);
  memory.copy(inputAddress(length + 8), DEFINITION, length);
  const family = familyCreate(registry, load<u32>(registry), 0);
  if (family < 0) abort("The family could not be made");
  twins.set(index, family);
}

function exemplarsPassed(at: usize, end: usize): usize {
  const count = varint32Taken(at, end);
  for (let i: u32 = 0; i < count; i++) {
    varint32Taken(takenEnd(), end);
    wideTaken(takenEnd(), end);
    wideTaken(takenEnd(), end);
    const length = varint32Taken(takenEnd(), end);
    at = takenEnd() + length;
    varint32Taken(at - 1, at);
    if (at > end) abort("Exemplars end behind the frame");
    last = at;
  }
  return last;
}

/** What a frame says; text that begins with an exclamation mark where it is broken. */
export function frameText(frame: usize, length: u32): string {
  if (frameChecked(frame, length) != OK || frameLength(frame, length) != length) return "!frame";
  const end = frame + length;
  const said: string[] = [];
  let at = frame + FRAME_HEAD;
  let family: u32 = 0;
  let position: u32 = 0;
  let count: u32 = 0;
  createdBegun(frameSeconds(frame));
  labelsTakeBegun(LABELS);
  while (at < end) {
    const tag: u32 = load<u8>(at++);
    if (tag == 0) {
      for (; at < end; at++) if (load<u8>(at) != 0) return "!zeros";
      break;
    }
    if (tag == TAG_HEAD) {
      const bytes = varint32Taken(at, end);
      at = takenEnd() + bytes;
      said.push("head:" + bytes.toString());
      continue;
    }
    if (tag < TAG_SERIES) {
      family = varint32Taken(at, end);
      at = takenEnd();
      position = -1;
    }
    if (tag == TAG_FAMILY) {
      const bytes = varint32Taken(at, end);
      at = takenEnd();
      described(family, at, bytes);
      said.push("+" + family.toString() + ":" + textAt(definitionName(DEFINITION), changetype<Definition>(DEFINITION).nameLength));
      at += bytes;
    } else if (tag == TAG_ENTER) {
      said.push(">" + family.toString());
    } else if (tag == TAG_GONE) {
      said.push("-" + family.toString());
    } else if ((tag & TAG_SERIES) != 0) {
      count++;
      position += varint32Taken(at, end) + 1;
      at = takenEnd();
      let text = position.toString();
      if ((tag & SERIES_REMOVED) != 0) {
        said.push(text + "-");
        continue;
      }
      if ((tag & SERIES_NEW) != 0) {
        at = createdTaken(at, end);
        text += "{";
        at = labelsTaken(at, end);
        text += textAt(labelsText(), labelsLength()) + "}@" + createdTime().toString();
      }
      at = partTaken(twins.get(family), tag, at, end, false);
      if (at == 0) return "!part " + text;
      const part = changetype<Base>(takenPart());
      text += (part.set & BASE_SET) == 0 ? "=?" : "=" + part.high.toString();
      if ((tag & SERIES_EXEMPLARS) != 0) {
        text += "!" + varint32Taken(at, end).toString();
        at = exemplarsPassed(at, end);
      }
      said.push(text);
    } else {
      return "!tag";
    }
  }
  if (count != frameCount(frame)) return "!count";
  return said.join(" ");
}
