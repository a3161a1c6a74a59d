// A world of metrics: families of every type that three threads count in, a thread that is dead, a registry beside the first one,
// constants, exemplars, and an exporter. The second thread is the one that faults happen to.

import { internals } from "../../internals.mjs";
import { Thread } from "../thread.mjs";
import { seriesOf } from "./page.mjs";
import { heirOf, proven, threads } from "./threads.mjs";

const { define, definitionInput, status } = internals;
const decoder = new TextDecoder();
export const BLOCK = 'queue="mail"';
export const VALUES = [1, 2, 4];
/** Of the dead thread's cells all are folded at once. */
const FOLD_CELLS = 1000;

const FAMILIES = {
  jobs: ["counter", { exemplars: true }],
  sizes: ["histogram", { buckets: VALUES }],
  waits: ["histogram", { native: true }],
  // Of no age: verbs of their world move the clock.
  spent: ["summary", { quantiles: [0.5], maxAgeSeconds: 86400 }],
  parts: ["gauge", { mode: "sum" }],
  level: ["gauge", {}],
  latest: ["gauge", { mode: "mostrecent" }],
};

/** Registers a family by what it is; its address, its state and how to bind a series of it. */
export function registered(t, name, [kind, options], constant = false, registry = t.core.registryFirst()) {
  const definition = define(kind, { help: "Of a test", name, labelNames: ["queue"], ...options }, constant);
  const address = t.cold(() => {
    definitionInput(t, definition);
    return t.core.familyCreate(registry, t.core.recordState(registry), 0);
  });
  return address;
}

/** What a thread has of all families. A series that cannot be bound is its status. */
export function hands(t) {
  return Object.fromEntries(
    Object.entries(FAMILIES).map(([name, what]) => {
      const family = registered(t, name, what);
      return [name, family > 0 ? t.bind(family, BLOCK, 2) : family];
    }),
  );
}

/** Counts once in every series, by amounts that add up exactly. */
export function counted(t, hand = hands(t)) {
  t.add(hand.jobs, 100);
  t.observe(hand.sizes, 2);
  t.nativeObserve(hand.waits, 2);
  t.summaryObserve(hand.spent, 2);
  const add = (name, handle, amount) => {
    for (let i = 0; t.core[name](handle.cell, handle.token, amount) !== status.OK; i++) {
      if (i === 8) throw new Error(`${name} stays stale`);
      const bound = t.bind(handle.family, handle.block, 2);
      if (typeof bound === "number") throw new Error(`${name}: ${bound}`);
      Object.assign(handle, bound);
    }
  };
  add("gaugeAdd", hand.parts, 8);
  add("sharedAdd", hand.level, 16);
  return hand;
}

/** The address of a family of constants, which ends with its last series. */
export function constants(t, name = "given") {
  return registered(t, name, ["gauge", {}], true);
}

export function constantSet(t, block, value, number, name) {
  for (let i = 0; i < 8; i++) {
    const family = constants(t, name);
    if (family < 0) return family;
    const set = t.cold(() => {
      const length = t.input(block);
      const at = (length + 7) & ~7;
      return t.core.constantSet(family, t.state(family), length, 0, 1, value, 0, 0, number, at, 0);
    });
    if (set !== status.GONE) return set;
  }
  throw new Error("A constant's family is gone again and again");
}

/** A number of a thread's settings. */
export const numberOf = (t, n) => (BigInt(t.identity) << 32n) | BigInt(n);

function text(t, registry) {
  const state = t.state(registry);
  const walk = t.core.walkBegin();
  let page = "";
  let from = [0, 0, 0];
  for (;;) {
    const length = t.cold(() => t.core.expositionWrite(registry, state, walk, 1, ...from, 500, 0, 0, 0));
    if (length === status.GONE) return undefined;
    if (length < 0) throw new Error(`A scrape: ${length}`);
    const at = t.core.expositionText();
    page += decoder.decode(t.bytes().slice(at, at + length));
    if (t.core.expositionDone() !== 0) return page;
    from = [t.core.expositionFamily(), t.core.expositionSeries(), t.core.expositionState()];
  }
}

/** What a thread sees: both registries' series. */
export function look(w, t = w.first) {
  const found = new Map();
  for (const [name, registry] of [
    ["", w.registry],
    ["other ", w.other],
  ]) {
    const page = t.state(registry) === w.states[name] ? text(t, registry) : undefined;
    if (page === undefined) found.set(`${name}registry`, [["gone", 1]]);
    else for (const [key, lines] of seriesOf(page)) found.set(name + key, lines);
  }
  return found;
}

/** A memory that all of it is in. */
export function made(hook, otherHook) {
  const { first, victim, third } = threads(hook, otherHook);
  const registry = first.core.registryFirst();
  const other = first.cold(() => first.core.registryCreate());
  const w = { first, victim, third, registry, other };
  w.mine = counted(first);
  w.theirs = counted(victim);
  w.thirds = counted(third);
  const elsewhere = registered(first, "elsewhere", ["counter", {}], false, other);
  for (const t of [first, victim]) t.add(t.bind(elsewhere, BLOCK), 3);
  w.elsewhere = elsewhere;
  for (const t of [first, victim]) {
    constantSet(t, `queue="${t.thread}"`, t.thread, numberOf(t, 1));
    constantSet(t, BLOCK, t.thread, numberOf(t, 1), `given_${"abc"[t.thread]}`);
    t.core.gaugeSetLatest(w.mine.latest.cell, 0, 0, 0);
  }
  // One whose death is proven, and one that is gone without anybody knowing.
  const [dead, gone] = [4, 5].map((thread) => new Thread(first.memory, undefined, thread).claim());
  for (const t of [dead, gone]) counted(t);
  w.dead = dead.slot();
  w.gone = gone.slot();
  proven(first, dead);
  w.states = { "": first.state(registry), "other ": first.state(other) };
  return w;
}

/** What `counted` is on a page. */
export const MORE = new Map(
  [
    ["jobs", "_total", 100],
    ["sizes", '_bucketle="2.0"', 1],
    ["sizes", '_bucketle="4.0"', 1],
    ["sizes", '_bucketle="+Inf"', 1],
    ["sizes", "_count", 1],
    ["sizes", "_sum", 2],
    ["waits", "_count", 1],
    ["waits", '_bucketle="+Inf"', 1],
    ["waits", "_sum", 2],
    ["spent", "_count", 1],
    ["spent", "_sum", 2],
    ["parts", "", 8],
    ["level", "", 16],
  ].map(([family, line, value]) => [`${family}{${BLOCK}} ${line}`, value]),
);

/** What ends with the death of who set it. */
export const isMortal = (key) => key.startsWith("given") && key !== 'given{queue="1"}' && !key.startsWith("given_b");

/** One goes on, and counts once in every series: what `MORE` says. */
export const goOn = (w, t) => void counted(t);

/**
 * The death is proven; its cells go to an heir, then into bases. Nobody's total moves, and the heir counts like all others.
 * `same` compares what is seen with what was, `exact` counts on.
 */
export function buried(w, dead, same, exact) {
  const heir = heirOf(w.first, dead, same);
  same("an adoption");
  exact("the heir", heir);
  heir.core.writerLeave();
  for (let slot = 0; slot < w.first.core.writerCount(); slot++) if (slot !== w.first.slot()) w.first.fold(slot, FOLD_CELLS);
  same("folding");
  exact("the survivor", w.first);
}
