// A slot's lives: claimed, left, revoked, retired, adopted, with several writers in one instance.

import { become, bind, claim, family, format, input, tokenOf } from "../formatted";
import {
  ACTIVE,
  COUNTER,
  FOLDING,
  GAUGE,
  GaugeCell,
  HISTOGRAM,
  HistogramCell,
  MODE_LIVE,
  MODE_SUM,
  NO_THREAD,
  RETIRED,
  REVOKED,
  REVOKED_TOKEN,
  Writer,
} from "../../../assembly/layout";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeAdd } from "../../../assembly/metric/gauge";
import { histogramObserve } from "../../../assembly/metric/histogram";
import {
  identityNext,
  QUARANTINE_SECONDS,
  writerClaim,
  writerLeave,
  writerRenew,
  writerRetire,
  writerRevoke,
  writersSweep,
} from "../../../assembly/store/adopt";
import {
  seriesBuckets,
  seriesRead,
  seriesValue,
  snapshotsUnexplained,
  writerParent,
  writerState,
  writerThread,
} from "../../../assembly/store/report";
import { seriesBind } from "../../../assembly/store/series";
import {
  clockNow,
  clockSet,
  owned,
  ownSlot,
  ownWriter,
  slotAt,
  slotCount,
  slotForget,
  slotMove,
  STEP_MOST,
} from "../../../assembly/store/writer";
import { ABSENT, NO_WRITER, OK, STALE } from "../../../assembly/status";

function value(family: i32): f64 {
  return seriesRead(family, load<u32>(family), input("")) < 0 ? NaN : seriesValue();
}

function add(cell: i32, amount: f64): i32 {
  return counterAdd(cell, tokenOf(cell), amount);
}

/** Time goes by for this instance. */
function pass(seconds: f64): void {
  for (; seconds > 0; seconds -= 10) clockSet(clockNow() + min<f64>(seconds, 10));
}

function indexOf(slot: usize): u32 {
  return changetype<Writer>(slot).index;
}

/** The first writer reads; the second counted and is revoked and retired. */
function buried(first: usize, second: usize): void {
  become(first);
  writerRevoke(indexOf(second));
  writerRetire(indexOf(second));
}

describe("writerClaim", () => {
  it("does nothing for an instance that owns a slot", () => {
    format();
    const slot = ownSlot();
    expect<i32>(writerClaim(identityNext(), 1, 0)).toBe(OK);
    expect<usize>(ownSlot()).toBe(slot);
    expect<u32>(slotCount()).toBe(1);
  });

  it("takes a retired slot over rather than a new one, and goes on with its cells", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs");
    const second = claim();
    const cell = bind(jobs, "");
    add(cell, 5);
    const token = tokenOf(cell);
    buried(first, second);
    expect<f64>(value(jobs)).toBe(5);
    const third = claim();
    expect<usize>(third).toBe(second);
    expect<u32>(slotCount()).toBe(2);
    // The handle of the dead writer shows a token that is no longer the cell's.
    expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
    expect<i32>(bind(jobs, "")).toBe(cell);
    add(cell, 2);
    expect<f64>(value(jobs)).toBe(7);
  });

  it("ends an observation that the dead owner left half done, before it goes on", () => {
    const first = format();
    const size = family(HISTOGRAM, 0, "size", "", [10, 20]);
    const second = claim();
    const cell = bind(size, "");
    histogramObserve(cell, tokenOf(cell), 5);
    // The first two of the four stores of an observation of 15.
    changetype<HistogramCell>(cell).pending = 15;
    store<u32>(cell + offsetof<HistogramCell>() + 4, 1);
    buried(first, second);
    claim();
    expect<i32>(bind(size, "")).toBe(cell);
    // Into another bucket: an observation into the same one would hide what was not repaired.
    histogramObserve(cell, tokenOf(cell), 25);
    expect<i32>(seriesRead(size, load<u32>(size), input(""))).toBe(3);
    expect<f64>(seriesValue()).toBe(30);
    expect<u64>(load<u64>(seriesBuckets())).toBe(1);
    expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(0);
    expect<u64>(load<u64>(seriesBuckets() + 16)).toBe(1);
    expect<u32>(snapshotsUnexplained()).toBe(0);
  });

  it("folds the parts of gauges, so that the new owner's set overwrites nothing", () => {
    const first = format();
    const parts = family(GAUGE, MODE_SUM, "parts");
    const second = claim();
    const cell = bind(parts, "");
    gaugeAdd(cell, tokenOf(cell), 5);
    buried(first, second);
    claim();
    expect<f64>(value(parts)).toBe(5);
    const next = bind(parts, "");
    expect<u64>(changetype<GaugeCell>(next).order).toBe(0);
    gaugeAdd(next, tokenOf(next), 2);
    expect<f64>(value(parts)).toBe(7);
  });

  it("forgets what a dead writer said of a `livesum` gauge", () => {
    const first = format();
    const busy = family(GAUGE, MODE_LIVE | MODE_SUM, "busy");
    const own = bind(busy, "");
    gaugeAdd(own, tokenOf(own), 3);
    const second = claim();
    const cell = bind(busy, "");
    gaugeAdd(cell, tokenOf(cell), 5);
    expect<f64>(value(busy)).toBe(8);
    become(first);
    writerRevoke(indexOf(second));
    expect<f64>(value(busy)).toBe(3);
    writerRetire(indexOf(second));
    claim();
    expect<f64>(value(busy)).toBe(3);
  });

  it("takes a revoked slot over once its quarantine is over, not before", () => {
    const first = format();
    const second = claim();
    become(first);
    writerRevoke(indexOf(second));
    pass(QUARANTINE_SECONDS - 1);
    expect<bool>(claim() == second).toBe(false);
    pass(2);
    expect<usize>(claim()).toBe(second);
  });

  it("does not take a revoked slot over because a clock leapt, or waits longer because it was set back", () => {
    const first = format();
    const second = claim();
    become(first);
    writerRevoke(indexOf(second));
    // Half an hour of sleep, or a clock that was wrong.
    clockSet(clockNow() + 1800);
    expect<u32>(writersSweep()).toBe(0);
    expect<bool>(claim() == second).toBe(false);
    clockSet(clockNow() - 3600);
    pass(QUARANTINE_SECONDS - STEP_MOST - 1);
    expect<u32>(writersSweep()).toBe(0);
    pass(2);
    expect<u32>(writersSweep()).toBe(1);
  });
});

