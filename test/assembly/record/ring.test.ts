// Rings: one a writer, bound anew when its owner is dead and it is drained, and no more than the recorder's bytes.

import { become, claim, failFrom, format } from "../formatted";
import { bound, capacity, drained, HEADER_LINE, ORIGIN, recording, row, rows, values, wanted } from "./recorded";
import { ringBind, ringCapacity, ringFirst, ringRows, ringTail, sampleLost } from "../../../assembly/record/ring";
import { POLICY_FLUSH, POLICY_NEWEST, POLICY_OLDEST, Recorder, Ring, RING_BYTES_MIN } from "../../../assembly/record/records";
import { recorderDropped, recorderRecorded, recorderSwitch } from "../../../assembly/record/recorder";
import { sampleRecord } from "../../../assembly/record/sample";
import { bytesReserved } from "../../../assembly/memory/arena";
import { EXHAUSTED, LIMIT, NO_WRITER, OK, REFUSED, STALE } from "../../../assembly/status";
import { writerLeave, writerRetire, writerRevoke } from "../../../assembly/store/adopt";
import { ownWriter, slotForget } from "../../../assembly/store/writer";

beforeEach(() => {
  format();
});

describe("ringCapacity", () => {
  it("counts a sample and its link", () => {
    expect<u32>(ringCapacity(4096)).toBe(137);
    expect<u32>(ringCapacity(1 << 20)).toBe(37440);
  });
});

