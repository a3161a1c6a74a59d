// What the bindings and the tests may ask about records.

import { become, bind, claim, family, format, input, tokenOf } from "../formatted";
import { ACTIVE, COUNTER, GAUGE, Header, HEADER, HISTOGRAM, MODE_ALL, MODE_SUM, RETIRED } from "../../../assembly/layout";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeSet } from "../../../assembly/metric/gauge";
import { histogramObserve } from "../../../assembly/metric/histogram";
import { writerLeave, writerRetire, writerRevoke } from "../../../assembly/store/adopt";
import {
  recordState,
  scrapeWantedAddress,
  seriesBuckets,
  seriesRead,
  seriesValue,
  snapshotsRepaired,
  snapshotsUnexplained,
  writerCollected,
  writerIdentity,
  writerIndex,
  writerParent,
  writersAwaited,
  writersCollecting,
  writersMissed,
  writerState,
  writerThread,
} from "../../../assembly/store/report";
import { ownWriter, slotForget, slotOwn } from "../../../assembly/store/writer";
import { ABSENT, GONE, NO_WRITER } from "../../../assembly/status";

describe("seriesRead", () => {
  it("reads every type over all cells, and says how many buckets there are", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const parts = family(GAUGE, MODE_SUM, "parts", "kind");
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    let cell = bind(jobs, "");
    counterAdd(cell, tokenOf(cell), 2.5);
    cell = bind(parts, 'kind="a"');
    gaugeSet(cell, tokenOf(cell), -1);
    cell = bind(size, "");
    histogramObserve(cell, tokenOf(cell), 3);
    expect<i32>(seriesRead(jobs, load<u32>(jobs), 0)).toBe(0);
    expect<f64>(seriesValue()).toBe(2.5);
    expect<i32>(seriesRead(parts, load<u32>(parts), input('kind="a"'))).toBe(0);
    expect<f64>(seriesValue()).toBe(-1);
    expect<i32>(seriesRead(size, load<u32>(size), 0)).toBe(2);
    expect<f64>(seriesValue()).toBe(3);
    expect<u64>(load<u64>(seriesBuckets() + 8)).toBe(1);
  });

  it("tells every part of a gauge that prints them all, and as the value this writer's own, or the first one", () => {
    const first = format();
    const parts = family(GAUGE, MODE_ALL, "parts");
    let cell = bind(parts, "");
    // Bound, and nothing said yet.
    expect<i32>(seriesRead(parts, load<u32>(parts), 0)).toBe(0);
    expect<f64>(seriesValue()).toBe(0);
    gaugeSet(cell, tokenOf(cell), 22);
    claim();
    const other = writerIndex();
    expect<i32>(seriesRead(parts, load<u32>(parts), 0)).toBe(2);
    expect<f64>(seriesValue()).toBe(22);
    cell = bind(parts, "");
    gaugeSet(cell, tokenOf(cell), -1);
    for (let own = 0; own < 2; own++) {
      expect<i32>(seriesRead(parts, load<u32>(parts), 0)).toBe(4);
      expect<f64>(seriesValue()).toBe(own == 0 ? -1 : 22);
      const at = seriesBuckets();
      for (let i: u32 = 0; i < 2; i++) {
        const value: f64 = load<u64>(at + (i << 4)) == other ? -1 : 22;
        expect<f64>(load<f64>(at + (i << 4), 8)).toBe(value);
      }
      become(first);
    }
  });

  it("is ABSENT without such a series, GONE without the family, NO_WRITER without a slot", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    expect<i32>(seriesRead(jobs, load<u32>(jobs), input('queue="a"'))).toBe(ABSENT);
    expect<i32>(seriesRead(jobs, load<u32>(jobs) + 4, input('queue="a"'))).toBe(GONE);
    slotForget();
    expect<i32>(seriesRead(jobs, load<u32>(jobs), 0)).toBe(NO_WRITER);
  });
});

