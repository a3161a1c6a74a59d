// Definitions that images have, and the families that they lead to. The binding finds or makes a family once for each
// definition of a source; here it is only kept, for as long as it lives.

import { load32 } from "../memory/atomics";
import { take } from "../memory/arena";
import {
  BOUNDS_MAX,
  COUNTER,
  Definition,
  Family,
  GAUGE_HISTOGRAM,
  KIND_PLAIN,
  LIVE,
  NATIVE,
  SCHEMA_LEAST,
  SCHEMA_MOST,
  Shape,
} from "../layout";
import { OK } from "../status";
import { isFromImage } from "../store/family";
import { hashOf } from "../store/hash";
import { bytesEqual, hasShape } from "../store/shape";
import { entryChanged } from "./links";
import { Entry, Known, KNOWN_BYTES, KNOWN_FAMILY, Source } from "./mirror";

/** A definition's place in the record. */
export function knownDefinition(known: usize): usize {
  return known + KNOWN_BYTES;
}

/** What a source knows of a definition, made where it knows nothing; 0 without memory. */
export function knownOf(source: usize, definition: usize, length: u32): usize {
  const hash = hashOf(definition, length);
  for (let known: usize = changetype<Source>(source).known; known != 0; known = changetype<Known>(known).next) {
    const record = changetype<Known>(known);
    if (record.hash == hash && record.length == length && bytesEqual(knownDefinition(known), definition, length)) return known;
  }
  const made = take(KNOWN_BYTES + length, KIND_PLAIN, false);
  if (made == 0) return 0;
  const record = changetype<Known>(made);
  record.hash = hash;
  record.length = length;
  record.family = 0;
  // Not refused: not asked for yet.
  record.state = NOT_ASKED;
  record.entries = 0;
  memory.fill(made + KNOWN_FAMILY, 0, offsetof<Family>());
  memory.copy(knownDefinition(made), definition, length);
  record.next = changetype<Source>(source).known;
  changetype<Source>(source).known = made;
  return made;
}

/** No record has this state: it is FREE, and of no generation. */
const NOT_ASKED: u32 = 0xfffffffc;

/** The live family of a definition; 0 where it is refused, or to be asked for: then its state is not 0. */
export function knownFamily(known: usize): usize {
  const record = changetype<Known>(known);
  if (record.family == 0) return 0;
  return (record.state & 3) == LIVE && load32(record.family) == record.state ? <usize>record.family : 0;
}

export function isRefused(known: usize): bool {
  return changetype<Known>(known).state == 0;
}

/** Where a definition says how many bounds it has: all of a shape that is needed to pass over buckets. */
const BOUNDED: usize = offsetof<Definition>("boundCount");
if (offsetof<Shape>("boundCount") != 0) ERROR("A shape begins with how many bounds it has");

/** A family like a refused one. It takes no memory: shapes are never given back, and what is refused may be anything. */
export function knownLike(known: usize): usize {
  const family = changetype<Family>(known + KNOWN_FAMILY);
  if (family.definition != 0) return known + KNOWN_FAMILY;
  const definition = changetype<Definition>(knownDefinition(known));
  memory.fill(known + KNOWN_FAMILY, 0, offsetof<Family>());
  family.type = definition.type;
  family.mode = definition.mode;
  family.flags = definition.flags;
  if (hasShape(definition)) family.shape = <u32>(knownDefinition(known) + BOUNDED);
  family.definition = knownDefinition(known);
  return known + KNOWN_FAMILY;
}

/** Where the definition is that the binding is asked for. */
export function sourceWanted(source: usize): usize {
  return knownDefinition(changetype<Source>(source).wanted);
}

/**
 * The family of the definition that was asked for; 0 refuses it. One that was registered here in place of the one before shows
 * all that one showed, that of the dead, too: whoever removes a family does not mean that, whoever defines it does.
 */
export function sourceFamily(source: usize, family: usize, state: u32): i32 {
  const known: usize = changetype<Source>(source).wanted;
  const record = changetype<Known>(known);
  if (family != 0 && record.family != 0 && !isFromImage(family)) {
    for (let entry: usize = record.entries; entry != 0; entry = changetype<Entry>(entry).next) {
      // Not found yet: its series ended with its family, not by itself.
      changetype<Entry>(entry).cell = 0;
      entryChanged(source, entry);
    }
  }
  record.family = family;
  record.state = family == 0 ? 0 : state;
  return OK;
}

/** True for a definition whose parts fill it, and nothing more, and by which parts can be passed over. */
export function isDefinition(definition: usize, length: u32): bool {
  if (length < offsetof<Definition>()) return false;
  const record = changetype<Definition>(definition);
  if (record.length != length || record.boundCount > BOUNDS_MAX || record.quantileCount > BOUNDS_MAX) return false;
  if (record.type < COUNTER || record.type > GAUGE_HISTOGRAM) return false;
  if (record.type == NATIVE && (record.schema < SCHEMA_LEAST || record.schema > SCHEMA_MOST)) return false;
  const numbers = (<u64>(record.boundCount + record.quantileCount)) << 3;
  const texts = <u64>record.unitLength + record.helpLength + record.labelLength + record.nameLength + record.stateLength;
  return <u64>offsetof<Definition>() + numbers + texts == length;
}