describe("ringBind", () => {
  it("gives a writer the same ring again, with what is in it, and sets its clock anew", () => {
    const recorder = recording();
    const ring = bound(recorder);
    sampleRecord(ring, 0, 1, 1);
    expect<i32>(ringBind(recorder, ORIGIN + 1000)).toBe(<i32>ring);
    sampleRecord(ring, 0, 1, 2);
    // A clock that was set back goes on from the last time.
    expect<i32>(ringBind(recorder, ORIGIN)).toBe(<i32>ring);
    sampleRecord(ring, 0, 1, 3);
    const from = "tallystick_overflow,42\r\n";
    expect<string>(drained(recorder)).toBe(
      HEADER_LINE + "1700000000001000000,1.0," + from + "1700000001001000000,2.0," + from + "1700000001001000000,3.0," + from,
    );
  });

  it("keeps a ring's end where it is when it is bound again, however full it is", () => {
    const policies: u32[] = [POLICY_FLUSH, POLICY_NEWEST];
    for (let i = 0; i < 2; i++) {
      const recorder = recording(policies[i], 20 + i);
      const ring = bound(recorder);
      const most = capacity(recorder);
      for (let full: u32 = 1; full <= most; full++) {
        sampleRecord(ring, 0, full, full);
        bound(recorder);
      }
      for (let j = 0; j < 10; j++) expect<i32>(sampleRecord(ring, 0, 1000, 1000)).toBe(REFUSED);
      expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(1, most, "tallystick_overflow"));
      values(ring, 0, 1000, 1000 + (most >> 1) + 2);
      bound(recorder);
      values(ring, 0, 2000, 2000 + most);
      expect<f64>(recorderDropped(recorder)).toBe(10 + (most >> 1) + 4);
    }
  });

  it("takes an origin with a fraction as exactly as a double has it, and none for what is no time", () => {
    const recorder = recording();
    const ring = ringBind(recorder, 1700000000000.5);
    expect<i64>(changetype<Ring>(<usize>ring).origin).toBe(1700000000000500000);
    ringBind(recorder, NaN);
    expect<i64>(changetype<Ring>(<usize>ring).origin).toBe(0);
    ringBind(recorder, 1e300);
    expect<i64>(changetype<Ring>(<usize>ring).origin).toBe(0);
  });

  it("gives a dead writer's ring to the next one once it is drained, not before", () => {
    const recorder = recording();
    const ring = bound(recorder);
    const index = ownWriter().index;
    values(ring, 0, 1, 3);
    const survivor = claim();
    expect<bool>(bound(recorder) == ring).toBe(false);
    writerRevoke(index);
    claim();
    const third = bound(recorder);
    expect<bool>(third == ring).toBe(false);
    writerLeave();
    become(survivor);
    writerRetire(index);
    claim();
    // The slot is adopted; what waits in its ring is still the dead one's. The third one's is free.
    expect<bool>(bound(recorder) == third).toBe(true);
    drained(recorder);
    claim();
    expect<bool>(bound(recorder) == ring).toBe(true);
    expect<u64>(changetype<Ring>(ring).head).toBe(3);
    // Its time is its own: the dead one's last says nothing.
    sampleRecord(ring, 0, 1, 1);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + row(1, "tallystick_overflow"));
  });

  it("makes no more rings than the recorder's bytes allow, and what finds none is counted", () => {
    const recorder = recording();
    const before = bytesReserved();
    for (let i = 0; i < 4; i++) {
      claim();
      bound(recorder);
    }
    claim();
    const after = bytesReserved();
    expect<i32>(ringBind(recorder, ORIGIN)).toBe(LIMIT);
    sampleLost(recorder, 3);
    recorderSwitch(recorder, false);
    sampleLost(recorder, 3);
    expect<f64>(recorderRecorded(recorder)).toBe(3);
    expect<f64>(recorderDropped(recorder)).toBe(3);
    expect<u32>(after - before).toBeLessThanOrEqual(4 * RING_BYTES_MIN + 5 * 16384);
    expect<u32>(bytesReserved()).toBe(after);
  });

  it("asks for a drain once the dead left more rings than there are for others, and where there is none", () => {
    const recorder = recording();
    const own = claim();
    const asked: u32[] = [0, 0, 1, 2];
    for (let i = 0; i < 4; i++) {
      claim();
      values(bound(recorder), 0, i, i);
      // There are four: this writer's, as many as the dead left, and the rest.
      expect<u32>(wanted(recorder)).toBe(asked[i]);
      writerLeave();
    }
    become(own);
    expect<i32>(ringBind(recorder, ORIGIN)).toBe(LIMIT);
    expect<u32>(wanted(recorder)).toBe(3);
    expect<i32>(ringBind(recorder, ORIGIN)).toBe(LIMIT);
    expect<u32>(wanted(recorder)).toBe(4);
    drained(recorder);
    expect<bool>(ringBind(recorder, ORIGIN) > 0).toBe(true);
    expect<u32>(wanted(recorder)).toBe(4);
  });

  it("asks nobody where all rings are of the living", () => {
    const recorder = recording();
    for (let i = 0; i < 4; i++) {
      claim();
      values(bound(recorder), 0, 1, 3);
    }
    claim();
    expect<i32>(ringBind(recorder, ORIGIN)).toBe(LIMIT);
    expect<u32>(wanted(recorder)).toBe(0);
  });

  it("asks for a drain where memory has no other ring", () => {
    const recorder = recording();
    claim();
    values(bound(recorder), 0, 1, 3);
    writerLeave();
    claim();
    failFrom(1);
    expect<i32>(ringBind(recorder, ORIGIN)).toBe(EXHAUSTED);
    failFrom(0);
    expect<u32>(wanted(recorder)).toBe(1);
  });

  it("says what stands in its way, and finds it gone", () => {
    const recorder = recording();
    failFrom(1);
    expect<i32>(ringBind(recorder, ORIGIN)).toBe(EXHAUSTED);
    failFrom(0);
    expect<i32>(sampleRecord(recorder, 0, 1, 1)).toBe(STALE);
    expect<i32>(sampleRecord(bound(recorder), 0, 1, 1)).toBe(OK);
    slotForget();
    expect<i32>(ringBind(recorder, ORIGIN)).toBe(NO_WRITER);
  });
});

describe("ringTail and ringRows", () => {
  it("go by the recorder's word where the drainer died before it told the ring", () => {
    const recorder = recording();
    const ring = bound(recorder);
    const record = changetype<Ring>(ring);
    values(ring, 0, 1, 5);
    record.mark = 5;
    record.markRows = 4;
    record.drain = 1;
    expect<u64>(ringTail(ring)).toBe(0);
    expect<u64>(ringRows(ring)).toBe(0);
    changetype<Recorder>(recorder).committed = 1;
    expect<u64>(ringTail(ring)).toBe(5);
    expect<u64>(ringRows(ring)).toBe(4);
  });
});

describe("ringFirst", () => {
  it("is the first sample that is not written over", () => {
    const recorder = recording(POLICY_OLDEST);
    const ring = bound(recorder);
    values(ring, 0, 1, capacity(recorder));
    expect<u64>(ringFirst(ring)).toBe(0);
    values(ring, 0, 1, 2);
    expect<u64>(ringFirst(ring)).toBe(2);
  });
});