describe("writers", () => {
  it("are known by index, thread, identity and state", () => {
    const first = format();
    const identity = writerIdentity(0);
    expect<i32>(writerIndex()).toBe(0);
    claim();
    expect<i32>(writerIndex()).toBe(1);
    expect<u32>(writerThread(1)).toBe(7);
    expect<u32>(writerParent(1)).toBe(3);
    expect<u32>(writerParent(2)).toBe(0);
    expect<bool>(writerIdentity(1) == identity).toBe(false);
    expect<i32>(writerState(1)).toBe(ACTIVE);
    writerLeave();
    expect<i32>(writerIndex()).toBe(ABSENT);
    expect<i32>(writerState(1)).toBe(RETIRED);
    expect<i32>(writerState(2)).toBe(ABSENT);
    expect<u32>(writerThread(2)).toBe(0);
    expect<u32>(writerIdentity(2)).toBe(0);
    become(first);
    expect<i32>(writerIndex()).toBe(0);
  });

  it("are awaited while they have collectors that did not answer the last wish", () => {
    const first = format();
    const second = claim();
    writerCollected(2, 5, 50);
    become(first);
    writerCollected(1, 0, 50);
    // The own collectors are run, not awaited.
    expect<u32>(writersCollecting()).toBe(1);
    expect<u32>(writersAwaited(5, 0)).toBe(0);
    expect<u32>(writersAwaited(6, 49)).toBe(1);
    expect<u32>(writersAwaited(6, 50)).toBe(0);
    become(second);
    writerCollected(2, 6, 50);
    become(first);
    expect<u32>(writersAwaited(6, 0)).toBe(0);
    become(second);
    writerCollected(0, 6, 0);
    become(first);
    expect<u32>(writersAwaited(7, 0)).toBe(0);
    become(second);
    writerCollected(3, 6, 50);
    writerLeave();
    become(first);
    expect<u32>(writersAwaited(9, 0)).toBe(0);
    expect<u32>(writersCollecting()).toBe(0);
    expect<u32>(ownWriter().collectors).toBe(1);
  });

  it("have their own collectors, and none of one that was believed dead and goes on", () => {
    const first = format();
    const second = claim();
    const claimed = load<u32>(second);
    become(first);
    writerRevoke(1);
    writerRetire(1);
    expect<usize>(claim()).toBe(second);
    writerCollected(1, 5, 50);
    slotOwn(second, claimed);
    writerCollected(0, 9, 0);
    become(first);
    expect<u32>(writersCollecting()).toBe(1);
    expect<u32>(writersAwaited(6, 0)).toBe(1);
  });

  it("are awaited for as long as their slowest collector may take, each by its own measure", () => {
    const first = format();
    claim();
    writerCollected(1, 5, 50);
    claim();
    writerCollected(1, 5, 1000);
    become(first);
    expect<u32>(writersAwaited(6, 0)).toBe(2);
    expect<u32>(writersAwaited(6, 50)).toBe(1);
    expect<u32>(writersAwaited(6, 1000)).toBe(0);
  });

  it("are awaited no more when three scrapes waited in vain, until they answer", () => {
    const first = format();
    const second = claim();
    writerCollected(1, 5, 50);
    become(first);
    for (let wanted: u32 = 6; wanted < 9; wanted++) {
      expect<u32>(writersAwaited(wanted, 0)).toBe(1);
      writersMissed(wanted);
    }
    expect<u32>(writersAwaited(9, 0)).toBe(0);
    // They are asked none the less.
    expect<u32>(writersCollecting()).toBe(1);
    writersMissed(9);
    become(second);
    writerCollected(1, 8, 50);
    become(first);
    expect<u32>(writersAwaited(9, 0)).toBe(1);
    // Who answered in time missed nothing.
    for (let i = 0; i < 5; i++) writersMissed(8);
    expect<u32>(writersAwaited(9, 0)).toBe(1);
  });
});

describe("counts of the memory", () => {
  it("are words of the header", () => {
    format();
    const header = changetype<Header>(HEADER);
    header.repaired = 3;
    header.unexplained = 4;
    expect<u32>(snapshotsRepaired()).toBe(3);
    expect<u32>(snapshotsUnexplained()).toBe(4);
    store<u32>(scrapeWantedAddress(), 8);
    expect<u32>(header.scrapeWanted).toBe(8);
    expect<u32>(recordState(scrapeWantedAddress())).toBe(8);
  });
});
