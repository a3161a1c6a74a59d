// Journals of receivers that went wrong, with checks that are right: what is read of one is what its records say, or it is damaged and
// nothing is. Nothing else is thrown.

import assert from "node:assert/strict";
import { inside } from "../internals.mjs";
import { mutated } from "../mutate.mjs";

const { HEAD_BYTES, readOf, recordOf } = inside.journal;

/** FNV-1a, as journals have it. */
function checkOf(bytes) {
  let check = 2166136261;
  for (const byte of bytes) check = Math.imul(check ^ byte, 16777619);
  return check >>> 0;
}

function record(random) {
  const key = () => random.of(["a", "b", "retired", "", "__proto__", "é🦀"]);
  const put = new Map(
    Array.from({ length: random.below(4) }, () => [key(), Uint8Array.from({ length: random.below(40) }, () => random.below(256))]),
  );
  return recordOf(put, Array.from({ length: random.below(2) }, key));
}

/** A record whose changes went wrong, with checks that say they are sound. */
function wrong(bytes, random) {
  const changes = mutated(bytes.slice(HEAD_BYTES), random, bytes);
  const all = new Uint8Array(HEAD_BYTES + changes.length);
  const head = new DataView(all.buffer);
  all.set(bytes.subarray(0, 4));
  all.set(changes, HEAD_BYTES);
  head.setUint32(4, changes.length, true);
  head.setUint32(8, checkOf(changes), true);
  head.setUint32(12, checkOf(all.subarray(0, 12)), true);
  return all;
}

export const journals = {
  name: "journals",
  about: "journals of receivers with right checks",
  runs: 200_000,
  short: 3000,
  async open() {
    return {
      input(random) {
        const records = Array.from({ length: 1 + random.below(3) }, () => record(random));
        const at = random.below(records.length);
        if (random.once(2)) records[at] = wrong(records[at], random);
        const all = new Uint8Array(Buffer.concat(records));
        return random.once(3) ? mutated(all, random) : all;
      },
      check(bytes) {
        let read;
        try {
          read = readOf(bytes, "journal");
        } catch (error) {
          assert.match(error.message, /^"journal" is damaged at byte \d+; /, error.stack);
          return;
        }
        assert.ok(read.end <= bytes.length);
        let length = 0;
        for (const value of read.kept.values()) length += value.length;
        assert.ok(length <= bytes.length, "more is kept than there is");
        assert.deepEqual(readOf(bytes.slice(0, read.end), "journal").kept, read.kept, "what was cut off counted");
      },
    };
  },
};
