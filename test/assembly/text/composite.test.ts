// Composite values of OpenMetrics 2.0, part by part and whole.

import { randomBelow, randomFrom, textAt } from "../formatted";
import {
  classicBytesMax,
  classicPut,
  COMPOSITE_BYTES,
  compositeBegin,
  compositeEnd,
  histogramValuePut,
  nativePut,
  quantilesBytesMax,
  quantilesPut,
  sideBytesMax,
  sidePut,
  spanEnd,
  spanOffset,
} from "../../../assembly/text/composite";
import { sparseBytes, sparseClear, sparseCountAt, sparseIndexAt, sparsePut } from "../../../assembly/metric/sparse";

const at: usize = heap.alloc(65536);
const bounds: usize = heap.alloc(1024);
const buckets: usize = heap.alloc(1024);
const CAPACITY: u32 = 1024;
const natives: usize = heap.alloc(sparseBytes(CAPACITY));

function boundsAre(values: f64[], counts: u64[]): void {
  for (let i = 0; i < values.length; i++) store<f64>(bounds + ((<usize>i) << 3), values[i]);
  for (let i = 0; i < counts.length; i++) store<u64>(buckets + ((<usize>i) << 3), counts[i]);
}

/** A Sparse of one side. */
function nativesAre(indices: i32[], counts: u64[]): u32 {
  sparseClear(natives, CAPACITY, 0);
  for (let i = 0; i < indices.length; i++) sparsePut(natives, i, indices[i], counts[i]);
  return indices.length;
}

function classic(values: f64[], counts: u64[]): string {
  boundsAre(values, counts);
  return textAt(at, classicPut(at, buckets, bounds, values.length) - at);
}

function side(negative: bool, indices: i32[], counts: u64[]): string {
  return textAt(at, sidePut(at, negative, natives, 0, nativesAre(indices, counts)) - at);
}

function quantiles(pairs: f64[]): string {
  for (let i = 0; i < pairs.length; i++) store<f64>(bounds + ((<usize>i) << 3), pairs[i]);
  return textAt(at, quantilesPut(at, bounds, pairs.length >> 1) - at);
}

describe("histogramValuePut", () => {
  it("writes a whole value, and words with a g for a gauge histogram", () => {
    boundsAre([0.01, 1], [0, 8, 9]);
    expect<string>(textAt(at, histogramValuePut(at, false, 3.5, buckets, bounds, 2) - at)).toBe(
      "{count:17,sum:3.5,bucket:[0.01:0,1:8,+Inf:17]}",
    );
    expect<string>(textAt(at, histogramValuePut(at, true, -3.5, buckets, bounds, 2) - at)).toBe(
      "{gcount:17,gsum:-3.5,bucket:[0.01:0,1:8,+Inf:17]}",
    );
    expect<string>(textAt(at, histogramValuePut(at, false, NaN, buckets, bounds, 0) - at)).toBe("{count:0,sum:NaN,bucket:[+Inf:0]}");
  });
});

describe("classicPut", () => {
  it("sums the buckets up and ends with +Inf, empty ones included", () => {
    expect<string>(classic([], [0])).toBe(",bucket:[+Inf:0]");
    expect<string>(classic([-1.5, 0, 2.5], [1, 0, 2, 0])).toBe(",bucket:[-1.5:1,0:1,2.5:3,+Inf:3]");
    expect<string>(classic([0.00001, 1e6], [1, 2, u64.MAX_VALUE - 3])).toBe(",bucket:[1e-05:1,1e+06:3,+Inf:18446744073709551615]");
  });
});

describe("compositeBegin", () => {
  it("writes count and sum as numbers, infinities as Prometheus names them", () => {
    expect<string>(textAt(at, compositeBegin(at, false, 59, 120) - at)).toBe("{count:59,sum:120");
    expect<string>(textAt(at, compositeBegin(at, true, 0, -Infinity) - at)).toBe("{gcount:0,gsum:-Inf");
    expect<string>(textAt(at, compositeBegin(at, false, u64.MAX_VALUE, 1e-7) - at)).toBe("{count:18446744073709551615,sum:1e-7");
  });
});

describe("nativePut", () => {
  it("writes schema, threshold and zero count", () => {
    expect<string>(textAt(at, nativePut(at, 3, 0.0001, 0) - at)).toBe(",schema:3,zero_threshold:0.0001,zero_count:0");
    expect<string>(textAt(at, nativePut(at, -4, 2.938735877055719e-39, 12) - at)).toBe(
      ",schema:-4,zero_threshold:2.938735877055719e-39,zero_count:12",
    );
  });
});

