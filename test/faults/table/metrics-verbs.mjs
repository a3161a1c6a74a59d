// What each verb of metrics, writers and pages does in their world: how the thread that faults happen to calls it. What cannot be
// told from a page is told by `seen`, and by who goes on.

import { internals } from "../../internals.mjs";
import { Thread } from "../thread.mjs";
import { BLOCK, constants, constantSet, counted, hands, look, numberOf, registered } from "./metrics.mjs";
import { seriesOf } from "./page.mjs";

const { status } = internals;
const NEW = 'queue="new"';
const decoder = new TextDecoder();
/** What a fold or a walk does at once. */
const ALL = 1000;

/** Repeats a hot verb whose cell is another one by now. */
function hot(name, of, ...values) {
  return {
    run(t, w) {
      const handle = w.theirs[of];
      for (let i = 0; i < 8; i++) {
        const result = t.core[name](handle.cell, handle.token, ...values);
        if (result !== status.STALE) return result;
        const bound = t.bind(handle.family, handle.block, values[0]);
        if (typeof bound === "number") return bound;
        Object.assign(handle, bound);
      }
      throw new Error(`${name} stays stale`);
    },
  };
}

/** A verb of a registry or a family that is there, with its state. */
const at = (record, verb) => ({ run: (t, w) => t.cold(() => verb(t.core, w[record], w.states?.[record] ?? t.state(w[record]), t)) });
/** A verb that only tells. */
const told = (name, ...args) => ({ run: (t) => t.core[name](...args) });
const jobs = (w) => w.theirs.jobs.family;

/** A page in slices, each by the verbs that the thread's walk needs. */
function walked(t, w, most = 64) {
  const { core } = t;
  const walk = core.walkBegin();
  let page = "";
  let from = [0, 0, 0];
  for (;;) {
    const length = t.cold(() => core.expositionWrite(w.registry, t.state(w.registry), walk, 1, ...from, most, 0, 0, 0));
    if (length < 0) return length;
    core.expositionPart();
    const text = core.expositionText();
    page += decoder.decode(t.bytes().slice(text, text + length));
    const done = core.expositionDone();
    from = [core.expositionFamily(), core.expositionSeries(), core.expositionState()];
    if (done !== 0) break;
  }
  w.seen = seriesOf(page);
  return status.OK;
}

/** An exporter that the victim has, and a sequence that it told. */
function exporting(w, t = w.victim) {
  w.exporter = t.cold(() => t.core.exporterCreate(w.registry, t.state(w.registry)));
  told1(w, t);
  counted(w.first);
}

function told1(w, t) {
  const begun = t.cold(() => t.core.exporterBegin(w.exporter, 0, 0, 0, 2n, 1000));
  while (begun === status.OK && t.core.exporterDone(w.exporter) === 0) {
    const length = t.cold(() => t.core.exporterWrite(w.exporter, ALL));
    if (length < 0) return length;
    t.core.exporterText();
  }
  return begun;
}

/** Makes a reading that the verbs of `series…` tell of. */
function reading(name, value = 2) {
  return (w) => {
    const { victim: t } = w;
    const handle = t.bind(
      registered(t, name, name === "waits" ? ["histogram", { native: true }] : ["counter", { exemplars: true }]),
      BLOCK,
      value,
    );
    t.cold(() => t.core.seriesRead(handle.family, t.state(handle.family), t.input(BLOCK)));
  };
}

const native = (name, ...args) => ({ before: reading("waits"), run: (t) => t.core[name](...args) });

