// Folding the dead, with a collector that dies at every call to the file system, before its effect and after it; one whose
// calls fail once and that goes on; and several collectors that interrupt one another at every call. Whoever comes
// next must find the same totals.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Collected, frame } from "./fakes.mjs";
import { spool } from "./internals.mjs";
import { quickdir } from "./quick.mjs";

const { Compaction, Deaths, headBytes, HEAD_BYTES, Shelf, SystemDisk, takenBytesOf } = spool;

/** Waits for no platter: what a death leaves is in the kernel, and thousands of files would wait 4 ms each. */
class Unwaiting extends SystemDisk {
  sync(descriptor) {
    this.statusOf(descriptor);
  }
}

const system = new Unwaiting();
const root = mkdtempSync(join(quickdir(), "tallystick-compaction-"));
after(() => rmSync(root, { recursive: true, force: true }));

const CHANGING = new Set(["open", "write", "sync", "truncate", "touch", "rename", "link", "remove", "removeDirectory", "makeDirectory"]);
const READING = new Set(["names", "status", "statusOf", "read", "close"]);

/** A disk that calls `act` around its calls: ("before" | "after", the number of the call, its name). */
function watched(act, which = new Set([...CHANGING, ...READING])) {
  let calls = 0;
  return new Proxy(system, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== "function") return value;
      if (!which.has(name)) return value.bind(target);
      return (...args) => {
        const call = ++calls;
        act("before", call, name);
        const result = value.apply(target, args);
        act("after", call, name);
        return result;
      };
    },
  });
}

class Killed extends Error {
  constructor() {
    super("it is dead");
  }
}

/** Whether what was thrown tells of a death: it may be the cause of what was said. */
function isDeath(error) {
  return error instanceof Killed || (error.cause !== undefined && isDeath(error.cause));
}

/** A process that dies at its n-th call: no later one has an effect. */
function mortal(n, moment, which, died = () => {}) {
  let isDead = false;
  return watched((when, call) => {
    if (call === n && when === moment) {
      isDead = true;
      died();
    }
    if (isDead) throw new Killed();
  }, which);
}

const settings = { registry: "default", application: undefined, named: undefined, keepTotals: false, bytesMax: 1e9 };

function collector(dir, disk = system, more = {}) {
  const images = [];
  const make = () => images[images.push(new Collected()) - 1];
  const shelf = new Shelf(disk, new Deaths(disk, 60, 600), make, { dir, ...settings, skip: () => undefined, tell: () => {}, ...more });
  const compaction = new Compaction(shelf, "c".repeat(16), 600);
  return {
    compaction,
    shelf,
    totals() {
      for (const _ of shelf.read());
      shelf.publish();
      return images.at(-1).totals;
    },
    compact() {
      for (const _ of compaction.run());
    },
  };
}

const DEAD = { ...system.identity, pid: 4194311, started: "1" };
const instance = (digit) => digit.repeat(16);

function image(path, { identity = DEAD, own = {}, names = [], values, ended = false, by }) {
  const taken = takenBytesOf(names);
  const head = headBytes(identity, { application: "", takenBytes: taken.length, since: 1, ...own });
  writeFileSync(path, Buffer.concat([head, taken, frame({ instance: by, full: true, ended, values })]), { mode: 0o600 });
}

/** Seeds of turns, and of how many calls one has another collector that dies: `npm run faults` has more. */
const [RUNS, STRIDE] = process.env.TALLYSTICK_LONG === undefined ? [50, 7] : [150, 3];

let places = 0;

/** A run as one that died in the middle of things left it, with what is to be found in it. */
function scene() {
  const dir = join(root, String(places++));
  const run = join(dir, "run-000001");
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const process = (digit, more) => image(join(run, `${instance(digit)}-default.image`), { by: instance(digit), ...more });
  image(join(run, "retired-1-default.image"), { values: [["jobs", 500]], by: instance("0") });
  const names = [
    { number: 1, what: instance("1"), proven: true },
    { number: 2, what: instance("2"), proven: true },
    { number: 2, what: instance("9"), proven: false },
  ];
  image(join(run, "retired-2-default.image"), { names, values: [["jobs", 1000]], by: instance("0") });
  // Named: it does not count.
  process("2", { values: [["jobs", 7]] });
  process("3", {
    values: [
      ["jobs", 10],
      ["live", 1],
    ],
  });
  process("4", { values: [["jobs", 20]], ended: true });
  process("5", {
    values: [
      ["jobs", 40],
      ["other", 3],
    ],
  });
  process("6", {
    values: [
      ["jobs", 80],
      ["live", 2],
    ],
    identity: system.identity,
  });
  return { dir, run, totals: { jobs: 1150, live: 2, other: 3 } };
}

/** The same with lower runs, whose totals are kept. */
function sceneLower() {
  const { dir, run, totals } = scene();
  const last = join(dir, "run-000002");
  mkdirSync(last, { mode: 0o700 });
  rmSync(join(run, `${instance("6")}-default.image`));
  image(join(last, `${instance("7")}-default.image`), { by: instance("7"), values: [["jobs", 5]], identity: system.identity });
  image(join(last, `${instance("8")}-default.image`), { by: instance("8"), values: [["jobs", 6]] });
  return { dir, run: last, totals: { jobs: totals.jobs - 80 + 11, other: 3 }, more: { keepTotals: true } };
}