describe("writerLeave", () => {
  it("retires the own slot at once; what was counted stays", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs");
    claim();
    add(bind(jobs, ""), 4);
    const left = ownWriter().index;
    const handle = bind(jobs, "");
    const token = tokenOf(handle);
    writerLeave();
    // Old handles take the cold way; whoever buries a thread does not find it here.
    expect<i32>(counterAdd(handle, token, 1)).toBe(STALE);
    expect<u32>(writerThread(left)).toBe(NO_THREAD);
    expect<bool>(owned()).toBe(false);
    expect<i32>(writerState(left)).toBe(RETIRED);
    expect<i32>(seriesBind(jobs, load<u32>(jobs), 0, false, NaN)).toBe(NO_WRITER);
    become(first);
    expect<f64>(value(jobs)).toBe(4);
  });

  it("is content with an instance that owns no slot", () => {
    format();
    slotForget();
    writerLeave();
    expect<bool>(owned()).toBe(false);
  });
});

describe("writerRenew", () => {
  it("sends every handle the cold way once, to the cell that it had; no part is forgotten, no claim doubted", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const busy = family(GAUGE, MODE_LIVE | MODE_SUM, "busy");
    const cell = bind(jobs, "");
    const part = bind(busy, "");
    add(cell, 4);
    gaugeAdd(part, tokenOf(part), 5);
    const token = tokenOf(cell);
    writerRenew();
    expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
    expect<bool>(owned()).toBe(true);
    expect<i32>(bind(jobs, "")).toBe(cell);
    expect<i32>(bind(busy, "")).toBe(part);
    add(cell, 1);
    gaugeAdd(part, tokenOf(part), 2);
    expect<f64>(value(jobs)).toBe(5);
    expect<f64>(value(busy)).toBe(7);
  });

  it("leaves the tokens of a slot that is revoked as they are", () => {
    format();
    const cell = bind(family(COUNTER, 0, "jobs"), "");
    writerRevoke(ownWriter().index);
    writerRenew();
    expect<u32>(tokenOf(cell)).toBe(REVOKED_TOKEN);
  });
});

