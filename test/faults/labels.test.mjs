// Default labels that are set at the moment at which another thread registers a family with a label of that name:
// whatever one does in the middle of the other, one of both is refused, never both let in, and no scrape has a
// sample that names a label twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { internals } from "../internals.mjs";
import { Death, memoryMade, Thread } from "./thread.mjs";

const { status } = internals;

const register = (thread) => thread.family("counter", { name: "jobs", labelNames: ["zone"] });
function label(thread, block = 'zone="a"') {
  const registry = thread.core.registryFirst();
  return thread.cold(() => thread.core.registryLabels(registry, thread.state(registry), thread.input(block)));
}

/** Throws where a sample has one name twice. */
function checked(thread, context) {
  const family = thread.core.registryFirst() && thread.scrape(100);
  for (const line of family.split("\n")) {
    const names = [...line.matchAll(/(\w+)="/g)].map(([, name]) => name);
    assert.deepEqual(names, [...new Set(names)], `${context}: ${line}`);
  }
}

/** Interrupts `verb` of one thread at its n-th access by `intruder` of another, for all n. */
function interrupted(verb, intruder, after) {
  let n = 0;
  for (let done = true; done;) {
    n++;
    done = false;
    const first = memoryMade();
    let theirs;
    const victim = new Thread(
      first.memory,
      (access) => {
        if (access !== n) return;
        done = true;
        theirs = intruder(first);
      },
      2,
    ).claim();
    first.bind(first.family("counter", { name: "other", labelNames: ["rack"] }), 'rack="1"');
    let mine;
    victim.run((thread) => (mine = verb(thread)));
    if (!done) break;
    after(mine, theirs, first, `access ${n}`);
  }
  assert.ok(n > 50, `the verb made only ${n} accesses`);
}

const one = (family, labels, first, context) => {
  const both = `${context}: the family ${family}, the labels ${labels}`;
  if (labels === status.OK) assert.equal(family, status.LABELS, both);
  else {
    assert.equal(labels, status.LABELS, both);
    assert.ok(family > 0, both);
    first.bind(family, 'zone="b"');
  }
  checked(first, context);
};

test("registration interrupted at every access by labels that it meets: one of both is refused", () => {
  interrupted(register, label, (mine, theirs, first, context) => one(mine, theirs, first, context));
});

test("labels interrupted at every access by a registration that they meet: one of both is refused", () => {
  interrupted(label, register, (mine, theirs, first, context) => one(theirs, mine, first, context));
});

test("labels interrupted at every access by a registration that they don't meet: neither is refused", () => {
  interrupted(
    label,
    (thread) => thread.family("counter", { name: "jobs", labelNames: ["queue"] }),
    (mine, theirs, first, context) => {
      assert.equal(mine, status.OK, context);
      first.bind(theirs, 'queue="b"');
      checked(first, context);
    },
  );
});

test("labels interrupted at every access by other labels: either are there, whole", () => {
  interrupted(
    label,
    (thread) => label(thread, 'zone="b",app="shop"'),
    (mine, theirs, first, context) => {
      assert.deepEqual([mine, theirs], [status.OK, status.OK], context);
      assert.match(first.scrape(), /^other_total\{zone="a",rack="1"\} 0$|^other_total\{zone="b",app="shop",rack="1"\} 0$/m, context);
    },
  );
});

for (const [name, verb] of Object.entries({ registration: register, labels: label })) {
  test(`${name}: a death at every access stands in nobody's way`, () => {
    for (let n = 1, finished = false; !finished; n++) {
      const first = memoryMade();
      const victim = new Thread(
        first.memory,
        (access) => {
          if (access === n) throw new Death();
        },
        2,
      ).claim();
      finished = victim.run(verb);
      const context = `access ${n}`;
      // Whichever of both is there now keeps the other out; without it both can be had, one after the other.
      const labelled = label(first) === status.OK;
      const family = register(first);
      assert.equal(family > 0, !labelled, `${context}: ${family}, labels ${labelled}`);
      checked(first, context);
      if (labelled) assert.equal(label(first, ""), status.OK, context);
      else first.cold(() => first.core.familyRemove(family, first.state(family)));
      assert.ok(labelled ? register(first) > 0 : label(first) === status.OK, context);
      checked(first, context);
    }
  });
}
