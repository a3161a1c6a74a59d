// The models of the core's protocols hold, and find what their mutants do wrong: at small sizes, which `npm run models`
// has at the full ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checked, lacking, MODELS } from "../../scripts/models.mjs";

const skip = (await lacking()) ?? false;

for (const model of MODELS) {
  test(`${model.name}.pml holds in every order, and none of its mutants does`, { skip }, async (t) => {
    const rows = await checked(model, { quick: true });
    assert.ok(rows.length > 2 && rows[0].states > 100, "a model without states proves nothing");
    for (const { mutant, holds, states, error } of rows) {
      t.diagnostic(`${mutant ?? "as it is"}: ${states} states`);
      assert.ok(holds, mutant === undefined ? `it does not hold: ${error}` : `the mutant ${mutant} was not found`);
    }
  });
}
