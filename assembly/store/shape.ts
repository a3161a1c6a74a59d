// Shapes: one for each layout of classic buckets, shared by all cells that have it.

import { exchangeIf32, load32 } from "../memory/atomics";
import { bump } from "../memory/arena";
import {
  boundSlots,
  Definition,
  FAMILY_CLASSIC,
  GAUGE_HISTOGRAM,
  Header,
  HEADER,
  HISTOGRAM,
  HistogramCell,
  NATIVE,
  Shape,
} from "../layout";
import { weightOf } from "../metric/histogram";

export function bytesEqual(one: usize, other: usize, length: u32): bool {
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(one + i) != load<u64>(other + i)) return false;
  for (; i < length; i++) if (load<u8>(one + i) != load<u8>(other + i)) return false;
  return true;
}

/** The one shape of these bounds, made where there is none; 0 without memory. */
export function shapeOf(bounds: usize, boundCount: u32, reserve: bool): usize {
  const shapes = HEADER + offsetof<Header>("shapes");
  let made: usize = 0;
  while (true) {
    const first = load32(shapes);
    for (let shape: usize = first; shape != 0; shape = changetype<Shape>(shape).next) {
      const record = changetype<Shape>(shape);
      // A lost race leaves one shape too many, unlinked: a few hundred bytes for the memory's life.
      if (record.boundCount == boundCount && bytesEqual(shape + offsetof<Shape>(), bounds, boundCount << 3)) return shape;
    }
    if (made == 0) {
      const slots = boundSlots(boundCount);
      made = bump(<u32>offsetof<Shape>() + (slots + boundCount + 1) * 8, 16, reserve);
      if (made == 0) return 0;
      const record = changetype<Shape>(made);
      record.boundCount = boundCount;
      record.cellBytes = <u32>offsetof<HistogramCell>() + ((boundCount + 1) << 2);
      const copy = made + offsetof<Shape>();
      for (let i = boundCount; i < slots; i++) store<f64>(copy + (i << 3), Infinity);
      memory.copy(copy, bounds, boundCount << 3);
      const weights = copy + (slots << 3);
      for (let i: u32 = 0; i <= boundCount; i++) store<u64>(weights + (i << 3), weightOf(i));
    }
    changetype<Shape>(made).next = first;
    if (exchangeIf32(shapes, first, made) == first) return made;
  }
}

/** True where samples of a definition have classic buckets. */
export function hasShape(definition: Definition): bool {
  const type = definition.type;
  return type == HISTOGRAM || type == GAUGE_HISTOGRAM || (type == NATIVE && (definition.flags & FAMILY_CLASSIC) != 0);
}
