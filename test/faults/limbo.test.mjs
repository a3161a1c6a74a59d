// What a death costs: a thread that is killed while it gives blocks back, takes cells back or changes its rooms
// loses what it has in hand, not what else was waiting.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Death, memoryMade, Thread } from "./thread.mjs";

/** Bytes in use: handed out and in no free list. */
const used = ({ core }) => core.bytesReserved() - core.bytesFree();

/** Kills the verb at its n-th access, for all n. `scene` makes the threads, `after` looks at what is left. */
function killedEverywhere(scene, verb, after) {
  let n = 0;
  for (let finished = false; !finished;) {
    n++;
    const s = scene((access) => {
      if (access === n) throw new Death();
    });
    finished = s.victim.run((victim) => verb(victim, s));
    s.first.core.writerRevoke(s.victim.slot());
    s.first.core.writerRetire(s.victim.slot());
    after(s, `access ${n}`);
  }
  return n;
}

/** A thread that died in the middle of a cold verb: what is unlinked after that waits for it. */
function asleep(first) {
  const sleeper = new Thread(
    first.memory,
    (access) => {
      if (access === 40) throw new Death();
    },
    3,
  ).claim();
  const finished = sleeper.run((thread) => thread.family("counter", { name: "asleep" }));
  assert.ok(!finished, "it was to die in the middle");
  return sleeper;
}

/** Gives back all that may be given back: a cold verb gives a part. */
function sifted(thread) {
  for (let i = 0; i < 8; i++) thread.family("counter", { name: "sifted" });
}

test("sifting: a death at every access loses a block or two, not all that waited", () => {
  const BLOCK = "x".repeat(200);
  const scene = (hook) => {
    const first = memoryMade();
    const victim = new Thread(first.memory, hook, 2).claim();
    const jobs = first.family("counter", { name: "jobs", labelNames: ["queue"] });
    sifted(first);
    victim.inputRoom(64);
    for (let i = 0; i < 40; i++) first.bind(jobs, `queue="${BLOCK}${i}"`);
    // Clearing gives back at once what nobody can look at: one that died in a verb before holds all of it up.
    const sleeper = asleep(first);
    first.clear(jobs);
    first.core.writerRevoke(sleeper.slot());
    first.core.writerRetire(sleeper.slot());
    return { first, victim };
  };
  let most = 0;
  let last = 0;
  const accesses = killedEverywhere(
    scene,
    (victim) => victim.family("counter", { name: "sifted" }),
    ({ first }) => {
      sifted(first);
      last = used(first);
      most = Math.max(most, last);
    },
  );
  assert.ok(accesses > 500, `sifting made only ${accesses} accesses`);
  // In the last run nobody died. One series and its cell; 40 of them are 14,000 bytes.
  assert.ok(most - last < 400, `${most - last} bytes were lost by one death`);
});

test("sifting of shared cells: a death at every access loses one of them, not all that waited", () => {
  const accesses = killedEverywhere(
    (hook) => {
      const first = memoryMade();
      const victim = new Thread(first.memory, hook, 2).claim();
      const level = first.family("gauge", { name: "level", labelNames: ["queue"] });
      victim.inputRoom(64);
      const cells = new Set(Array.from({ length: 40 }, (_, i) => first.bind(level, `queue="${i}"`).cell));
      first.clear(level);
      for (const thread of [first, victim]) thread.core.writerRest();
      return { first, victim, level, cells };
    },
    (victim, { level }) => victim.bind(level, 'queue="one"'),
    ({ first, level, cells }, context) => {
      const fresh = Array.from({ length: 38 }, (_, i) => first.bind(level, `queue="${i}"`).cell).filter((cell) => !cells.has(cell));
      // The victim may have had one of the 40 in hand, and given another one to its series.
      assert.ok(fresh.length === 0, `${context}: ${fresh.length} cells of 38 are new`);
    },
  );
  assert.ok(accesses > 100);
});

test("cells given back: a death at every access of their owner loses one of them, not all", () => {
  const CELLS = 40;
  const accesses = killedEverywhere(
    (hook) => {
      const first = memoryMade();
      const victim = new Thread(first.memory, hook, 2).claim();
      const sizes = first.family("histogram", { name: "sizes", labelNames: ["queue"], buckets: [...Array(100).keys()] });
      for (let i = 0; i < CELLS; i++) victim.bind(sizes, `queue="${i}"`);
      first.reset(sizes);
      return { first, victim, sizes };
    },
    (victim, { sizes }) => victim.bind(sizes, 'queue="0"'),
    ({ first, sizes }, context) => {
      const heir = new Thread(first.memory, undefined, 3).claim();
      const before = first.core.bytesReserved();
      for (let i = 0; i < CELLS - 1; i++) heir.bind(sizes, `queue="${i}"`);
      const more = first.core.bytesReserved() - before;
      assert.ok(more === 0, `${context}: ${CELLS - 1} cells took ${more} fresh bytes`);
    },
  );
  assert.ok(accesses > 100);
});

test("rooms for input: a death at every access of their change leaves none that is free and in use", () => {
  const SMALL = 2000;
  const accesses = killedEverywhere(
    (hook) => {
      const first = memoryMade();
      const victim = new Thread(first.memory, hook, 2).claim();
      victim.inputRoom(SMALL);
      first.inputRoom(64);
      return { first, victim };
    },
    (victim) => victim.inputRoom(50000),
    ({ first }, context) => {
      const heir = new Thread(first.memory, undefined, 3).claim();
      const theirs = heir.inputRoom(SMALL);
      assert.notEqual(first.inputRoom(SMALL), theirs, `${context}: two writers have one room`);
    },
  );
  assert.ok(accesses > 5);
});

test("rooms for text: a death at every access of their change leaves none that is free and in use", () => {
  const scene = (hook) => {
    const first = memoryMade(1 << 23);
    const victim = new Thread(first.memory, hook, 2).claim();
    const jobs = first.family("counter", { name: "jobs", labelNames: ["queue"] });
    const long = first.family("histogram", { name: "long", labelNames: ["queue"], buckets: [...Array(512).keys()] });
    first.bind(jobs, 'queue="a"');
    victim.scrape(1);
    first.bind(long, `queue="${"x".repeat(1200)}"`);
    return { first, victim };
  };
  const room = (thread) => {
    const registry = thread.core.registryFirst();
    const walk = thread.core.walkBegin();
    thread.cold(() => thread.core.expositionWrite(registry, thread.state(registry), walk, 1, 0, 0, 0, 1, 0));
    return thread.core.expositionText();
  };
  // Only the accesses behind the taking of the new room: the whole scrape has tens of thousands.
  let n = 0;
  let looked = 0;
  for (let finished = false; !finished; n++) {
    let changed = 0;
    const s = scene((access, thread) => {
      if (changed === 0 && thread.first.core.bytesReserved() !== thread.reserved) changed = access;
      if (changed !== 0 && access === changed + n) throw new Death();
    });
    s.victim.first = s.first;
    s.victim.reserved = s.first.core.bytesReserved();
    finished = s.victim.run((victim) => victim.scrape()) || n > 60;
    s.first.core.writerRevoke(s.victim.slot());
    s.first.core.writerRetire(s.victim.slot());
    const heir = new Thread(s.first.memory, undefined, 3).claim();
    assert.notEqual(room(heir), room(s.first), `access ${n}: two writers have one room`);
    looked++;
  }
  assert.ok(looked > 50, `only ${looked} deaths`);
});