describe("sidePut", () => {
  it("writes one span for indices without a gap", () => {
    expect<string>(side(true, [1, 2], [5, 7])).toBe(",negative_spans:[1:2],negative_buckets:[5,7]");
    expect<string>(side(false, [-3], [9])).toBe(",positive_spans:[-3:1],positive_buckets:[9]");
  });

  it("begins a span at every gap, the first with its index, the others with the gap", () => {
    expect<string>(side(false, [-1, 0, 4, 5, 6, 7], [5, 7, 10, 9, 8, 8])).toBe(
      ",positive_spans:[-1:2,3:4],positive_buckets:[5,7,10,9,8,8]",
    );
    expect<string>(side(false, [-2147483648, -2147483640], [1, 2])).toBe(",positive_spans:[-2147483648:1,7:1],positive_buckets:[1,2]");
  });

  it("writes nothing for no buckets", () => {
    expect<string>(side(true, [], [])).toBe("");
    expect<string>(side(false, [], [])).toBe("");
  });
});

describe("spanEnd and spanOffset", () => {
  it("find every bucket again, whatever the gaps are", () => {
    randomFrom(1);
    let wrong = 0;
    for (let round = 0; round < 200; round++) {
      const count = randomBelow(40) + 1;
      let index = <i32>randomBelow(2000) - 1000;
      for (let i: u32 = 0; i < count; i++) {
        sparsePut(natives, i, index, i + 1);
        index += randomBelow(2) == 0 ? 1 : <i32>randomBelow(5) + 1;
      }
      let found = 0;
      let before: u32 = 0;
      for (let from: u32 = 0, end: u32 = 0; from < count; from = end) {
        end = spanEnd(natives, 0, count, from);
        // The offset counts from behind the last bucket of the span before.
        found += spanOffset(natives, 0, from);
        wrong += i32(end <= from || (from != 0 && spanOffset(natives, 0, from) < 1));
        for (; before < end; before++)
          wrong += i32(sparseIndexAt(natives, before) != found++ || sparseCountAt(natives, before) != before + 1);
      }
      wrong += i32(before != count);
    }
    expect<i32>(wrong).toBe(0);
  });
});

describe("quantilesPut", () => {
  it("writes pairs, and an empty list for none", () => {
    expect<string>(quantiles([])).toBe(",quantile:[]");
    expect<string>(quantiles([0.5, 0.25, 0.99, NaN, 1, Infinity])).toBe(",quantile:[0.5:0.25,0.99:NaN,1:+Inf]");
  });
});

describe("compositeEnd", () => {
  it("closes a value of both kinds of buckets, and a summary", () => {
    boundsAre([0.5, 1], [1, 1, 0]);
    let end = nativePut(compositeBegin(at, false, 2, 120), 0, 0.0001, 0);
    end = sidePut(end, true, natives, 0, 0);
    end = sidePut(end, false, natives, 0, nativesAre([1, 2], [1, 1]));
    expect<string>(textAt(at, compositeEnd(classicPut(end, buckets, bounds, 2)) - at)).toBe(
      "{count:2,sum:120,schema:0,zero_threshold:0.0001,zero_count:0,positive_spans:[1:2],positive_buckets:[1,1],bucket:[0.5:1,1:2,+Inf:2]}",
    );
    store<f64>(bounds, 0.95);
    store<f64>(bounds + 8, 2);
    expect<string>(textAt(at, compositeEnd(quantilesPut(compositeBegin(at, false, 34, 479.3), bounds, 1)) - at)).toBe(
      "{count:34,sum:479.3,quantile:[0.95:2]}",
    );
  });

  it("stays in the sum of the bounds of its parts, with the longest numbers", () => {
    const longest = -2.2250738585072014e-308;
    for (let i = 0; i < 32; i++) store<f64>(bounds + ((<usize>i) << 3), longest);
    memory.fill(buckets, 0, 136);
    store<u64>(buckets, u64.MAX_VALUE);
    for (let i = 0; i < 100; i++) {
      sparsePut(natives, i, i32.MIN_VALUE + i * 40000000, u64.MAX_VALUE);
    }
    const most = COMPOSITE_BYTES + classicBytesMax(16) + quantilesBytesMax(16) + 2 * sideBytesMax(100);
    store<u64>(at + most, 0xeeeeeeeeeeeeeeee);
    let end = nativePut(compositeBegin(at, true, u64.MAX_VALUE, longest), i32.MIN_VALUE, longest, u64.MAX_VALUE);
    end = sidePut(sidePut(end, true, natives, 0, 100), false, natives, 0, 100);
    end = compositeEnd(quantilesPut(classicPut(end, buckets, bounds, 16), bounds, 16));
    expect<usize>(end - at).toBeLessThan(most);
    // Each part alone, where nothing that others leave over helps it.
    expect<usize>(
      compositeEnd(nativePut(compositeBegin(at, true, u64.MAX_VALUE, longest), i32.MIN_VALUE, longest, u64.MAX_VALUE)) - at,
    ).toBeLessThan(COMPOSITE_BYTES - 128);
    expect<usize>(classicPut(at, buckets, bounds, 16) - at).toBeLessThan(classicBytesMax(16));
    expect<usize>(sidePut(at, true, natives, 0, 100) - at).toBeLessThan(sideBytesMax(100));
    expect<usize>(quantilesPut(at, bounds, 16) - at).toBeLessThan(quantilesBytesMax(16));
    expect<u64>(load<u64>(at + most)).toBe(0xeeeeeeeeeeeeeeee);
  });
});