export const verbs = {
  counterAdd: hot("counterAdd", "jobs", 5),
  gaugeAdd: hot("gaugeAdd", "parts", 5),
  gaugeSet: hot("gaugeSet", "parts", 5),
  gaugeSetLatest: hot("gaugeSetLatest", "latest", 5, 2e6),
  sharedAdd: hot("sharedAdd", "level", 5),
  sharedSet: hot("sharedSet", "level", 5),
  histogramObserve: hot("histogramObserve", "sizes", 4),
  nativeObserve: hot("nativeObserve", "waits", 1000),
  summaryObserve: hot("summaryObserve", "spent", 3),
  counterValueOffset: told("counterValueOffset"),

  seriesBind: { run: (t, w) => t.bind(jobs(w), NEW).cell },
  seriesToken: { run: (t, w) => (t.bind(jobs(w), BLOCK), t.core.seriesToken()) },
  seriesRemove: { run: (t, w) => t.remove(jobs(w), BLOCK) },
  seriesRemoveMatching: {
    before: (w) => w.first.add(w.first.bind(jobs(w), 'queue="mail",zone="a"')),
    run: (t, w) => t.cold(() => t.core.seriesRemoveMatching(jobs(w), t.state(jobs(w)), t.input(BLOCK))),
  },
  seriesRead: { run: (t, w) => t.cold(() => t.core.seriesRead(jobs(w), t.state(jobs(w)), t.input(BLOCK))) },
  seriesAt: { run: (t, w) => t.cold(() => t.core.seriesAt(jobs(w), t.state(jobs(w)), 0)) },
  seriesValue: native("seriesValue"),
  seriesBuckets: native("seriesBuckets"),
  seriesQuantiles: native("seriesQuantiles"),
  seriesSchema: native("seriesSchema"),
  seriesZeroCount: native("seriesZeroCount"),
  seriesSparseCount: native("seriesSparseCount", 0),
  seriesSparseIndex: native("seriesSparseIndex", 0, 0),
  seriesSparseBucket: native("seriesSparseBucket", 0, 0),
  exemplarSet: {
    run: (t, w) => t.cold(() => t.core.exemplarSet(w.theirs.jobs.cell, w.theirs.jobs.token, 1, 1000, t.input('trace="abc"'))),
  },

  familyCreate: { run: (t) => registered(t, "fresh", ["counter", {}]) },
  familyFind: { run: (t, w) => t.cold(() => t.core.familyFind(w.registry, t.state(w.registry), t.input("jobs"))) },
  familyDefinition: { run: (t, w) => t.core.familyDefinition(jobs(w)) },
  familyEmpty: { run: (t, w) => t.reset(jobs(w)) },
  "familyEmpty to nothing": { run: (t, w) => t.clear(jobs(w)) },
  familyPosition: { run: (t, w) => t.core.familyPosition(jobs(w)) },
  familyRemove: { run: (t, w) => t.cold(() => t.core.familyRemove(jobs(w), t.state(jobs(w)))) },
  familyState: { run: (t) => (registered(t, "jobs", ["counter", { exemplars: true }]), t.core.familyState()) },
  familyAt: at("registry", (core, registry, state) => core.familyAt(registry, state, 0)),
  familyAtState: { run: (t) => t.core.familyAtState() },
  familyCells: { run: (t, w) => t.core.familyCells(jobs(w)) },
  familyImported: { run: (t, w) => t.cold(() => t.core.familyImported(jobs(w), t.state(jobs(w)))) },
  familySeries: { run: (t, w) => t.core.familySeries(jobs(w)) },
  recordState: { run: (t, w) => t.core.recordState(jobs(w)) },
  // In the other registry, whose families nobody ends meanwhile.
  conflictAddress: { run: (t, w) => (registered(t, "elsewhere", ["gauge", {}], false, w.other), t.core.conflictAddress()) },

  registryCreate: { run: (t) => t.cold(() => t.core.registryCreate()) },
  registryFirst: told("registryFirst"),
  registryInstance: { run: (t, w) => Number(t.core.registryInstance(w.registry, t.state(w.registry), 77n)) },
  registryNames: { run: (t, w) => t.core.registryNames(w.registry) },
  registryRename: { run: (t, w) => t.core.registryRename(w.registry, t.core.registryNames(w.registry)) },
  registryRemove: { run: (t, w) => t.cold(() => t.core.registryRemove(w.other, w.states["other "])) },
  registryEmpty: { run: (t, w) => t.cold(() => t.core.registryEmpty(w.registry, t.state(w.registry), 1)) },
  "registryEmpty to nothing": { run: (t, w) => t.cold(() => t.core.registryEmpty(w.registry, t.state(w.registry), 0)) },
  registryClear: { run: (t, w) => t.cold(() => t.core.registryClear(w.registry, t.state(w.registry))) },
  registryLabels: { run: (t, w) => t.cold(() => t.core.registryLabels(w.other, w.states["other "], t.input('zone="a"'))) },
  registryRelabel: { run: (t, w) => t.cold(() => t.core.registryRelabel(w.other, w.states["other "], t.input('zone="b"'), 0)) },
  registryOwn: { run: (t, w) => t.cold(() => t.core.registryOwn(w.other, w.states["other "], 77)) },
  registriesEnd: {
    before: (w) => w.first.core.registryOwn(w.other, w.states["other "], 77),
    run: (t) => t.cold(() => t.core.registriesEnd(77)),
  },

  constantSet: { run: (t) => constantSet(t, 'queue="2"', 7, numberOf(t, 2)) },
  constantSweep: {
    run: (t) => {
      const family = constants(t);
      return family < 0 ? family : t.cold(() => t.core.constantSweep(family, t.state(family), numberOf(t, 3)));
    },
  },
  constantRemove: {
    run: (t) => {
      const family = constants(t, `given_${"abc"[t.thread]}`);
      return family < 0 ? family : t.cold(() => t.core.constantRemove(family, t.state(family), t.identity));
    },
  },

  carryRead: { run: (t, w) => t.cold(() => t.core.carryRead(jobs(w), t.state(jobs(w)), 0)) },
  carryValue: told("carryValue"),
  carryKey: told("carryKey"),
  carryKeyLength: told("carryKeyLength"),
  carryBuckets: told("carryBuckets"),
  carryLabels: at("registry", (core, registry, state) => core.carryLabels(registry, state)),
  carryMerge: { run: (t, w) => t.cold(() => t.core.carryMerge(jobs(w), t.state(jobs(w)), t.input(BLOCK), 7, 64)) },

  // A page ends the constants of who left: one who comes back has them no more.
  writerClaim: { before: (w) => (w.victim.core.writerLeave(), look(w)), run: (t) => (t.claim(), status.OK) },
  writerOwned: told("writerOwned"),
  writerCount: told("writerCount"),
  writerRest: told("writerRest"),
  writerLeave: told("writerLeave"),
  writerRenew: told("writerRenew"),
  writerRevoke: { run: (t, w) => t.core.writerRevoke(w.gone) },
  writerRetire: { before: (w) => w.first.core.writerRevoke(w.gone), run: (t, w) => t.core.writerRetire(w.gone) },
  writersSweep: {
    before: (w) => {
      w.first.core.writerRevoke(w.gone);
      for (const t of [w.first, w.victim]) for (let s = 1; s <= 400; s += 20) t.core.clockSet(1000 + s);
    },
    run: (t) => t.core.writersSweep(),
  },
  writerFold: { run: (t, w) => t.fold(w.dead, ALL) },
  writerIndex: told("writerIndex"),
  writerIdentity: told("writerIdentity", 0),
  writerParent: told("writerParent", 0),
  writerState: told("writerState", 0),
  writerThread: told("writerThread", 0),
  writersCollecting: told("writersCollecting"),
  writerCollected: told("writerCollected", 1, 0, 100),
  writersAwaited: told("writersAwaited", 1, 10),
  writersMissed: { before: (w) => w.first.core.writerCollected(1, 0, 100), run: (t) => t.core.writersMissed(65536) },
  scrapeWantedAddress: told("scrapeWantedAddress"),
  identityNext: told("identityNext"),
  inputAddress: { run: (t) => t.cold(() => t.core.inputAddress(9000)) },
  clockSet: told("clockSet", 1001),
  snapshotsRepaired: told("snapshotsRepaired"),
  snapshotsUnexplained: told("snapshotsUnexplained"),
  bytesFree: told("bytesFree"),
  bytesReserved: told("bytesReserved"),
  memoryBytes: told("memoryBytes", 1 << 22),
  memoryCheck: told("memoryCheck"),
  memoryIdentity: { run: (t) => Number(t.core.memoryIdentity()) },

  walkBegin: told("walkBegin"),
  expositionWrite: { run: walked },
  expositionDone: told("expositionDone"),
  expositionFamily: told("expositionFamily"),
  expositionPart: told("expositionPart"),
  expositionSeries: told("expositionSeries"),
  expositionState: told("expositionState"),
  expositionText: told("expositionText"),
  boundPut: { run: (t) => t.core.boundPut(t.inputRoom(64), 2.5) },
  valuePut: { run: (t) => t.core.valuePut(t.inputRoom(64), 2.5) },

  exporterCreate: { run: (t, w) => t.cold(() => t.core.exporterCreate(w.registry, t.state(w.registry))) },
  exporterBegin: { before: exporting, run: (t, w) => t.cold(() => t.core.exporterBegin(w.exporter, 1, 0, 0, 2n, 1000)) },
  exporterWrite: { before: exporting, run: (t, w) => told1(w, t) },
  exporterDone: { before: exporting, run: (t, w) => t.core.exporterDone(w.exporter) },
  exporterSequence: { before: exporting, run: (t, w) => t.core.exporterSequence(w.exporter) },
  exporterText: { before: exporting, run: (t) => t.core.exporterText() },
  exporterEnd: { before: exporting, run: (t, w) => t.core.exporterEnd(w.exporter) },
};

