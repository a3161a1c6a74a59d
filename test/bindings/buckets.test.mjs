// A bucket of 32 bits that is full: its owner folds the cell and counts on, and nobody sees it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryMade, Thread } from "../faults/thread.mjs";
import { parsed } from "../faults/page.mjs";

const MASK = (1n << 64n) - 1n;
const K1 = 0x9e3779b97f4a7c15n;

/** The weight of a bucket, as metric/histogram.ts says. */
function weight(bucket) {
  let z = ((bucket + 1n) * K1) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** Makes a cell look as if it had counted `more` observations of 0 in its second bucket. */
function fastForward(thread, handle, more) {
  const view = thread.view(handle.cell, 64);
  view.setUint32(48 + 4, view.getUint32(52, true) + more, true);
  view.setBigUint64(40, (view.getBigUint64(40, true) + BigInt(more) * weight(1n)) & MASK, true);
}

test("observe counts past 2^32 in one bucket, exactly", () => {
  const first = memoryMade();
  const other = new Thread(first.memory, undefined, 2).claim();
  const sizes = first.family("histogram", { name: "sizes", buckets: [-1, 0, 1] });
  const handle = first.bind(sizes, "");
  first.observe(handle, 0);
  fastForward(first, handle, 0xffffffff - 3);
  const count = () => parsed(other.scrape()).get('sizes_bucket{le="0.0"}');
  assert.equal(count(), 0xffffffff - 2);
  for (let i = 1; i <= 10; i++) {
    assert.equal(first.observe(handle, 0), 0);
    assert.equal(count(), 0xffffffff - 2 + i);
  }
  assert.equal(first.observe(handle, 1), 0);
  assert.equal(parsed(other.scrape()).get('sizes_bucket{le="+Inf"}'), 0xffffffff + 9);
});
