// What each verb of recorders does in their world.

import { Hand, OLDEST, ORIGIN, RING_BYTES } from "../recording.mjs";
import { Thread } from "../thread.mjs";
import { goOn, NAME } from "./records.mjs";

const told = (name, ...args) => ({ run: (t, w) => t.core[name](w.recorder, ...args) });
const SLICE = 60;

/** The victim's drain, up to where the verb is. */
function begun(w, t = w.victim) {
  w.turn = t.cold(() => t.core.drainBegin(w.recorder, 0, 42));
}

function written(w, t = w.victim) {
  begun(w, t);
  write(t, w);
  // Its file, which is in place before the commit.
  w.mine.files.set(t.core.drainNumber(w.recorder), w.text);
}

function write(t, w) {
  const { core } = t;
  w.text = "";
  do {
    const length = t.cold(() => core.drainWrite(w.recorder, w.turn, SLICE, 0));
    if (length < 0) return length;
    const from = core.drainText();
    w.text += Buffer.from(t.bytes().slice(from, from + length)).toString();
  } while (core.drainDone(w.recorder) === 0);
  return 0;
}

/** Nobody else drains while a drain is to be looked at: it is over before others go on. */
const drain = (name, before, ...args) => ({ before, run: (t, w) => t.core[name](w.recorder, w.turn, ...args) });
const looked = (name) => ({ before: (w) => begun(w), run: (t, w) => t.core[name](w.recorder) });

export const verbs = {
  recorderCreate: { run: (t) => t.core.recorderCreate(9n, OLDEST, RING_BYTES, RING_BYTES, 16, 1024) },
  recorderFind: { run: (t) => t.core.recorderFind(NAME) },
  recorderSwitch: told("recorderSwitch", 0),
  recorderCapacity: told("recorderCapacity"),
  recorderDrained: told("recorderDrained", 0),
  recorderDropped: told("recorderDropped"),
  recorderHead: told("recorderHead", 0),
  recorderOnAddress: told("recorderOnAddress"),
  recorderRecorded: told("recorderRecorded"),
  recorderRefused: told("recorderRefused"),
  recorderRows: told("recorderRows"),
  recorderWaiting: told("recorderWaiting"),
  recorderWantedAddress: told("recorderWantedAddress"),
  labelIntern: { run: (t, w) => t.cold(() => t.core.labelIntern(w.recorder, t.input("new"), 0)) },
  labelAdmit: { run: (t, w) => t.cold(() => t.core.labelAdmit(w.recorder, t.input("new"), 8)) },
  ringBind: {
    before: (w) => {
      w.victim.core.writerLeave();
      w.victim.claim();
    },
    run: (t, w) => t.cold(() => t.core.ringBind(w.recorder, ORIGIN)),
  },
  sampleLost: told("sampleLost", 2),
  sampleRecord: { run: (t, w) => t.core.sampleRecord(w.theirs.ring, w.labels[0], 12, 12) },
  // Of 12 seconds, which are its value.
  durationRecord: { run: (t, w) => t.core.durationRecord(w.theirs.ring, w.labels[0], 12 - 12000, 12) },

  drainBegin: { run: (t, w) => Number((w.turn = t.cold(() => t.core.drainBegin(w.recorder, 0, 42))) > 0) },
  drainTake: { run: (t, w) => Number((w.turn = t.cold(() => t.core.drainTake(w.recorder, 0, 42))) > 0) },
  drainWrite: { before: (w) => begun(w), run: write },
  drainLimit: drain("drainLimit", (w) => begun(w), 200),
  drainRest: drain("drainRest", (w) => begun(w)),
  drainResume: drain("drainResume", (w) => (begun(w), w.victim.core.drainRest(w.recorder, w.turn))),
  drainCommit: drain("drainCommit", (w) => written(w)),
  drainAbandon: drain("drainAbandon", (w) => begun(w)),
  drainDone: looked("drainDone"),
  drainNumber: looked("drainNumber"),
  drainReached: looked("drainReached"),
  drainResting: looked("drainResting"),
  drainText: { before: (w) => written(w), run: (t) => t.core.drainText() },
};

/** Whole verbs of another thread, in the middle of one. */
export const intruders = {
  records: (w, t) => goOn(w, t),
  "fills its ring": (w, t) => {
    for (let i = 0; i < 100; i++) goOn(w, t);
  },
  drains: (w) => w.thirds.drain(),
  "takes a drain that rests": (w) => w.thirds.drain(SLICE, "drainTake"),
  "names a label": (w) => w.thirds.label("new"),
  "sees another thread bind": (w) => new Hand(new Thread(w.first.memory, undefined, 8).claim(), w.recorder).bind(),
};
