// What is run of the faults: all of a kind where that ends in time, else as many as are wanted, by a seed.

import { Driver } from "./driver.mjs";
import { random } from "./random.mjs";
import { WORLDS } from "./worlds.mjs";

/** Allocations of one verb. */
const ALLOCATIONS_MAX = 40;

/** Up to `most` of the numbers from 1 to `count`, in their order. */
function some(count, most, next) {
  if (count <= most) return Array.from({ length: count }, (_, i) => i + 1);
  const taken = new Set();
  while (taken.size < most) taken.add(1 + Math.floor(next() * count));
  return [...taken].sort((a, b) => a - b);
}

/** The runs of a world: what kind of fault, of which verb, and how it is made. */
function* runs(driver, { deaths, suspensions, pairs, points, allocations }, next) {
  const all = driver.verbs.map((verb) => ({ verb, ...driver.reference(verb) }));
  for (const { verb } of all) yield ["none", verb, () => driver.sound(verb)];
  for (const { verb, changes } of all) {
    for (const at of some(changes, deaths, next)) yield ["death", verb, () => driver.death(verb, at)];
  }
  for (const { verb, accesses } of all) {
    for (const intruder of Object.keys(driver.world.intruders)) {
      // Of few runs each verb has some intruders.
      const count = suspensions >= 1 ? suspensions : Number(next() < suspensions);
      for (const at of some(accesses, count, next)) yield ["suspension", verb, () => driver.suspension(verb, intruder, at)];
    }
  }
  const suspended = all.filter(({ accesses }) => accesses > 0);
  const dying = all.filter(({ changes }) => changes > 0);
  const grid = suspended.flatMap((one) => dying.map((other) => [one, other]));
  for (const index of some(grid.length, pairs, next)) {
    const [one, other] = grid[index - 1];
    for (const place of some(one.accesses * other.changes, points, next)) {
      const at = 1 + ((place - 1) % one.accesses);
      const change = 1 + Math.floor((place - 1) / one.accesses);
      yield ["two at once", one.verb, () => driver.twice(one.verb, at, other.verb, change)];
    }
  }
  for (const { verb } of all) {
    for (let n = 1, failed = true; failed && n <= Math.min(allocations, ALLOCATIONS_MAX); n++) {
      yield ["no memory", verb, () => (failed = driver.exhaustion(verb, n))];
    }
  }
}

/** Runs the grid; `note` hears what is about to run, `heard` of each run. */
export function run({ seed, worlds = WORLDS.map(({ name }) => name), kinds, verbs, ...sizes }, note, heard) {
  for (const world of WORLDS) {
    if (!worlds.includes(world.name)) continue;
    const driver = new Driver(world, note);
    for (const [kind, verb, made] of runs(driver, sizes, random(seed))) {
      if (kinds !== undefined && !kinds.includes(kind)) continue;
      if (verbs !== undefined && !verbs.includes(verb)) continue;
      let failure;
      let happened = true;
      try {
        happened = made();
      } catch (error) {
        failure = [error, error.cause]
          .filter(Boolean)
          .map(({ stack }) => stack)
          .join("\n");
      }
      heard({ world: world.name, kind, verb, happened, failure });
    }
  }
}
