// The label block of what takes all beyond a limit, of a family's series or of labels that are set aside: all of its labels are
// `tallystick_overflow`.

import { Definition, Family } from "../layout";
import { inputAddress } from "../store/writer";
import { valuedPut } from "./block";

const NEWLINE: u32 = 10;
const COMMA: u32 = 44;
const VALUE_BYTES: u32 = 22;
// prettier-ignore
const VALUE: usize = memory.data<u8>([61, 34, 116, 97, 108, 108, 121, 115, 116, 105, 99, 107, 95, 111, 118, 101, 114, 102, 108, 111, 119, 34]);

let length: u32 = 0;

/** The bytes of the last block. */
export function overflowLength(): u32 {
  return length;
}

/** The block of a family, in the writer's input; 0 without memory. */
export function overflowBlock(family: usize): usize {
  const definition = changetype<Definition>(<usize>changetype<Family>(family).definition);
  const last = changetype<usize>(definition) + definition.length - definition.nameLength;
  const from = last - definition.labelLength;
  const to = inputAddress(definition.labelLength * (VALUE_BYTES + 1) + VALUE_BYTES);
  if (to == 0) return 0;
  length = 0;
  for (let at = from; at < last; at++) {
    const byte = load<u8>(at);
    if (byte != NEWLINE) {
      store<u8>(to + length++, byte);
      if (at + 1 < last) continue;
    }
    memory.copy(to + length, VALUE, VALUE_BYTES);
    length += VALUE_BYTES;
    if (at + 1 < last) store<u8>(to + length++, COMMA);
  }
  return to;
}

/** The block of the names of another one, in the writer's input, with 8 bytes behind it; 0 without memory. */
export function overflowOf(block: usize, bytes: u32): usize {
  length = valuedPut(0, block, bytes, VALUE, VALUE_BYTES);
  const to = inputAddress(length + 8);
  if (to != 0) valuedPut(to, block, bytes, VALUE, VALUE_BYTES);
  return to;
}
