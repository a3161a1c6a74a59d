// The short form of numbers that are read back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { available, missing, readBack } from "./read-back.mjs";
import { SEED, Seeded } from "./seeded.mjs";

test(
  `numbers that the core prints are read back to the bit, here and by Python, from seed ${SEED}`,
  { skip: available ? false : missing },
  () => {
    const random = new Seeded(SEED);
    const { read, wrong } = readBack(20_000, () => random.next());
    assert.ok(read > 140_000, `${read} read`);
    assert.equal(wrong, 0);
  },
);