describe("writerRevoke", () => {
  it("sends every handle of the slot the cold way, where it learns that the slot is lost; nothing is lost with it", () => {
    const first = format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const second = claim();
    const one = bind(jobs, 'queue="a"');
    const other = bind(jobs, 'queue="b"');
    add(one, 1);
    add(other, 2);
    const token = tokenOf(one);
    become(first);
    expect<i32>(writerRevoke(indexOf(second))).toBe(OK);
    expect<i32>(writerState(indexOf(second))).toBe(REVOKED);
    expect<u32>(tokenOf(one)).toBe(REVOKED_TOKEN);
    expect<u32>(tokenOf(other)).toBe(REVOKED_TOKEN);
    expect<i32>(counterAdd(one, token, 1)).toBe(STALE);
    seriesRead(jobs, load<u32>(jobs), input('queue="a"'));
    expect<f64>(seriesValue()).toBe(1);
    seriesRead(jobs, load<u32>(jobs), input('queue="b"'));
    expect<f64>(seriesValue()).toBe(2);
  });

  it("is ABSENT for a slot that is not there or not active", () => {
    format();
    claim();
    expect<i32>(writerRevoke(9)).toBe(ABSENT);
    expect<i32>(writerRevoke(0)).toBe(OK);
    expect<i32>(writerRevoke(0)).toBe(ABSENT);
    expect<i32>(writerState(1)).toBe(ACTIVE);
  });
});

describe("writerRetire", () => {
  it("takes a revoked slot only: a death is believed before it is proven", () => {
    format();
    claim();
    expect<i32>(writerRetire(0)).toBe(ABSENT);
    expect<i32>(writerRetire(7)).toBe(ABSENT);
    writerRevoke(0);
    expect<i32>(writerRetire(0)).toBe(OK);
    expect<i32>(writerState(0)).toBe(RETIRED);
    expect<i32>(writerRetire(0)).toBe(ABSENT);
  });
});

describe("thread and parent", () => {
  it("are gone from a slot that nobody owns, however it lost its owner", () => {
    for (let way = 0; way < 3; way++) {
      const first = format();
      const second = claim();
      expect<u32>(writerThread(1)).toBe(7);
      expect<u32>(writerParent(1)).toBe(3);
      if (way == 0) {
        writerLeave();
      } else {
        become(first);
        writerRevoke(indexOf(second));
        pass(QUARANTINE_SECONDS + 1);
        if (way == 1) writerRetire(indexOf(second));
        else writersSweep();
      }
      expect<u32>(writerThread(1)).toBe(NO_THREAD);
      expect<u32>(writerParent(1)).toBe(NO_THREAD);
    }
  });
});

describe("quarantine", () => {
  it("begins when somebody sees that a slot is revoked, where its revoker died before it said so", () => {
    format();
    claim();
    const dead = slotAt(0);
    slotMove(dead, load<u64>(dead), REVOKED);
    pass(QUARANTINE_SECONDS + 10);
    expect<u32>(writersSweep()).toBe(0);
    pass(QUARANTINE_SECONDS);
    expect<u32>(writersSweep()).toBe(0);
    pass(1);
    expect<u32>(writersSweep()).toBe(1);
  });

  it("is of one life: what is said of another one is none", () => {
    format();
    claim();
    writerRevoke(0);
    changetype<Writer>(slotAt(0)).quarantine += 4;
    pass(QUARANTINE_SECONDS + 1);
    expect<u32>(writersSweep()).toBe(0);
    pass(QUARANTINE_SECONDS + 1);
    expect<u32>(writersSweep()).toBe(1);
  });
});

describe("a slot that somebody made and did not come to know", () => {
  it("has its index again with the next owner", () => {
    const first = format();
    const second = claim();
    const index = indexOf(second);
    changetype<Writer>(second).index = 0;
    become(first);
    writerRevoke(index);
    writerRetire(index);
    expect<usize>(claim()).toBe(second);
    expect<u32>(indexOf(second)).toBe(index);
  });
});

describe("writersSweep", () => {
  it("retires what has been in quarantine for long enough", () => {
    format();
    claim();
    claim();
    writerRevoke(0);
    pass(60);
    writerRevoke(1);
    pass(61);
    expect<u32>(writersSweep()).toBe(1);
    expect<i32>(writerState(0)).toBe(RETIRED);
    expect<i32>(writerState(1)).toBe(REVOKED);
    expect<u32>(writersSweep()).toBe(0);
  });

  it("lets go of what a dead folder held", () => {
    const first = format();
    const dead = claim();
    const folder = claim();
    become(first);
    writerRevoke(indexOf(dead));
    writerRetire(indexOf(dead));
    slotMove(dead, load<u64>(dead), FOLDING);
    changetype<Writer>(dead).folder = ((load<u32>(folder) >> 2) << 12) | (indexOf(folder) + 1);
    writersSweep();
    expect<i32>(writerState(indexOf(dead))).toBe(FOLDING);
    writerRevoke(indexOf(folder));
    writerRetire(indexOf(folder));
    writersSweep();
    expect<i32>(writerState(indexOf(dead))).toBe(RETIRED);
  });
});

describe("identityNext", () => {
  it("gives every instance a number of its own", () => {
    format();
    const one = identityNext();
    expect<u32>(identityNext()).toBe(one + 1);
  });
});
