// What each verb of images, sources, processes and Python's tables does in their world.

import { internals } from "../../internals.mjs";
import { Teller } from "../images.mjs";
import { BLOCK, counted, registered } from "./metrics.mjs";
import { frames, LABELS, look } from "./images.mjs";

const { status } = internals;
const encoder = new TextEncoder();

const source = (name, ...args) => ({ run: (t, w) => t.cold(() => t.core[name](w.theirs.collector.source, ...args)) });
const process = (name, ...args) => ({ run: (t, w) => t.cold(() => t.core[name](w.theirs.two, ...args)) });

/** A frame of a family that this memory has not, up to where the core asks for it. */
const unknown = (() => {
  const teller = new Teller(3);
  teller.thread.add(teller.thread.bind(registered(teller.thread, "unheard", ["counter", {}]), BLOCK), 4);
  return teller.tell();
})();

function wanted(w, t = w.victim) {
  const { collector } = w.theirs;
  w.asking = collector.process();
  const length = collector.put(unknown[0]);
  const said = t.cold(() => t.core.imageApply(w.asking, length));
  if (said !== status.WANTED) throw new Error(`it was to ask for a family, and says ${said}`);
}

/** The dead, folded, of whom the retired's image is to be written. */
const retiring = (w) => void w.theirs.collector.fold(w.theirs.one);

function retired(t, w) {
  const { core } = t;
  core.retiredBegin(w.theirs.collector.source, 5n, 6n, 1000);
  while (core.retiredDone() === 0) {
    const length = t.cold(() => core.retiredWrite(w.theirs.collector.source));
    if (length < 0) return length;
    core.retiredText();
  }
  return status.OK;
}

/** A process that is given series one by one. */
function giving(w, t = w.victim) {
  w.given = w.theirs.collector.process();
  w.family = registered(t, "left", ["counter", {}]);
  return t.cold(() => t.core.givenFamily(w.given, 0, w.family, t.state(w.family)));
}

const givenSet = (t, w) => t.cold(() => t.core.givenSet(w.given, 0, 0, t.input(BLOCK), 9, 64));

