// Deaths without end in one memory: totals never go back, and what each death costs is bounded, however many there were.

import { Death, Thread } from "../thread.mjs";
import { counted, look, made } from "./metrics.mjs";
import { bytesUsed } from "../images.mjs";
import { random } from "./random.mjs";
import { verbs } from "./metrics-verbs.mjs";

/** Verbs that end nothing, so that totals only grow. */
const ALL = (
  "counterAdd gaugeAdd histogramObserve nativeObserve summaryObserve sharedAdd gaugeSet seriesBind seriesRead seriesAt exemplarSet " +
  "familyCreate constantSet expositionWrite inputAddress writerRenew writerLeave writerRest walkBegin carryMerge"
).split(" ");
const TOTALS = ["jobs", "sizes", "waits", "spent"].map((name) => `${name}{queue="mail"}`);
/** How many changes a verb may make before its death; what is over by then lives to its end. */
const CHANGES_MAX = 120;

/** So many deaths; bytes in use behind a tenth and behind all of them, and how often a total went back. */
export function soak(deaths, seed, progress = () => {}, chosen = ALL) {
  const next = random(seed);
  const w = made(() => {});
  const totals = () => {
    const page = look(w);
    return TOTALS.map((key) => new Map(page.get(key)).get(key.startsWith("jobs") ? "_total" : "_count"));
  };
  const result = { deaths, died: 0, back: 0, used: [] };
  let before = totals();
  for (let n = 1; n <= deaths; n++) {
    let changes = 0;
    const at = 1 + Math.floor(next() * CHANGES_MAX);
    const victim = new Thread(
      w.first.memory,
      (_n, _t, what) => {
        if (what !== "load" && what !== "store" && ++changes === at) throw new Death();
      },
      100 + n,
    ).claim();
    const own = { ...w, victim, theirs: counted(victim) };
    const verb = chosen[Math.floor(next() * chosen.length)];
    result.died += Number(!victim.run((t) => verbs[verb].run(t, own)));
    const slot = victim.slot();
    if (slot >= 0) {
      w.first.core.writerRevoke(slot);
      w.first.core.writerRetire(slot);
      if (n % 4 === 0) w.first.fold(slot);
    }
    if (n % 10 === 0) {
      const now = totals();
      result.back += Number(now.some((total, i) => !(total >= before[i])));
      before = now;
    }
    if (n === Math.ceil(deaths / 10)) result.used.push(bytesUsed(w.first));
    progress(n / deaths);
  }
  result.used.push(bytesUsed(w.first));
  result.totals = before;
  return result;
}
