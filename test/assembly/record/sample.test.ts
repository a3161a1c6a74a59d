// The hot way: what is recorded, what is refused, and when.

import { become, claim, format } from "../formatted";
import { bound, capacity, drained, HEADER_LINE, label, recording, row, rows, values, wanted } from "./recorded";
import { checkOf, durationRecord, sampleRecord } from "../../../assembly/record/sample";
import { POLICY_FLUSH, POLICY_NEWEST, POLICY_OLDEST, Ring } from "../../../assembly/record/records";
import { recorderDropped, recorderRecorded, recorderRows, recorderSwitch, recorderWaiting } from "../../../assembly/record/recorder";
import { ringBind } from "../../../assembly/record/ring";
import { FLUSH, OK, REFUSED, STALE } from "../../../assembly/status";
import { writerRevoke } from "../../../assembly/store/adopt";
import { ownWriter } from "../../../assembly/store/writer";

beforeEach(() => {
  format();
});

describe("checkOf", () => {
  it("changes with every word of a sample and with the position", () => {
    const check = checkOf(1, 2, 3, 4);
    expect<u32>(checkOf(2, 2, 3, 4)).not.toBe(check);
    expect<u32>(checkOf(1, 3, 3, 4)).not.toBe(check);
    expect<u32>(checkOf(1, 2, 4, 4)).not.toBe(check);
    expect<u32>(checkOf(1, 2, 3, 5)).not.toBe(check);
    expect<u32>(checkOf(0, 0, 0, 0)).not.toBe(0);
  });
});

