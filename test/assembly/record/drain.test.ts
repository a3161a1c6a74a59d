// Drains: one at a time, whole or made again, in the order of time over all rings.

import { become, claim, format } from "../formatted";
import { bound, capacity, drained, HEADER_LINE, label, recording, row, rows, values, written } from "./recorded";
import {
  drainAbandon,
  drainBegin,
  drainCommit,
  drainDone,
  drainLimit,
  drainLink,
  drainNumber,
  drainReached,
  drainRest,
  drainResting,
  drainResume,
  drainTake,
  HEADING,
  isHeld,
  linkOf,
  sampleCopied,
} from "../../../assembly/record/drain";
import { POLICY_NEWEST, POLICY_OLDEST, Recorder, Ring, Sample } from "../../../assembly/record/records";
import { recorderDropped, recorderRecorded, recorderRows, recorderWaiting } from "../../../assembly/record/recorder";
import { drainWrite } from "../../../assembly/record/rows";
import { sampleRecord } from "../../../assembly/record/sample";
import { CONFLICT, GONE, NO_WRITER, OK } from "../../../assembly/status";
import { writerLeave, writerRetire, writerRevoke } from "../../../assembly/store/adopt";
import { ownWriter, slotForget } from "../../../assembly/store/writer";

beforeEach(() => {
  format();
});

describe("drainBegin", () => {
  it("is one thread's, until that is dead", () => {
    const recorder = recording();
    values(bound(recorder), 0, 1, 3);
    const index = ownWriter().index;
    const turn = drainBegin(recorder, 0, 42);
    expect<bool>(turn > 0 && isHeld(recorder, turn)).toBe(true);
    claim();
    expect<i32>(drainBegin(recorder, 0, 42)).toBe(CONFLICT);
    expect<bool>(isHeld(recorder, turn)).toBe(false);
    writerRevoke(index);
    expect<i32>(drainBegin(recorder, 0, 42)).toBe(CONFLICT);
    writerRetire(index);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(1, 3, "tallystick_overflow"));
  });

  it("ends the same thread's drain before it", () => {
    const recorder = recording();
    values(bound(recorder), 0, 1, 3);
    const first = drainBegin(recorder, 0, 42);
    drainWrite(recorder, first, 1, 0);
    const second = drainBegin(recorder, 0, 42);
    expect<i32>(drainWrite(recorder, first, 1000, 0)).toBe(GONE);
    expect<i32>(drainCommit(recorder, first)).toBe(GONE);
    expect<i32>(drainAbandon(recorder, first)).toBe(GONE);
    expect<string>(written(recorder, second)).toBe(HEADER_LINE + rows(1, 3, "tallystick_overflow"));
    expect<i32>(drainCommit(recorder, second)).toBe(OK);
  });

  it("has what waited when it began, and nothing that came later", () => {
    const recorder = recording();
    const ring = bound(recorder);
    values(ring, 0, 1, 3);
    const turn = drainBegin(recorder, 0, 42);
    values(ring, 0, 4, 6);
    expect<string>(written(recorder, turn)).toBe(HEADER_LINE + rows(1, 3, "tallystick_overflow"));
    drainCommit(recorder, turn);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(4, 6, "tallystick_overflow"));
  });

  it("says that it needs a writer", () => {
    const recorder = recording();
    slotForget();
    expect<i32>(drainBegin(recorder, 0, 42)).toBe(NO_WRITER);
    expect<i32>(drainCommit(recorder, 1)).toBe(NO_WRITER);
    expect<i32>(drainAbandon(recorder, 1)).toBe(NO_WRITER);
  });
});