/** Whole verbs of another thread, in the middle of one. */
export const intruders = {
  "counts in every series": (w, t) => counted(t),
  "makes a series": (w, t) => t.add(t.bind(hands(t).jobs.family, NEW), 3),
  "removes a series": (w, t) => t.remove(registered(t, "jobs", ["counter", { exemplars: true }]), BLOCK),
  "resets all": (w, t) => t.cold(() => t.core.registryEmpty(w.registry, t.state(w.registry), 1)),
  "removes all families": (w, t) => t.cold(() => t.core.registryEmpty(w.registry, t.state(w.registry), 0)),
  "makes a family": (w, t) => registered(t, "fresh", ["counter", {}]),
  "sets a constant": (w, t) => constantSet(t, `queue="${t.thread}"`, 9, numberOf(t, 9)),
  "folds the dead": (w, t) => t.fold(w.dead, ALL),
  "believes it dead": (w, t) => void t.core.writerRevoke(w.victim.slot()),
  "sees another thread join": (w) => (new Thread(w.first.memory, undefined, 8).claim(), undefined),
  "reads a page": (w, t) => look(w, t),
  "takes an image": (w, t) => {
    const exporter = t.cold(() => t.core.exporterCreate(w.registry, t.state(w.registry)));
    told1({ ...w, exporter }, t);
    t.core.exporterEnd(exporter);
  },
};