describe("sampleRecord", () => {
  it("keeps time, value and label", () => {
    const recorder = recording();
    const ring = bound(recorder);
    const speed = label(recorder, "speed");
    expect<i32>(sampleRecord(ring, speed, 0.25, 0.5)).toBe(OK);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + "1700000000000250000,0.5,speed,42\r\n");
    expect<f64>(recorderRecorded(recorder)).toBe(1);
    expect<f64>(recorderRows(recorder)).toBe(1);
  });

  it("rounds to nanoseconds: a decimal fraction is what it says", () => {
    const recorder = recording();
    const ring = bound(recorder);
    const a = label(recorder, "a");
    sampleRecord(ring, a, 1.001, 1);
    sampleRecord(ring, a, 86400000.000007, 2);
    const day = "1700086400000000007,2.0,a,42\r\n";
    expect<string>(drained(recorder)).toBe(HEADER_LINE + "1700000000001001000,1.0,a,42\r\n" + day);
  });

  it("does nothing while recording is off, also for an unbound handle", () => {
    const recorder = recording();
    const ring = bound(recorder);
    recorderSwitch(recorder, false);
    expect<i32>(sampleRecord(ring, 0, 1, 1)).toBe(OK);
    expect<i32>(sampleRecord(recorder, 0, 1, 1)).toBe(OK);
    expect<f64>(recorderRecorded(recorder)).toBe(0);
    recorderSwitch(recorder, true);
    expect<i32>(sampleRecord(ring, 0, 1, 1)).toBe(OK);
    expect<f64>(recorderRecorded(recorder)).toBe(1);
  });

  it("is stale for an unbound handle, and for a writer that is believed dead", () => {
    const recorder = recording();
    expect<i32>(sampleRecord(recorder, 0, 1, 1)).toBe(STALE);
    const ring = bound(recorder);
    const mine = ownWriter().index;
    writerRevoke(mine);
    expect<i32>(sampleRecord(ring, 0, 1, 1)).toBe(STALE);
    claim();
    expect<bool>(ringBind(recorder, 0) == <i32>ring).toBe(false);
    expect<f64>(recorderRecorded(recorder)).toBe(0);
  });

  it("never goes back in time, and stands still where the clock says nothing", () => {
    const recorder = recording();
    const ring = bound(recorder);
    const all: f64[] = [5, 3, NaN, Infinity, -1, 1e300, 6];
    for (let i = 0; i < all.length; i++) sampleRecord(ring, 0, all[i], 1);
    const text = drained(recorder);
    const five = "1700000000005000000,1.0,tallystick_overflow,42\r\n";
    const six = "1700000000006000000,1.0,tallystick_overflow,42\r\n";
    expect<string>(text).toBe(HEADER_LINE + five + five + five + five + five + five + six);
  });

  it("newest: drops what finds no place, counts it, and goes on after a drain", () => {
    const recorder = recording(POLICY_NEWEST);
    const ring = bound(recorder);
    const a = label(recorder, "a");
    const most = capacity(recorder);
    for (let i: u32 = 1; i <= most; i++) expect<i32>(sampleRecord(ring, a, i, i)).toBe(OK);
    expect<i32>(sampleRecord(ring, a, 500, 500)).toBe(REFUSED);
    expect<i32>(sampleRecord(ring, a, 501, 501)).toBe(REFUSED);
    expect<f64>(recorderRecorded(recorder)).toBe(most + 2);
    expect<f64>(recorderDropped(recorder)).toBe(2);
    expect<f64>(recorderWaiting(recorder)).toBe(most);
    expect<u32>(wanted(recorder)).toBe(0);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(1, most, "a"));
    expect<i32>(sampleRecord(ring, a, 502, 502)).toBe(OK);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + row(502, "a"));
    expect<f64>(recorderDropped(recorder)).toBe(2);
    expect<f64>(recorderRows(recorder)).toBe(most + 1);
  });

  it("oldest: drops the first ones, and counts them before and after the drain", () => {
    const recorder = recording(POLICY_OLDEST);
    const ring = bound(recorder);
    const a = label(recorder, "a");
    const most = capacity(recorder);
    values(ring, a, 1, 2 * most + 10);
    expect<f64>(recorderDropped(recorder)).toBe(most + 10);
    expect<f64>(recorderWaiting(recorder)).toBe(most);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(most + 11, 2 * most + 10, "a"));
    expect<f64>(recorderDropped(recorder)).toBe(most + 10);
    expect<f64>(recorderRows(recorder)).toBe(most);
    expect<f64>(recorderWaiting(recorder)).toBe(0);
  });

  it("flush: asks at half the ring, once for each half, and drops past the end", () => {
    const recorder = recording(POLICY_FLUSH);
    const ring = bound(recorder);
    const most = capacity(recorder);
    const half = most >> 1;
    let asked: u32 = 0;
    for (let i: u32 = 0; i < most; i++) {
      const status = sampleRecord(ring, 0, i, i);
      if (status == FLUSH) {
        asked++;
        expect<u32>(i).toBe(half);
      } else expect<i32>(status).toBe(OK);
    }
    expect<u32>(asked).toBe(1);
    expect<u32>(wanted(recorder)).toBe(1);
    expect<i32>(sampleRecord(ring, 0, 1, 1)).toBe(REFUSED);
    expect<u32>(wanted(recorder)).toBe(1);
    drained(recorder);
    // From the tail on, again.
    for (let i: u32 = 0; i < half; i++) expect<i32>(sampleRecord(ring, 0, i, i)).toBe(OK);
    expect<i32>(sampleRecord(ring, 0, 1, 1)).toBe(FLUSH);
    expect<f64>(recorderDropped(recorder)).toBe(1);
  });

  it("is not held up by the other writers' rings", () => {
    const recorder = recording(POLICY_NEWEST);
    const first = bound(recorder);
    const slot = changetype<usize>(ownWriter());
    values(first, 0, 1, 1000);
    claim();
    const second = bound(recorder);
    expect<bool>(second == first).toBe(false);
    expect<i32>(sampleRecord(second, 0, 1, 1)).toBe(OK);
    become(slot);
    expect<i32>(sampleRecord(first, 0, 1, 1)).toBe(REFUSED);
  });

  it("leaves a ring whose words are as its drawing says", () => {
    const recorder = recording();
    const ring = bound(recorder);
    values(ring, 0, 1, capacity(recorder));
    const record = changetype<Ring>(ring);
    expect<u64>(record.head).toBe(capacity(recorder));
    expect<u64>(record.begun).toBe(capacity(recorder));
    expect<u32>(record.next).toBe(record.samples);
  });
});

describe("durationRecord", () => {
  it("records seconds, at the end of what it measures", () => {
    const recorder = recording();
    const ring = bound(recorder);
    expect<i32>(durationRecord(ring, label(recorder, "a"), 10, 260)).toBe(OK);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + "1700000000260000000,0.25,a,42\r\n");
  });

  it("records 0 where the clock stepped back, and refuses what has no beginning", () => {
    const recorder = recording();
    const ring = bound(recorder);
    expect<i32>(durationRecord(ring, label(recorder, "a"), 10, 9)).toBe(OK);
    expect<i32>(durationRecord(ring, 0, NaN, 9)).toBe(REFUSED);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + "1700000000009000000,0.0,a,42\r\n");
    expect<f64>(recorderRecorded(recorder)).toBe(1);
  });
});
