// What a scrape says that stands still at any of its accesses, while another thread removes, resets or folds what it writes: each series
// as it was before or as it is behind that, or nothing of it. `npm run faults` stops at every access.

import assert from "node:assert/strict";
import { test } from "node:test";
import { texts } from "./table/page.mjs";
import { hands } from "./table/metrics.mjs";
import { WORLDS } from "./table/worlds.mjs";

const [world] = WORLDS;
const { TALLYSTICK_STEP } = process.env;
const { run: walk } = world.verbs.expositionWrite;

/** A world in which one counter has one cell, as most have: those are written by a way of their own. */
function made(hook) {
  const w = world.made(hook, () => {});
  w.first.add(w.first.bind(hands(w.first).jobs.family, 'queue="lone"', 2), 7);
  return w;
}

/** What is on the page of a whole walk, behind what happened before. */
function seen(before) {
  const w = made(() => {});
  before(w);
  w.victim.run((t) => walk(t, w));
  return texts(w.seen);
}

/** What another thread does, and every how manieth access is one that the scrape stops at. */
const INTRUDERS = {
  "removes a series": 7,
  "removes all families": 7,
  "resets all": 7,
  "folds the dead": 31,
  "makes a series": 31,
  "counts in every series": 31,
};

for (const [intruder, coarse] of Object.entries(INTRUDERS)) {
  const step = Number(TALLYSTICK_STEP ?? coarse);
  test(`a scrape says nothing that never was, while another thread ${intruder}`, (t) => {
    const intrude = (w) => world.intruders[intruder](w, w.third);
    const [before, behind] = [seen(() => {}), seen(intrude)];
    assert.ok(before.size > 5, `${before.size} series`);
    let stops = 0;
    for (let at = 1, isOver = false; !isOver; at += step) {
      isOver = true;
      const w = made((n) => {
        if (n !== at) return;
        isOver = false;
        stops++;
        intrude(w);
      });
      w.victim.run((thread) => walk(thread, w));
      const page = texts(w.seen);
      for (const key of new Set([...page.keys(), ...before.keys(), ...behind.keys()])) {
        const said = page.get(key);
        const may = [before.get(key), behind.get(key)];
        assert.ok(may.includes(said), `stopped at access ${at}: ${key} is ${said}, not ${may.join(" or ")}`);
      }
    }
    assert.ok(stops > 100, `only ${stops} stops`);
    t.diagnostic(`${stops} stops`);
  });
}
