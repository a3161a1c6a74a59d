// A counter's cell: what is taken, what is refused, and when a handle is told to bind again.

import "../formatted";
import { CounterCell } from "../../../assembly/layout";
import { counterAdd, counterValueOffset } from "../../../assembly/metric/counter";
import { OK, REFUSED, STALE } from "../../../assembly/status";

const cell: usize = heap.alloc(64);

function put(token: u32, value: f64): CounterCell {
  memory.fill(cell, 0, 64);
  const record = changetype<CounterCell>(cell);
  record.token = token;
  record.value = value;
  return record;
}

describe("counterAdd", () => {
  it("adds amounts that are finite and not negative", () => {
    const record = put(7, 0);
    expect<i32>(counterAdd(cell, 7, 1)).toBe(OK);
    expect<i32>(counterAdd(cell, 7, 0.5)).toBe(OK);
    expect<i32>(counterAdd(cell, 7, 0)).toBe(OK);
    expect<i32>(counterAdd(cell, 7, -0.0)).toBe(OK);
    expect<i32>(counterAdd(cell, 7, 1.7976931348623157e308)).toBe(OK);
    expect<f64>(record.value).toBe(1.7976931348623157e308);
  });

  it("is exact for integers up to 2^53", () => {
    const record = put(7, 9007199254740990);
    counterAdd(cell, 7, 1);
    expect<f64>(record.value).toBe(9007199254740991);
    counterAdd(cell, 7, 1);
    expect<f64>(record.value).toBe(9007199254740992);
  });

  it("refuses what a counter does not take, and writes nothing", () => {
    const record = put(7, 3);
    expect<i32>(counterAdd(cell, 7, -1)).toBe(REFUSED);
    expect<i32>(counterAdd(cell, 7, -5e-324)).toBe(REFUSED);
    expect<i32>(counterAdd(cell, 7, NaN)).toBe(REFUSED);
    expect<i32>(counterAdd(cell, 7, Infinity)).toBe(REFUSED);
    expect<i32>(counterAdd(cell, 7, -Infinity)).toBe(REFUSED);
    expect<f64>(record.value).toBe(3);
    expect<u32>(record.token).toBe(7);
  });

  it("says STALE for another token before it looks at the amount, and writes nothing", () => {
    const record = put(7, 3);
    expect<i32>(counterAdd(cell, 6, 1)).toBe(STALE);
    expect<i32>(counterAdd(cell, 8, NaN)).toBe(STALE);
    expect<i32>(counterAdd(cell, 0, 1)).toBe(STALE);
    expect<f64>(record.value).toBe(3);
  });
});

describe("counterValueOffset", () => {
  it("is where the bindings find the value behind the token", () => {
    put(7, 2.5);
    expect<f64>(load<f64>(cell + counterValueOffset())).toBe(2.5);
    expect<usize>((cell + counterValueOffset()) & 7).toBe(0);
  });
});
