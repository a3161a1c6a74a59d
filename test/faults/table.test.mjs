// The table of faults, a sample of it: `npm run faults` is the long form. Every export of the core has a place in it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { internals } from "../internals.mjs";
import { Driver } from "./table/driver.mjs";
import { soak } from "./table/soak.mjs";
import { watched } from "./table/watched.mjs";
import { exported, exportOf, REASONS, WORLDS } from "./table/worlds.mjs";
import { Death, Thread } from "./thread.mjs";

const { status } = internals;
/** What one death may cost over many: a block in hand now and then. */
const LOSS_BYTES = 64;

test("every exported verb has a place in the table of faults, or a reason", () => {
  const there = [...WORLDS.flatMap(({ verbs }) => Object.keys(verbs).map(exportOf)), ...Object.keys(REASONS)];
  const names = exported();
  assert.deepEqual(
    names.filter((name) => !there.includes(name)),
    [],
    "Put it into the verbs of a world in test/faults/table/",
  );
  assert.deepEqual(
    there.filter((name) => !names.includes(name)),
    [],
    "There is no such export",
  );
});

const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9));
for (const { name } of WORLDS) {
  test(`table of faults, ${name}: deaths, suspensions, both at once and no memory leave all exact (FAULTS_SEED=${seed})`, async (t) => {
    const sizes = { deaths: 1, suspensions: name === "metrics" ? 0.06 : 0.15, pairs: 18, points: 1, allocations: 1 };
    const { rows, failures } = await watched({ seed, worlds: [name], ...sizes });
    assert.deepEqual(failures, []);
    assert.equal(rows.length, 5);
    for (const { fault, runs } of rows) assert.ok(runs > 5, `${fault}: only ${runs} runs`);
    t.diagnostic(rows.map(({ fault, runs }) => `${fault} ${runs}`).join(", "));
  });
}

for (const [verb, intruder, step] of [
  ["carryRead", "removes all families", 1],
  ["registriesEnd", "believes it dead", 25],
]) {
  test(`${verb}: suspended at every access, or every ${step}th, while another thread ${intruder}`, () => {
    const driver = new Driver(WORLDS[0]);
    let n = 1;
    while (driver.suspension(verb, intruder, n)) n += step;
    assert.ok(n > 20, `only ${n} accesses`);
  });
}

for (const [what, verbs] of Object.entries({ "in any verb": undefined, "while it leaves": ["writerLeave"] })) {
  test(`threads without end, each of which dies ${what}: totals only grow, and memory is bounded (FAULTS_SEED=${seed})`, () => {
    const { died, back, used } = soak(60, seed, () => {}, verbs);
    assert.equal(back, 0);
    assert.ok(died > 0);
    // The first ones make what all others use: slots, slabs and families.
    const [early, late] = used;
    if (verbs !== undefined) assert.ok(late - early < 60 * LOSS_BYTES, `${late - early} bytes more behind 60 threads`);
  });
}

test("table of faults: what hangs is ended and named", async () => {
  const { failures } = await watched({ hangs: true }, { hangMs: 500 });
  assert.deepEqual(failures, ["It hangs: a thread that hangs"]);
});

test("memoryFormat: a death at every change leaves a memory that is none, and that the next one formats", () => {
  let changes = 0;
  for (let n = 1, died = true; died; n++) {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 160, shared: true });
    let made = 0;
    const victim = new Thread(memory, (_access, _thread, what) => {
      if (what !== "load" && what !== "store" && ++made === n) throw new Death();
    });
    died = !victim.run((t) => t.core.memoryFormat(1 << 22, 1n, 2n));
    const other = new Thread(memory);
    if (died) assert.equal(other.core.memoryCheck(), status.FOREIGN, `change ${n}`);
    assert.equal(other.core.memoryFormat(1 << 22, 1n, 2n), status.OK, `change ${n}`);
    assert.equal(other.core.memoryCheck(), status.OK);
    other.claim();
    assert.ok(other.core.registryCreate() > 0);
    changes = n;
  }
  assert.ok(changes > 10, `only ${changes} changes`);
});