describe("drainLimit", () => {
  // A row's bound, of the label "a": 59 bytes and the label.
  const row60: f64 = 60;

  it("gives a drain the oldest of all rings that fit, and the rest to the next one", () => {
    const recorder = recording();
    const a = label(recorder, "a");
    const first = bound(recorder);
    const slot = changetype<usize>(ownWriter());
    for (let i: u32 = 1; i < 8; i += 2) sampleRecord(first, a, i, i);
    const other = claim();
    const second = bound(recorder);
    for (let i: u32 = 2; i < 9; i += 2) sampleRecord(second, a, i, i);
    become(slot);
    const turn = drainBegin(recorder, 0, 42);
    expect<i32>(drainLimit(recorder, turn, 33 + 3 * row60 + 59)).toBe(OK);
    expect<string>(written(recorder, turn)).toBe(HEADER_LINE + rows(1, 3, "a"));
    expect<f64>(recorderWaiting(recorder)).toBe(8);
    expect<i32>(drainCommit(recorder, turn)).toBe(OK);
    expect<f64>(recorderWaiting(recorder)).toBe(5);
    expect<f64>(recorderRows(recorder)).toBe(3);
    become(other);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(4, 8, "a"));
    expect<f64>(recorderDropped(recorder)).toBe(0);
  });

  it("leaves one that is abandoned, and its limit, behind", () => {
    const recorder = recording();
    values(bound(recorder), label(recorder, "a"), 1, 5);
    const turn = drainBegin(recorder, 0, 42);
    drainLimit(recorder, turn, 33 + 2 * row60);
    expect<string>(written(recorder, turn)).toBe(HEADER_LINE + rows(1, 2, "a"));
    drainAbandon(recorder, turn);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(1, 5, "a"));
  });

  it("has one row in any case", () => {
    const recorder = recording();
    values(bound(recorder), label(recorder, "a"), 1, 2);
    const turn = drainBegin(recorder, 0, 42);
    drainLimit(recorder, turn, -1);
    expect<string>(written(recorder, turn)).toBe(HEADER_LINE + row(1, "a"));
    drainCommit(recorder, turn);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + row(2, "a"));
  });

  it("is never passed, whatever labels and numbers there are, in both formats", () => {
    const recorder = recording();
    const ring = bound(recorder);
    const hostile = label(recorder, '"'.repeat(30) + "\u0001\n,".repeat(20) + "\\");
    const quoted = label(recorder, "a,b");
    for (let format: u32 = 0; format < 2; format++) {
      for (let i: u32 = 0; i < 40; i++) {
        sampleRecord(ring, i % 2 == 0 ? hostile : quoted, 1000 + i, -2.2250738585072014e-308);
      }
      while (recorderWaiting(recorder) > 0) {
        const turn = drainBegin(recorder, format, u32.MAX_VALUE);
        drainLimit(recorder, turn, 1000);
        const text = written(recorder, turn);
        expect<bool>(text.length <= 1000 && text.length > 500 - 300 * i32(recorderWaiting(recorder) == 0)).toBe(true);
        expect<i32>(drainCommit(recorder, turn)).toBe(OK);
      }
    }
    expect<f64>(recorderRows(recorder)).toBe(80);
  });

  it("says that it needs a writer and a drain", () => {
    const recorder = recording();
    const turn = drainBegin(recorder, 0, 42);
    expect<i32>(drainLimit(recorder, turn + 1, 1000)).toBe(GONE);
    slotForget();
    expect<i32>(drainLimit(recorder, turn, 1000)).toBe(NO_WRITER);
  });
});

