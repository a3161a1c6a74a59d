// A world of recorders: three threads with rings and labels, samples in them, and a drain of the first thread's that is over. What
// a recorder says of itself is compared as pages are; then all that waits is drained, and each sample is in one file once.

import { internals } from "../../internals.mjs";
import { CAPACITY, Hand, NEWEST, RING_BYTES } from "../recording.mjs";
import { heirOf, threads } from "./threads.mjs";

const { status } = internals;
export const NAME = 7n;
export const isMortal = () => false;
const LABELS_MAX = 32;

/** The counts of a recorder, as series of a page. */
export function look(w) {
  const { recorded, rows, dropped, waiting } = w.mine.counts();
  const { core } = w.first;
  if (rows + dropped + waiting !== recorded) throw new Error(`${rows} rows, ${dropped} dropped, ${waiting} wait: not ${recorded}`);
  const found = Object.entries({ recorded, rows, dropped, waiting, refused: core.recorderRefused(w.recorder) });
  found.push(["on", String(w.first.view(core.recorderOnAddress(w.recorder), 4).getUint32(0, true))]);
  found.push(["another", Number(core.recorderFind(9n) > 0)]);
  return new Map(found.map(([name, value]) => [name, [["", value]]]));
}

/** A number that none of the samples of a world has. */
let next = 1000;

/** A thread records a sample of its own. */
export function goOn(w, t) {
  const hand = w.hands.get(t) ?? handOf(w, t);
  w.first.core.recorderSwitch(w.recorder, 1);
  const value = next++;
  let said = hand.record(value);
  for (let i = 0; said === status.STALE; i++) {
    if (i > 3 || hand.bind() < 0) throw new Error(`no ring: ${hand.bind()}`);
    said = hand.record(value);
  }
  if (said !== status.OK && said !== status.FLUSH) throw new Error(`a sample: ${said}`);
}

/** What that is of the counts. */
export const MORE = new Map([
  ["recorded ", 1],
  ["waiting ", 1],
]);

function handOf(w, t) {
  const hand = new Hand(t, w.recorder, w.mine?.files);
  hand.labels = w.labels;
  const ring = hand.bind();
  if (ring < 0) throw new Error(`a thread has no ring: ${ring}`);
  w.hands.set(t, hand);
  return hand;
}

export function made(hook, otherHook) {
  const { first, victim, third } = threads(hook, otherHook);
  const recorder = first.core.recorderCreate(NAME, NEWEST, RING_BYTES, 8 * RING_BYTES, LABELS_MAX, 2048);
  first.core.recorderSwitch(recorder, 1);
  const w = { first, victim, third, recorder, hands: new Map() };
  w.labels = ["even", "odd"].map((text) => new Hand(first, recorder).label(text));
  w.mine = handOf(w, first);
  w.theirs = handOf(w, victim);
  w.thirds = handOf(w, third);
  w.mine.recordAll(1, 4);
  w.mine.drain();
  w.mine.recordAll(5, 6);
  w.theirs.recordAll(7, 9);
  w.thirds.recordAll(10, 11);
  return w;
}

/** All that waits is drained, by the first: each sample is whole, and in the files once. */
export function others(w, context) {
  const busy = w.mine.drain();
  if (busy === status.CONFLICT) return;
  if (busy !== status.OK) throw new Error(`${context}: a drain says ${busy}`);
  filed(w, context);
}

function filed(w, context) {
  const { recorded, rows, dropped, waiting } = w.mine.counts();
  const values = w.mine.rows(context);
  if (new Set(values).size !== values.length) throw new Error(`${context}: a row comes twice: ${values}`);
  // A drain that was committed and whose file went with its thread.
  if (values.length !== rows && values.length !== rows - (w.lost ?? 0))
    throw new Error(`${context}: ${values.length} rows in files, not ${rows}`);
  if (waiting !== 0 || rows + dropped !== recorded) throw new Error(`${context}: ${rows} rows, ${dropped} dropped of ${recorded}`);
}

/** The death is proven: others have the rings, and all that waited comes out. */
export function buried(w, dead, same, exact) {
  const heir = heirOf(w.first, dead, same);
  handOf(w, heir);
  same("a ring's next owner");
  exact("the heir", heir);
  for (let i = 0; i < CAPACITY >> 2; i++) goOn(w, heir);
  const drained = w.mine.drain();
  if (drained !== status.OK) throw new Error(`a drain behind the proof says ${drained}`);
  filed(w, "behind the proof");
  exact("the survivor", w.first);
}
