// The snappy block format, both ways against snappyjs, which nobody here wrote; and blocks that are none.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import SnappyJS from "snappyjs";
import { inside } from "./internals.mjs";

const { snappy, unsnappy } = inside;
const MOST = 1 << 26;

function bothWays(bytes, what) {
  const own = snappy(bytes);
  assert.ok(Buffer.from(SnappyJS.uncompress(own)).equals(Buffer.from(bytes)), `${what}: snappyjs reads something else`);
  assert.ok(Buffer.from(unsnappy(own, MOST)).equals(Buffer.from(bytes)), `${what}: it reads something else itself`);
  const theirs = SnappyJS.compress(bytes);
  assert.ok(Buffer.from(unsnappy(theirs, MOST)).equals(Buffer.from(bytes)), `${what}: of snappyjs it reads something else`);
  return own.length;
}

/** Bytes that look like chance and are always the same. */
function noise(length) {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) bytes[i] = (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
  return bytes;
}

test("snappy: every length around where its forms change", () => {
  for (const length of [
    0, 1, 2, 3, 4, 15, 16, 17, 59, 60, 61, 62, 255, 256, 257, 258, 65535, 65536, 65537, 65600, 131072, 131073, 300_000,
  ]) {
    bothWays(noise(length), `noise of ${length}`);
    bothWays(new Uint8Array(length).fill(7), `${length} alike`);
    const half = noise(length);
    half.copyWithin(length >> 1, 0);
    bothWays(half, `${length}, a half twice`);
  }
});

test("snappy: copies of every length, at offsets of both forms", () => {
  for (const offset of [20, 2047, 2048, 2049, 65_000]) {
    for (let length = 1; length <= 140; length++) {
      const bytes = noise(offset + 300);
      bytes.copyWithin(offset, 0, length);
      bothWays(bytes, `${length} at ${offset}`);
    }
  }
});

test("snappy: what repeats becomes small, and what does not hardly larger", () => {
  const page = new TextEncoder().encode(
    Array.from({ length: 2000 }, (_, i) => `http_requests_total{method="GET",path="/items/${i}",status="200"} ${i * 7}\n`).join(""),
  );
  const own = bothWays(page, "a page");
  assert.ok(own < page.length / 4, `${own} of ${page.length}`);
  assert.ok(own < SnappyJS.compress(page).byteLength * 1.1);
  assert.ok(bothWays(new Uint8Array(1_000_000), "zeros") < 50_000);
  const many = noise(1_000_000);
  assert.ok(bothWays(many, "noise") <= many.length + 200);
});

test("snappy: any bytes come back", () => {
  const pieces = fc.array(fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 200 })), { maxLength: 60 });
  fc.assert(
    fc.property(pieces, (all) => {
      // Numbers repeat what was there before.
      const bytes = [];
      for (const piece of all) bytes.push(...(typeof piece === "number" ? bytes.slice(-piece) : piece));
      bothWays(Uint8Array.from(bytes), "any");
    }),
    { numRuns: 300, seed: 7 },
  );
});

test("unsnappy: what is no block gives nothing, and nothing beyond its limit is made", () => {
  const block = snappy(noise(1000));
  assert.equal(unsnappy(block, 999), undefined);
  assert.ok(unsnappy(block, 1000));
  for (let length = 0; length < block.length; length += 13) assert.equal(unsnappy(block.subarray(0, length), MOST), undefined, `${length}`);
  for (const bad of [
    [],
    [0x80],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    // A copy of what is not there, or of itself, and one beyond the end.
    [4, (3 << 2) | 2, 1, 0],
    [5, 0, 65, (3 << 2) | 2, 0, 0],
    [3, 0, 65, (9 << 2) | 2, 1, 0],
    [5, (7 << 2) | 0, 1, 2, 3, 4, 5, 6, 7, 8],
    [5, 0, 65],
    [2, (61 << 2) | 0, 255],
  ]) {
    assert.equal(unsnappy(Uint8Array.from(bad), MOST), undefined, String(bad));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = unsnappy(bytes, 100_000);
      assert.ok(read === undefined || read instanceof Uint8Array);
    }),
    { numRuns: 2000, seed: 7 },
  );
});
