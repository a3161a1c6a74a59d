// Constants that two threads give and end: a family ends with its last series, and may be set anew at the same moment.
// Whatever is interrupted at whatever access, what a thread gave and did not end is there, and what it ended is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { internals } from "../internals.mjs";
import { parsed } from "./page.mjs";
import { Death, memoryMade, Thread } from "./thread.mjs";

const { define, definitionInput, status } = internals;

/** The family of what is given: its address and state. */
function given(thread) {
  const registry = thread.core.registryFirst();
  const definition = define("gauge", { name: "given", help: "", labelNames: ["by"] }, true);
  const address = thread.cold(() => {
    definitionInput(thread, definition);
    return thread.core.familyCreate(registry, thread.core.recordState(registry), 0);
  });
  return { address, state: thread.core.familyState() };
}

let runs = 0;

/** What a run of a collector does that gives one sample, or none. */
function give(thread, value) {
  const number = (BigInt(thread.identity) << 32n) | BigInt(++runs);
  const sweep = ({ address, state }) => thread.cold(() => thread.core.constantSweep(address, state, number));
  if (value === undefined) return sweep(thread.given);
  for (let i = 0; i < 8; i++) {
    const { address, state } = (thread.given = given(thread));
    assert.ok(address > 0, `registered: ${address}`);
    const set = thread.cold(() => {
      const length = thread.input(`by="${thread.thread}"`);
      return thread.core.constantSet(address, state, length, 0, 1, value, 0, 0, number, (length + 7) & ~7, 0);
    });
    if (set === status.GONE) continue;
    assert.equal(set, status.OK);
    if (sweep(thread.given) !== status.GONE) return undefined;
  }
  return assert.fail("no turn found the family");
}

/** A memory with two threads, the second with a hook; what each gave before. */
function scene(hook, mine, theirs) {
  const first = memoryMade();
  const victim = new Thread(first.memory, hook, 2).claim();
  give(first, mine ?? 0);
  give(victim, theirs ?? 0);
  if (mine === undefined) give(first);
  if (theirs === undefined) give(victim);
  return { first, victim };
}

function page(thread) {
  const text = thread.scrape(100);
  const samples = parsed(text);
  const found = { mine: samples.get('given{by="1"}'), theirs: samples.get('given{by="2"}') };
  assert.equal(text.includes("# TYPE given"), found.mine !== undefined || found.theirs !== undefined, `a header alone: ${text}`);
  return found;
}

const changes = { "gives its first": [undefined, 5], "gives another": [4, 5], "ends its last": [4, undefined] };

for (const [what, [before, after]] of Object.entries(changes)) {
  for (const [intruding, [mineBefore, mineAfter]] of Object.entries(changes)) {
    test(`constants: a thread ${what}, interrupted at every access by another one that ${intruding}`, () => {
      for (let n = 1, interrupted = true; interrupted; n++) {
        interrupted = false;
        const s = scene(
          (access) => {
            if (access !== n) return;
            interrupted = true;
            give(s.first, mineAfter);
          },
          mineBefore,
          before,
        );
        s.victim.run((thread) => give(thread, after));
        if (!interrupted) {
          assert.ok(n > 3, `only ${n} accesses`);
          break;
        }
        assert.deepEqual(page(s.first), { mine: mineAfter, theirs: after }, `access ${n}`);
        give(s.first);
        give(s.victim, 9);
        assert.deepEqual(page(s.first), { mine: undefined, theirs: 9 }, `access ${n}, later`);
      }
    });
  }

  test(`constants: a thread ${what}, and is interrupted at every access by a scrape`, () => {
    for (let n = 1, interrupted = true; interrupted; n++) {
      interrupted = false;
      const s = scene(
        (access) => {
          if (access !== n) return;
          interrupted = true;
          s.first.scrape(100);
        },
        undefined,
        before,
      );
      s.victim.run((thread) => give(thread, after));
      assert.deepEqual(page(s.first), { mine: undefined, theirs: after }, `access ${n}`);
    }
  });

  test(`constants: a thread that ${what} dies at every access: another one goes on, and the name is free in the end`, () => {
    for (let n = 1, died = true; died; n++) {
      const s = scene(
        (access) => {
          if (access === n) throw new Death();
        },
        3,
        before,
      );
      died = !s.victim.run((thread) => give(thread, after));
      const { mine, theirs } = page(s.first);
      assert.equal(mine, 3, `access ${n}`);
      assert.ok(theirs === before || theirs === after, `access ${n}: ${theirs}`);
      give(s.first, 4);
      assert.equal(page(s.first).mine, 4, `access ${n}`);
      s.first.core.writerRevoke(s.victim.slot());
      s.first.core.writerRetire(s.victim.slot());
      assert.deepEqual(page(s.first), { mine: 4, theirs: undefined }, `access ${n}`);
      give(s.first);
      assert.deepEqual(page(s.first), { mine: undefined, theirs: undefined }, `access ${n}`);
      const jobs = s.first.family("counter", { name: "given" });
      assert.ok(jobs > 0, `access ${n}: the name is not free`);
      s.first.add(s.first.bind(jobs, ""), 2);
      assert.equal(parsed(s.first.scrape()).get("given_total"), 2);
    }
  });
}
