// The order of settings: never back in one memory, and by the clock between memories.

import { format } from "../formatted";
import { orderNext } from "../../../assembly/metric/order";

const NOW: f64 = 1790000000123;

describe("orderNext", () => {
  it("grows with every setting, whatever the clock says", () => {
    format();
    const clocks = [0, 0, -5, NOW, NOW, NOW - 1000, NaN, Infinity, 1e300, NOW + 1, 0];
    let before: u64 = 0;
    for (let i = 0; i < clocks.length; i++) {
      const order = orderNext(clocks[i]);
      expect<bool>(order > before).toBe(true);
      before = order;
    }
    expect<u64>(before).toBe(((<u64>NOW + 1) << 20) + 1);
  });

  it("goes by the clock from one memory to the next", () => {
    format();
    const first = orderNext(NOW);
    orderNext(NOW);
    const last = orderNext(NOW);
    format();
    expect<bool>(orderNext(NOW + 1) > last).toBe(true);
    format();
    expect<u64>(orderNext(NOW)).toBe(first);
    format();
    expect<bool>(orderNext(NOW - 1) < first).toBe(true);
  });
});
