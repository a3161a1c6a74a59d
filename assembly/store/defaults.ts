// Default labels against the labels of families: no sample may have one name twice. Asked in both orders, by
// any thread: when a family is registered and when default labels are set.

import { load32 } from "../memory/atomics";
import { Definition, Family, HISTOGRAM, LIVE, MODE_ALL, Registry } from "../layout";
import { tableCount, tableGet } from "./table";

const COMMA: u32 = 44;
const EQUALS: u32 = 61;
const QUOTE: u32 = 34;
const BACKSLASH: u32 = 92;
const LE: usize = memory.data<u8>([108, 101]); // "le"
const WRITER: usize = memory.data<u8>([119, 114, 105, 116, 101, 114]); // "writer"

function same(one: usize, other: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(one + i) != load<u8>(other + i)) return false;
  return true;
}

/** True where a name is in a list that is joined by commas. */
function listed(name: usize, length: u32, list: usize, listLength: u32): bool {
  let from: u32 = 0;
  for (let at: u32 = 0; at <= listLength; at++) {
    if (at != listLength && load<u8>(list + at) != COMMA) continue;
    if (at - from == length && same(name, list + from, length)) return true;
    from = at + 1;
  }
  return false;
}

/** True where a rendered block has a label that a family of this definition prints too. */
function meets(block: usize, length: u32, definition: usize): bool {
  const record = changetype<Definition>(definition);
  const list = definition + record.length - record.nameLength - record.labelLength;
  let at: u32 = 0;
  while (at < length) {
    const from = at;
    while (load<u8>(block + at) != EQUALS) at++;
    const name = block + from;
    const size = at - from;
    if (record.labelLength != 0 && listed(name, size, list, record.labelLength)) return true;
    if (record.type == HISTOGRAM && listed(name, size, LE, 2)) return true;
    if (record.mode == MODE_ALL && listed(name, size, WRITER, 6)) return true;
    // Over `="`, the value and `",`.
    at += 2;
    while (load<u8>(block + at) != QUOTE) at += load<u8>(block + at) == BACKSLASH ? 2 : 1;
    at += 2;
  }
  return false;
}

/** True where a new family would print a default label of its registry twice. */
export function familyMeetsDefaults(registry: usize, definition: usize): bool {
  const labels: usize = load32(registry + offsetof<Registry>("labels"));
  return labels != 0 && meets(labels + 4, load32(labels), definition);
}

/** A live family that prints one of these labels itself, or 0. */
export function familyOfDefaults(registry: usize, block: usize, length: u32): usize {
  const table: usize = changetype<Registry>(registry).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const family = tableGet(table, i);
    if (family == 0 || (load32(family) & 3) != LIVE) continue;
    if (meets(block, length, changetype<Family>(family).definition)) return family;
  }
  return 0;
}