/** A file of Python's client: a head, then entries of a key and two numbers. */
function pythonFile() {
  const key = encoder.encode('["left_total", "left_total", {"queue": "mail"}, "Help"]');
  const padded = (key.length + 4 + 7) & ~7;
  const bytes = new Uint8Array(8 + padded + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint32(8, padded - 4, true);
  bytes.fill(32, 12, 8 + padded).set(key, 12);
  view.setFloat64(8 + padded, 7, true);
  return bytes;
}

function pythonMade(w) {
  const { core } = w.victim;
  w.table = core.pythonCreate();
}

function pythonRead(t, w) {
  const { core } = t;
  const bytes = pythonFile();
  core.pythonBegin(w.table);
  core.pythonFile(w.table, 0, 0, 0);
  t.bytes().set(bytes, core.pythonInput(w.table));
  return core.pythonRead(w.table, bytes.length);
}

const python = (name, ...args) => ({
  before: (w) => {
    pythonMade(w);
    const read = pythonRead(w.victim, w);
    if (read < 0 || w.victim.core.pythonKeyCount(w.table) !== 1) throw new Error(`the table reads ${read}`);
  },
  run: (t, w) => t.core[name](w.table, ...args),
});

export const verbs = {
  sourceCreate: { run: (t) => t.cold(() => t.core.sourceCreate(t.core.registryFirst(), t.state(t.core.registryFirst()), 99n)) },
  sourceEnd: source("sourceEnd"),
  sourceSweep: source("sourceSweep"),
  sourceRenew: source("sourceRenew", 1),
  sourceBlurred: source("sourceBlurred"),
  sourceShared: source("sourceShared"),
  sourceRoom: source("sourceRoom", 200000),
  sourceRelabel: {
    before: (w) => w.first.cold(() => w.first.core.registryLabels(w.registry, w.first.state(w.registry), w.first.input(LABELS))),
    ...source("sourceRelabel"),
  },
  sourcePublish: {
    before: (w) => w.theirs.collector.apply(w.theirs.two, frames[1].delta),
    run: (t, w) => w.theirs.collector.publish(),
  },
  sourceWanted: { before: wanted, ...source("sourceWanted") },
  sourceFamily: {
    before: wanted,
    run: (t, w) => {
      const family = registered(t, "unheard", ["counter", {}]);
      return family < 0 ? family : t.core.sourceFamily(w.theirs.collector.source, family, t.state(family));
    },
  },
  sourceKept: { before: wanted, ...source("sourceKept", 0, 0) },

  imageCheck: { run: (t, w) => t.cold(() => t.core.imageCheck(w.theirs.two, w.theirs.collector.put(frames[1].delta[0]))) },
  imageApply: { run: (t, w) => w.theirs.collector.apply(w.theirs.two, frames[1].delta) },
  "imageApply of a whole one": { run: (t, w) => w.theirs.collector.apply(w.theirs.two, frames[1].again) },

  processCreate: { run: (t, w) => w.theirs.collector.process() },
  processName: process("processName", 55n),
  processLabels: { run: (t, w) => t.cold(() => t.core.processLabels(w.theirs.two, t.input(LABELS + LABELS) / 2, 8)) },
  processLive: process("processLive", 0),
  processFold: { run: (t, w) => w.theirs.collector.fold(w.theirs.one) },
  "processFold of a second": { before: retiring, run: (t, w) => w.theirs.collector.fold(w.theirs.two) },
  processDrop: process("processDrop"),
  processRetire: process("processRetire"),
  processBaseline: process("processBaseline"),
  processSeconds: process("processSeconds"),
  processSequence: process("processSequence"),
  processSeries: process("processSeries"),
  processInstance: { run: (t, w) => Number(t.core.processInstance(w.theirs.two)) },

  givenFamily: {
    before: (w) => void (w.given = w.theirs.collector.process()),
    run: (t, w) => {
      const family = registered(t, "left", ["counter", {}]);
      return family < 0 ? family : t.cold(() => t.core.givenFamily(w.given, 0, family, t.state(family)));
    },
  },
  givenSet: { before: giving, run: givenSet, between: [[`left{${BLOCK}}`, "_total 0"]] },
  givenGone: {
    before: (w) => (giving(w), givenSet(w.victim, w)),
    run: (t, w) => t.cold(() => t.core.givenGone(w.given, 0, 0)),
  },

  retiredBegin: { before: retiring, run: (t, w) => t.core.retiredBegin(w.theirs.collector.source, 5n, 6n, 1000) },
  retiredWrite: { before: retiring, run: retired },
  retiredDone: { run: (t) => t.core.retiredDone() },
  retiredText: { run: (t) => t.core.retiredText() },

  pythonCreate: { run: (t) => t.core.pythonCreate() },
  pythonBegin: python("pythonBegin"),
  pythonFile: python("pythonFile", 0, 1, 1),
  pythonInput: python("pythonInput"),
  pythonRead: { before: pythonMade, run: pythonRead },
  pythonSamples: python("pythonSamples"),
  pythonRefused: python("pythonRefused"),
  pythonKeyCount: python("pythonKeyCount"),
  pythonKey: python("pythonKey", 0),
  pythonKeyLength: python("pythonKeyLength", 0),
  pythonKeyKind: python("pythonKeyKind", 0),
  pythonKeyProcess: python("pythonKeyProcess", 0),
  pythonKeySeen: python("pythonKeySeen", 0),
  pythonValues: python("pythonValues"),
  pythonStamps: python("pythonStamps"),
  pythonEnd: python("pythonEnd"),
};

/** Whole verbs of another thread, in the middle of one. */
export const intruders = {
  "counts in every series": (w, t) => counted(t),
  "makes a family": (w, t) => registered(t, "fresh", ["counter", {}]),
  "makes a series": (w, t) => t.add(t.bind(registered(t, "jobs", ["counter", { exemplars: true }]), 'queue="new"'), 3),
  "reads a page": (w, t) => look(w, t),
  "shows what changed of its own source": (w) => {
    w.thirds.collector.apply(w.thirds.one, frames[0].delta);
    w.thirds.collector.publish();
  },
  "folds a process of its own source": (w) => w.thirds.collector.fold(w.thirds.one),
  "ends its own source": (w) => w.thirds.collector.end(),
};