/** Whoever comes next finds the same, before and after folding, and leaves a tidy directory. */
function whole({ dir, run, totals, more }, what) {
  const next = collector(dir, system, more);
  assert.deepEqual(next.totals(), totals, `${what}: read anew`);
  next.compact();
  assert.deepEqual(next.totals(), totals, `${what}: folded again`);
  assert.deepEqual(collector(dir, system, more).totals(), totals, `${what}: read after that`);
  const left = readdirSync(run).filter((name) => name.endsWith(".image"));
  assert.equal(left.length, 2, `${what}: ${left}`);
  if (more?.keepTotals) assert.deepEqual(readdirSync(dir), ["keep", "run-000002"], what);
}

/** How many calls a whole compaction makes. */
function calls(make, which) {
  const { dir, more } = make();
  let count = 0;
  const one = collector(
    dir,
    watched((_, call) => (count = call), which),
    more,
  );
  one.totals();
  one.compact();
  return count;
}

for (const make of [scene, sceneLower]) {
  const kind = make === scene ? "one run" : "kept totals of lower runs";

  test(`compaction, ${kind}: a collector may die at any call`, (t) => {
    const count = calls(make);
    t.diagnostic(`${count} calls`);
    assert.ok(count > 40);
    for (let n = 1; n <= count; n++) {
      for (const moment of ["before", "after"]) {
        const here = make();
        const one = collector(here.dir, mortal(n, moment), here.more);
        // At the very last calls it dies unheard.
        try {
          one.totals();
          one.compact();
        } catch (error) {
          if (!isDeath(error)) throw error;
        }
        whole(here, `dead ${moment} call ${n}`);
        rmSync(here.dir, { recursive: true });
      }
    }
  });

  test(`compaction, ${kind}: any call may fail, and the same collector goes on`, () => {
    const count = calls(make);
    for (let n = 1; n <= count; n++) {
      for (const moment of ["before", "after"]) {
        const here = make();
        const failing = watched((when, call) => {
          if (call === n && when === moment) throw Object.assign(new Error("EIO: it failed"), { code: "EIO" });
        });
        const one = collector(here.dir, failing, here.more);
        for (const step of ["totals", "compact"]) {
          try {
            one[step]();
          } catch (error) {
            if (!/EIO/.test(error.message)) throw error;
          }
        }
        assert.deepEqual(one.totals(), here.totals, `failed ${moment} call ${n}: the same one`);
        one.compact();
        assert.deepEqual(one.totals(), here.totals, `failed ${moment} call ${n}: the same one, folded`);
        whole(here, `failed ${moment} call ${n}`);
        rmSync(here.dir, { recursive: true });
      }
    }
  });

  test(`compaction, ${kind}: another collector may come between at any call, and die there at any`, (t) => {
    const count = calls(make);
    const changes = calls(make, CHANGING);
    let rounds = 0;
    for (let n = 1; n <= count; n++) {
      // The last one lives; at some calls of the first the other one dies at each of its changes.
      const deaths = n % STRIDE === 0 ? changes : 0;
      for (let m = 0; m <= deaths; m++) {
        for (const moment of m === 0 ? ["never"] : ["before", "after"]) {
          const here = make();
          let isDead = false;
          // Who reads on without a file that it could not open may not notice.
          const other = collector(
            here.dir,
            mortal(m, moment, CHANGING, () => (isDead = true)),
            here.more,
          );
          const unlessDead = (act) => {
            try {
              act();
            } catch (error) {
              if (!isDeath(error)) throw error;
            }
          };
          // It has read what was there before, as collectors have.
          if (n % 2 === 0) unlessDead(() => other.totals());
          const one = collector(
            here.dir,
            watched((when, call) => {
              if (call !== n || when !== "after") return;
              unlessDead(() => other.compact());
            }),
            here.more,
          );
          const what = `another one between at call ${n}, dying ${moment} ${m}`;
          assert.deepEqual(one.totals(), here.totals, what);
          one.compact();
          assert.deepEqual(one.totals(), here.totals, what);
          if (!isDead) assert.deepEqual(other.totals(), here.totals, `${what}: the other one`);
          whole(here, what);
          rmSync(here.dir, { recursive: true });
          rounds++;
        }
      }
    }
    t.diagnostic(`${rounds} rounds`);
  });
}