describe("drainRest and drainResume", () => {
  it("leave a drain as it is where nobody takes its place", () => {
    const recorder = recording();
    values(bound(recorder), 0, 1, 3);
    const turn = drainBegin(recorder, 0, 42);
    expect<u32>(drainResting(recorder)).toBe(0);
    expect<i32>(drainRest(recorder, turn)).toBe(OK);
    expect<u32>(drainResting(recorder)).toBe(turn);
    expect<i32>(drainRest(recorder, turn)).toBe(GONE);
    expect<i32>(drainWrite(recorder, turn, 1000, 0)).toBe(GONE);
    expect<i32>(drainCommit(recorder, turn)).toBe(GONE);
    const slot = changetype<usize>(ownWriter());
    claim();
    expect<i32>(drainBegin(recorder, 0, 42)).toBe(CONFLICT);
    expect<i32>(drainResume(recorder, turn)).toBe(GONE);
    become(slot);
    expect<i32>(drainResume(recorder, turn)).toBe(OK);
    expect<i32>(drainResume(recorder, turn)).toBe(GONE);
    expect<string>(written(recorder, turn)).toBe(HEADER_LINE + rows(1, 3, "tallystick_overflow"));
    expect<i32>(drainCommit(recorder, turn)).toBe(OK);
    expect<u32>(drainResting(recorder)).toBe(0);
  });

  it("say where another one took its place, once", () => {
    const recorder = recording();
    values(bound(recorder), 0, 1, 3);
    const slot = changetype<usize>(ownWriter());
    const turn = drainBegin(recorder, 0, 42);
    const number = drainNumber(recorder);
    const other = claim();
    // It is not at rest.
    expect<i32>(drainTake(recorder, 0, 42)).toBe(CONFLICT);
    become(slot);
    drainLink(recorder, turn);
    // The header, then a row.
    drainWrite(recorder, turn, 1, 0);
    expect<u32>(drainReached(recorder)).toBe(1);
    drainWrite(recorder, turn, 1, 0);
    expect<u32>(drainReached(recorder)).toBe(2);
    drainRest(recorder, turn);
    become(other);
    const taken = drainTake(recorder, 0, 42);
    expect<i32>(taken).toBe(turn + 1);
    expect<u32>(drainNumber(recorder)).toBe(number);
    expect<u32>(drainResting(recorder)).toBe(0);
    become(slot);
    expect<i32>(drainResume(recorder, turn)).toBe(GONE);
    expect<i32>(drainWrite(recorder, turn, 1000, 0)).toBe(GONE);
    expect<i32>(drainAbandon(recorder, turn)).toBe(GONE);
    become(other);
    expect<string>(written(recorder, taken)).toBe(HEADER_LINE + rows(1, 3, "tallystick_overflow"));
    expect<i32>(drainCommit(recorder, taken)).toBe(OK);
    expect<f64>(recorderRows(recorder)).toBe(3);
  });

  it("need no taking by the same thread, and where the one who rests is dead", () => {
    const recorder = recording();
    values(bound(recorder), 0, 1, 3);
    drainRest(recorder, drainBegin(recorder, 0, 42));
    const second = drainBegin(recorder, 0, 42);
    expect<bool>(isHeld(recorder, second)).toBe(true);
    drainRest(recorder, second);
    writerLeave();
    claim();
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(1, 3, "tallystick_overflow"));
    slotForget();
    expect<i32>(drainRest(recorder, second)).toBe(NO_WRITER);
    expect<i32>(drainResume(recorder, second)).toBe(NO_WRITER);
    expect<i32>(drainTake(recorder, 0, 42)).toBe(NO_WRITER);
  });
});

describe("drainLink", () => {
  it("merges the rings by time, a list a label, in the order in which labels appear", () => {
    const recorder = recording();
    const a = label(recorder, "a");
    const b = label(recorder, "b");
    const first = bound(recorder);
    const slot = changetype<usize>(ownWriter());
    const other = claim();
    const second = bound(recorder);
    // b at 1, 4, 5; a at 2, 3, 5, 6: the later ring has the earlier time.
    become(slot);
    sampleRecord(first, a, 2, 2);
    sampleRecord(first, b, 4, 4);
    sampleRecord(first, a, 6, 6);
    become(other);
    sampleRecord(second, b, 1, 1);
    sampleRecord(second, a, 3, 3);
    sampleRecord(second, b, 5, 5);
    sampleRecord(second, a, 5, 5);
    expect<string>(drained(recorder)).toBe(
      HEADER_LINE + row(1, "b") + row(4, "b") + row(5, "b") + row(2, "a") + row(3, "a") + row(5, "a") + row(6, "a"),
    );
  });

  it("begins groups anew with every drain", () => {
    const recorder = recording();
    const ring = bound(recorder);
    const a = label(recorder, "a");
    const b = label(recorder, "b");
    sampleRecord(ring, a, 1, 1);
    sampleRecord(ring, b, 2, 2);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + row(1, "a") + row(2, "b"));
    sampleRecord(ring, b, 3, 3);
    sampleRecord(ring, a, 4, 4);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + row(3, "b") + row(4, "a"));
  });

  it("comes to its end in one slice where little waits", () => {
    const recorder = recording();
    values(bound(recorder), 0, 1, 3);
    const turn = drainBegin(recorder, 0, 42);
    drainLink(recorder, turn);
    expect<u32>(changetype<Recorder>(recorder).phase).toBe(HEADING);
    expect<u32>(load<u32>(linkOf(recorder, 0))).toBe(2);
    expect<u32>(load<u32>(linkOf(recorder, 2))).toBe(0);
  });

  it("goes all the way around a ring", () => {
    const recorder = recording(POLICY_NEWEST);
    const ring = bound(recorder);
    const most = capacity(recorder);
    values(ring, 0, 1, most - 3);
    drained(recorder);
    values(ring, 0, 1000, 1000 + most - 1);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(1000, 1000 + most - 1, "tallystick_overflow"));
  });
});

