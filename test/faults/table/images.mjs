// A world of images: a thread that takes in what other processes counted, and tables of what Python's client leaves. It is the one
// that faults happen to; the third one has a source of its own. What a source has and does not show yet is told by who takes it over.

import { internals } from "../../internals.mjs";
import { Collector, Teller } from "../images.mjs";
import { BLOCK, counted, look as lookAt } from "./metrics.mjs";
import { heirOf, threads } from "./threads.mjs";

export { goOn, MORE } from "./metrics.mjs";
const { status } = internals;

/** What two processes tell: all, what changed, and all anew. */
const told = [1, 2].map((instance) => {
  const teller = new Teller(instance);
  const hand = counted(teller.thread);
  const whole = teller.tell();
  counted(teller.thread, hand);
  const delta = teller.tell(1);
  counted(teller.thread, hand);
  return { whole, delta, again: teller.tell() };
});
export const frames = told;

export const NAMES = { second: 7n, third: 8n };
const nameOf = (t) => (t.thread === 3 ? NAMES.third : NAMES.second);

/** Default labels that the registry is given meanwhile. */
export const LABELS = 'zone="a"';

export function look(w, t = w.first) {
  return new Map([...lookAt(w, t)].map(([key, lines]) => [key.replace(`{${LABELS},`, "{"), lines]));
}

export const isMortal = () => false;

/** A source with two processes, of which both whole images are shown. */
function collecting(t) {
  const collector = new Collector(t, nameOf(t));
  const [one, two] = [collector.process(), collector.process()];
  collector.apply(one, told[0].whole);
  collector.apply(two, told[1].whole);
  collector.publish();
  collector.sweep();
  return { collector, one, two };
}

export function made(hook, otherHook) {
  const { first, victim, third } = threads(hook, otherHook, 1 << 23);
  const registry = first.core.registryFirst();
  const w = { first, victim, third, registry, other: registry, states: { "": first.state(registry), "other ": -1 } };
  w.mine = counted(first);
  for (const t of [victim, third]) counted(t);
  w.theirs = collecting(victim);
  w.thirds = otherHook === undefined ? undefined : collecting(third);
  return w;
}

/**
 * Another thread has the source of each that died, and is told everything again. What is shown is what was, until it shows other
 * things; in the end it is all there, once.
 */
export function buried(w, dead, same, exact) {
  const heir = heirOf(w.first, dead, same);
  for (const t of dead) {
    const taken = new Collector(heir, nameOf(t));
    for (const { again } of told) {
      const result = taken.apply(taken.process(), again);
      if (result !== status.OK) throw new Error(`the heir of a source is told ${result}`);
    }
    for (let i = 0; taken.publish(1) > 0; i++) if (i > 100) throw new Error("publishing does not end");
    taken.sweep();
    exact("who has the source now", heir);
    ended(w, t, taken);
  }
  exact("the survivor", w.first);
}

/** What the processes told, on the page and without them. */
function ended(w, t, taken) {
  const jobs = () => new Map(look(w).get(`jobs{${BLOCK}}`)).get("_total");
  const before = jobs();
  taken.end();
  const others = before - jobs();
  // Each told 100 three times.
  if (others !== 600) throw new Error(`a source of two processes shows ${others} of them, not 600`);
}