/** The same numbers for a seed. */
function dice(seed) {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

test("compaction: collectors take turns in any order while processes die", () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const roll = dice(seed);
    const here = scene();
    let sum = here.totals.jobs;
    const all = Array.from({ length: 3 }, () => collector(here.dir));
    const steps = all.map((one) => ({ one, walk: undefined, isCompacting: false }));
    for (let step = 0; step < 400; step++) {
      const turn = steps[roll(3)];
      if (turn.walk === undefined) {
        turn.isCompacting = roll(2) === 0;
        turn.walk = turn.isCompacting ? turn.one.compaction.run() : turn.one.shelf.read();
        turn.from = sum;
      }
      if (turn.walk.next().done === true) {
        turn.walk = undefined;
        turn.one.shelf.publish();
        const { jobs } = turn.one.shelf.image.totals;
        assert.ok(jobs >= turn.from && jobs <= sum, `seed ${seed}: ${jobs} is not from ${turn.from} to ${sum}`);
      }
      if (roll(40) === 0) {
        const digits = (sum + 2 ** 40).toString(16).padStart(16, "0");
        image(join(here.run, `${digits}-default.image`), { by: digits, values: [["jobs", 10]] });
        sum += 10;
      }
    }
    for (const { one, walk } of steps) {
      if (walk !== undefined) for (const _ of walk);
      assert.equal(one.totals().jobs, sum, `seed ${seed}`);
    }
    whole({ ...here, totals: { ...here.totals, jobs: sum } }, `seed ${seed}`);
    rmSync(here.dir, { recursive: true });
  }
});

test("compaction: names stay as long as they are needed, and no longer, but for the unproven", () => {
  const here = scene();
  const one = collector(here.dir);
  one.totals();
  let jobs = here.totals.jobs;
  for (let round = 0; round < 60; round++) {
    const digits = (round + 2 ** 40).toString(16).padStart(16, "0");
    image(join(here.run, `${digits}-default.image`), { by: digits, values: [["jobs", 1]] });
    jobs++;
    one.compact();
  }
  assert.equal(one.totals().jobs, jobs);
  const { taken, number, since } = one.shelf.retired;
  assert.ok(taken.has(instance("9")), "it may come back");
  assert.ok(taken.size < 20, `${taken.size} names`);
  assert.equal(since, number - 16);
  assert.ok(HEAD_BYTES > 0);
});

test("compaction: a reader that was away for longer than names reach back counts nobody twice", () => {
  const here = scene();
  const away = collector(here.dir);
  assert.deepEqual(away.totals(), here.totals);
  const one = collector(here.dir);
  for (let round = 0; round < 40; round++) {
    const digits = (round + 2 ** 40).toString(16).padStart(16, "0");
    image(join(here.run, `${digits}-default.image`), { by: digits, values: [["jobs", 1]] });
    one.compact();
  }
  assert.equal(away.totals().jobs, here.totals.jobs + 40);
});

test("compaction: what nobody finished is removed after a long time, and nothing that has another name", () => {
  const here = scene();
  const state = { now: 1000 };
  const disk = new Proxy(system, {
    get: (target, name) =>
      name === "monotonic" ? () => state.now : typeof target[name] === "function" ? target[name].bind(target) : target[name],
  });
  const unborn = join(here.dir, `.${instance("a")}-123abc.tmp`);
  mkdirSync(unborn, { mode: 0o700 });
  for (const path of [unborn, here.run]) writeFileSync(join(path, `.${instance("a")}-456def.tmp`), "half", { mode: 0o600 });
  writeFileSync(join(here.run, ".notes.tmp"), "of somebody else", { mode: 0o600 });
  const one = collector(here.dir, disk);
  one.compact();
  state.now += 599_000;
  one.compact();
  assert.deepEqual(readdirSync(here.dir).length, 2);
  state.now += 2000;
  one.compact();
  assert.deepEqual(readdirSync(here.dir), ["run-000001"]);
  assert.deepEqual(
    readdirSync(here.run).filter((name) => name.endsWith(".tmp")),
    [".notes.tmp"],
  );
  assert.deepEqual(one.totals(), here.totals);
});

test("compaction: a retired file that cannot be read is told of, and nothing is built on it", () => {
  const here = scene();
  const errors = [];
  writeFileSync(join(here.run, "retired-3-default.image"), "nonsense", { mode: 0o600 });
  const one = collector(here.dir, system, { tell: (error) => errors.push(error) });
  one.totals();
  const before = readdirSync(here.run);
  one.compact();
  assert.deepEqual(readdirSync(here.run), before);
  assert.match(errors[0].message, /retired-3/);
});

test("compaction: a full disk leaves the dead where they are, and goes on later", () => {
  const here = scene();
  let isFull = true;
  const disk = new Proxy(system, {
    get(target, name) {
      if (name !== "write") return typeof target[name] === "function" ? target[name].bind(target) : target[name];
      return (descriptor, bytes, position) => {
        if (!isFull) return target.write(descriptor, bytes, position);
        // Half of it still finds room.
        target.write(descriptor, bytes.subarray(0, bytes.length >> 1), position);
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      };
    },
  });
  const one = collector(here.dir, disk);
  const before = readdirSync(here.run);
  assert.throws(() => one.compact(), /what dead processes counted.*ENOSPC/);
  assert.deepEqual(readdirSync(here.run), before);
  assert.deepEqual(one.totals(), here.totals);
  isFull = false;
  one.compact();
  assert.deepEqual(one.totals(), here.totals);
  whole(here, "after a full disk");
});
