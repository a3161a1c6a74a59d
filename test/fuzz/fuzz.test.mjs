// Every input that failed once, and some new ones of each target: `npm run fuzz` has many. Seeds are printed; `FUZZ_SEED` has one again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, kept } from "./corpus.mjs";
import { fuzzed } from "./fuzzing.mjs";
import { TARGETS, targetOf } from "./targets.mjs";

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

for (const name of TARGETS) {
  test(`${name}: what failed once, and as many more as there is time for`, async (t) => {
    const target = await targetOf(name);
    const inputs = kept(target.name);
    t.diagnostic(`seed ${SEED}, ${inputs.length} kept, ${target.short} more`);
    if (inputs.length > 0) {
      const opened = await target.open();
      for (const { file, input } of inputs) {
        await assert.doesNotReject(async () => opened.check(input, true), `test/fuzz/corpus/${target.name}/${file}`);
      }
      await opened.close?.();
    }
    const { failures } = await fuzzed(target, { seed: SEED, runs: target.short });
    for (const { run, input, error } of failures) {
      t.diagnostic(`input ${run} of seed ${SEED} is kept as test/fuzz/corpus/${target.name}/${keep(target.name, input)}`);
      throw error;
    }
  });
}
