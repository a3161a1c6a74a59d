// Shapes: one a layout of buckets, with what every cell of it needs beside its counts.

import { defined, define, failFrom, family, format, native } from "../formatted";
import {
  boundSlots,
  BOUNDS_MAX,
  COUNTER,
  Family,
  FAMILY_CLASSIC,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  NATIVE,
  Shape,
} from "../../../assembly/layout";
import { bytesReserved } from "../../../assembly/memory/arena";
import { weightOf } from "../../../assembly/metric/histogram";
import { bytesEqual, hasShape, shapeOf } from "../../../assembly/store/shape";

const bounds: usize = heap.alloc((BOUNDS_MAX + 1) * 8);

/** Bounds 1, 2, 3 and so on. */
function counted(boundCount: u32): usize {
  for (let i: u32 = 0; i < boundCount; i++) store<f64>(bounds + (i << 3), <f64>i + 1);
  return bounds;
}

describe("shapeOf", () => {
  it("makes one shape for equal bounds, and another for each other layout", () => {
    format();
    const three = shapeOf(counted(3), 3, false);
    expect<bool>(three != 0).toBe(true);
    const reserved = bytesReserved();
    expect<usize>(shapeOf(counted(3), 3, false)).toBe(three);
    expect<u32>(bytesReserved()).toBe(reserved);
    const two = shapeOf(counted(2), 2, false);
    expect<bool>(two == three).toBe(false);
    counted(3);
    store<f64>(bounds + 16, 3.5);
    const other = shapeOf(bounds, 3, false);
    expect<bool>(other == three || other == two).toBe(false);
    // Each is found again, wherever in the list it stands.
    expect<usize>(shapeOf(bounds, 3, false)).toBe(other);
    expect<usize>(shapeOf(counted(3), 3, false)).toBe(three);
    expect<usize>(shapeOf(counted(2), 2, false)).toBe(two);
  });

  it("keeps the bounds, Infinity up to the last pair, a weight a bucket and the bytes of a cell", () => {
    format();
    for (let boundCount: u32 = 0; boundCount <= 33; boundCount++) {
      const shape = shapeOf(counted(boundCount), boundCount, false);
      expect<u32>(changetype<Shape>(shape).boundCount).toBe(boundCount);
      expect<u32>(changetype<Shape>(shape).cellBytes).toBe(48 + (boundCount + 1) * 4);
      const slots = boundSlots(boundCount);
      let wrong = 0;
      for (let i: u32 = 0; i < slots; i++) {
        wrong += i32(load<f64>(shape + offsetof<Shape>() + (i << 3)) != (i < boundCount ? <f64>i + 1 : Infinity));
      }
      for (let i: u32 = 0; i <= boundCount; i++) {
        wrong += i32(load<u64>(shape + offsetof<Shape>() + ((slots + i) << 3)) != weightOf(i));
      }
      expect<i32>(wrong).toBe(0);
    }
  });

  it("takes no bytes of a shape's neighbour at the most bounds there may be", () => {
    format();
    const most = shapeOf(counted(BOUNDS_MAX), BOUNDS_MAX, false);
    const next = shapeOf(counted(1), 1, false);
    expect<usize>(next - most).toBeGreaterThanOrEqual(16 + (boundSlots(BOUNDS_MAX) + BOUNDS_MAX + 1) * 8);
  });

  it("is 0 without memory, and makes the shape afterwards", () => {
    format();
    failFrom(1);
    expect<usize>(shapeOf(counted(3), 3, false)).toBe(0);
    failFrom(0);
    const made = shapeOf(counted(3), 3, false);
    expect<bool>(made != 0).toBe(true);
    failFrom(1);
    expect<usize>(shapeOf(counted(3), 3, false)).toBe(made);
    failFrom(0);
  });

  it("is shared among families of the same bounds, of every type that has some", () => {
    format();
    const one = family(HISTOGRAM, 0, "one", "", [1, 2, 5]);
    const other = family(HISTOGRAM, 0, "other", "", [1, 2, 5]);
    const third = family(HISTOGRAM, 0, "third", "", [1, 2]);
    const fourth = native("fourth", "", 3, 160, [1, 2]);
    const fifth = family(GAUGE_HISTOGRAM, 0, "fifth", "", [1, 2]);
    expect<u32>(changetype<Family>(one).shape).toBe(changetype<Family>(other).shape);
    expect<bool>(changetype<Family>(third).shape == changetype<Family>(one).shape).toBe(false);
    expect<u32>(changetype<Family>(fourth).shape).toBe(changetype<Family>(third).shape);
    expect<u32>(changetype<Family>(fifth).shape).toBe(changetype<Family>(third).shape);
    expect<u32>(changetype<Family>(native("sixth", "", 3, 160)).shape).toBe(0);
  });
});

describe("hasShape", () => {
  it("is true for histograms and gauge histograms, and for a native one that counts into classic buckets", () => {
    format();
    for (let type = COUNTER; type <= GAUGE_HISTOGRAM; type++) {
      define(type, 0, "made", "", [1, 2]);
      expect<bool>(hasShape(defined())).toBe(type == HISTOGRAM || type == GAUGE_HISTOGRAM);
      defined().flags = FAMILY_CLASSIC;
      expect<bool>(hasShape(defined())).toBe(type == HISTOGRAM || type == GAUGE_HISTOGRAM || type == NATIVE);
    }
  });
});

describe("bytesEqual", () => {
  it("compares as many bytes as it is told", () => {
    store<u64>(bounds, 0x0102030405060708);
    store<u64>(bounds + 8, 0x0902030405060708);
    expect<bool>(bytesEqual(bounds, bounds + 8, 7)).toBe(true);
    expect<bool>(bytesEqual(bounds, bounds + 8, 8)).toBe(false);
    expect<bool>(bytesEqual(bounds, bounds + 8, 0)).toBe(true);
  });
});
