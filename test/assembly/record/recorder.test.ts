// Recorders: one a name, for good, within its sizes.

import { failFrom, format } from "../formatted";
import { bound, drained, recording, values } from "./recorded";
import {
  recorderCapacity,
  recorderCreate,
  recorderDrained,
  recorderDropped,
  recorderFind,
  recorderOnAddress,
  recorderHead,
  recorderRecorded,
  recorderRows,
  recorderSwitch,
  recorderWaiting,
  recorderWantedAddress,
} from "../../../assembly/record/recorder";
import { POLICY_FLUSH, POLICY_NEWEST, POLICY_OLDEST, Recorder, RECORDERS_MAX } from "../../../assembly/record/records";
import { bytesFree } from "../../../assembly/memory/arena";
import { ABSENT, CONFLICT, EXHAUSTED, LIMIT, NO_WRITER } from "../../../assembly/status";
import { slotForget } from "../../../assembly/store/writer";

function create(name: u64 = 1, policy: u32 = 0, ringBytes: u32 = 8192, maxBytes: u32 = 16384, labels: u32 = 4, room: u32 = 256): i32 {
  return recorderCreate(name, policy, ringBytes, maxBytes, labels, room);
}

beforeEach(() => {
  format();
});

describe("recorderCreate", () => {
  it("gives all who ask by one name one recorder, and others others", () => {
    expect<i32>(recorderFind(1)).toBe(ABSENT);
    const one = create(1);
    const two = create(2);
    expect<bool>(one > 0 && two > 0 && one != two).toBe(true);
    expect<i32>(create(1)).toBe(one);
    expect<i32>(recorderFind(1)).toBe(one);
    expect<i32>(recorderFind(2)).toBe(two);
    expect<usize>(one & 63).toBe(0);
  });

  it("refuses another plan under a name that is taken", () => {
    create();
    expect<i32>(create(1, POLICY_OLDEST)).toBe(CONFLICT);
    expect<i32>(create(1, 0, 4096)).toBe(CONFLICT);
    expect<i32>(create(1, 0, 8192, 8192)).toBe(CONFLICT);
    expect<i32>(create(1, 0, 8192, 16384, 5)).toBe(CONFLICT);
    expect<i32>(create(1, 0, 8192, 16384, 4, 300)).toBe(CONFLICT);
  });

  it("refuses sizes that are none", () => {
    expect<i32>(create(0)).toBe(LIMIT);
    expect<i32>(create(1, 3)).toBe(LIMIT);
    expect<i32>(create(1, 0, 4095)).toBe(LIMIT);
    expect<i32>(create(1, 0, 1 << 29, 1 << 29)).toBe(LIMIT);
    expect<i32>(create(1, 0, 8192, 8191)).toBe(LIMIT);
    expect<i32>(create(1, 0, 8192, 16384, 0)).toBe(LIMIT);
    expect<i32>(create(1, 0, 8192, 16384, 65536)).toBe(LIMIT);
    expect<i32>(create(1, 0, 8192, 16384, 4, (1 << 26) + 1)).toBe(LIMIT);
  });

  it("takes rings of a power of two, never more bytes than were said", () => {
    const recorder = changetype<Recorder>(<usize>create(1, 0, 10000, 40000));
    expect<u32>(recorder.ringBytes).toBe(8192);
    expect<u32>(recorder.ringsMax).toBe(4);
  });

  it("has a bound, and gives back what it took past it", () => {
    for (let i: u32 = 1; i <= RECORDERS_MAX; i++) expect<bool>(create(i) > 0).toBe(true);
    const free = bytesFree();
    expect<i32>(create(1000)).toBe(LIMIT);
    expect<i32>(create(1001)).toBe(LIMIT);
    expect<bool>(create(1) > 0).toBe(true);
    expect<u32>(bytesFree() - free).toBeLessThanOrEqual(2048);
  });

  it("says that memory is used up, and that it needs a writer", () => {
    failFrom(1);
    expect<i32>(create()).toBe(EXHAUSTED);
    failFrom(0);
    expect<i32>(recorderFind(1)).toBe(ABSENT);
    expect<bool>(create() > 0).toBe(true);
    slotForget();
    expect<i32>(create(2)).toBe(NO_WRITER);
  });
});

describe("recorderSwitch", () => {
  it("is off at first; the word is where the bindings look", () => {
    const recorder = create();
    expect<u32>(load<u32>(recorderOnAddress(recorder))).toBe(0);
    recorderSwitch(recorder, true);
    expect<u32>(load<u32>(recorderOnAddress(recorder))).toBe(1);
    recorderSwitch(recorder, false);
    expect<u32>(load<u32>(recorderOnAddress(recorder))).toBe(0);
  });
});

describe("the counts of a recorder", () => {
  it("add up at any moment: what was recorded is written, dropped or waits", () => {
    const policies: u32[] = [POLICY_FLUSH, POLICY_OLDEST, POLICY_NEWEST];
    for (let i = 0; i < 3; i++) {
      const recorder = recording(policies[i], 10 + i);
      const ring = bound(recorder);
      let recorded: u32 = 0;
      for (let j: u32 = 0; j < 40; j++) {
        values(ring, 0, 1, j * 7);
        recorded += j * 7;
        expect<f64>(recorderRecorded(recorder)).toBe(recorded);
        expect<f64>(recorderRows(recorder) + recorderDropped(recorder) + recorderWaiting(recorder)).toBe(recorded);
        expect<f64>(recorderWaiting(recorder)).toBeLessThanOrEqual(recorderCapacity(recorder));
        if (j % 3 == 0) drained(recorder);
      }
    }
  });

  it("say of each ring where it ends and what of it waits", () => {
    const recorder = recording(POLICY_OLDEST);
    expect<f64>(recorderHead(recorder, 0)).toBe(0);
    expect<f64>(recorderDrained(recorder, 0)).toBe(0);
    const ring = bound(recorder);
    values(ring, 0, 1, 5);
    expect<f64>(recorderHead(recorder, 0)).toBe(5);
    expect<f64>(recorderDrained(recorder, 0)).toBe(0);
    drained(recorder);
    values(ring, 0, 6, 7);
    expect<f64>(recorderHead(recorder, 0)).toBe(7);
    expect<f64>(recorderDrained(recorder, 0)).toBe(5);
    // What is written over waits no more.
    values(ring, 0, 8, 10 + recorderCapacity(recorder));
    expect<f64>(recorderDrained(recorder, 0)).toBe(10);
    expect<f64>(recorderHead(recorder, 3)).toBe(0);
    expect<f64>(recorderHead(recorder, 4)).toBe(-1);
    expect<f64>(recorderDrained(recorder, 4)).toBe(-1);
  });

  it("ask for a drain in a word of their own", () => {
    const recorder = recording(POLICY_FLUSH);
    values(bound(recorder), 0, 1, recorderCapacity(recorder));
    expect<u32>(load<u32>(recorderWantedAddress(recorder))).toBe(1);
  });
});