describe("sampleCopied", () => {
  it("gives no sample of another position, and none that is half there", () => {
    const recorder = recording();
    const ring = bound(recorder);
    values(ring, 0, 1, 2);
    const place: usize = changetype<Ring>(ring).samples;
    expect<bool>(sampleCopied(ring, place, 0) != 0).toBe(true);
    expect<usize>(sampleCopied(ring, place, 1)).toBe(0);
    changetype<Sample>(place).value = 7;
    expect<usize>(sampleCopied(ring, place, 0)).toBe(0);
    expect<f64>(recorderWaiting(recorder)).toBe(2);
    // It is no row, and it is counted.
    expect<string>(drained(recorder)).toBe(HEADER_LINE + row(2, "tallystick_overflow"));
    expect<f64>(recorderDropped(recorder)).toBe(1);
    expect<f64>(recorderWaiting(recorder)).toBe(0);
  });

  it("gives none that its writer has begun to write over", () => {
    const recorder = recording(POLICY_OLDEST);
    const ring = bound(recorder);
    values(ring, 0, 1, capacity(recorder));
    const place: usize = changetype<Ring>(ring).samples;
    expect<bool>(sampleCopied(ring, place, 0) != 0).toBe(true);
    changetype<Ring>(ring).begun++;
    expect<usize>(sampleCopied(ring, place, 0)).toBe(0);
  });
});

describe("drainCommit", () => {
  it("makes room, raises the number, and is done once", () => {
    const recorder = recording();
    values(bound(recorder), 0, 1, 3);
    expect<u32>(drainNumber(recorder)).toBe(1);
    const turn = drainBegin(recorder, 0, 42);
    expect<i32>(drainCommit(recorder, turn)).toBe(GONE);
    written(recorder, turn);
    expect<u32>(drainNumber(recorder)).toBe(1);
    expect<f64>(recorderWaiting(recorder)).toBe(3);
    expect<i32>(drainCommit(recorder, turn)).toBe(OK);
    expect<u32>(drainNumber(recorder)).toBe(2);
    expect<f64>(recorderWaiting(recorder)).toBe(0);
    expect<i32>(drainCommit(recorder, turn)).toBe(GONE);
    expect<f64>(recorderRows(recorder)).toBe(3);
  });

  it("counts what a writer wrote over while it was written", () => {
    const recorder = recording(POLICY_OLDEST);
    const ring = bound(recorder);
    const most = capacity(recorder);
    values(ring, 0, 1, most);
    const turn = drainBegin(recorder, 0, 42);
    while (changetype<Recorder>(recorder).phase != HEADING) drainWrite(recorder, turn, 1, 0);
    values(ring, 0, most + 1, most + 10);
    expect<string>(written(recorder, turn)).toBe(HEADER_LINE + rows(11, most, "tallystick_overflow"));
    drainCommit(recorder, turn);
    expect<f64>(recorderDropped(recorder)).toBe(10);
    expect<string>(drained(recorder)).toBe(HEADER_LINE + rows(most + 1, most + 10, "tallystick_overflow"));
    expect<f64>(recorderDropped(recorder)).toBe(10);
    expect<f64>(recorderRecorded(recorder)).toBe(most + 10);
  });
});

describe("drainAbandon", () => {
  it("leaves all that waited to the next drain, of the same number, whoever makes it", () => {
    const recorder = recording();
    values(bound(recorder), 0, 1, 3);
    const turn = drainBegin(recorder, 0, 42);
    const text = written(recorder, turn);
    const number = drainNumber(recorder);
    expect<bool>(drainDone(recorder)).toBe(true);
    expect<i32>(drainAbandon(recorder, turn)).toBe(OK);
    claim();
    expect<u32>(drainNumber(recorder)).toBe(number);
    expect<string>(drained(recorder)).toBe(text);
  });
});
