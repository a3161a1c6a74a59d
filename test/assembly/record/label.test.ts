// Labels: one number a text, a bound on their number and bytes, and what goes past it.

import { format, input, textAt } from "../formatted";
import { label, recording } from "./recorded";
import { labelAdmit, labelAt, labelIntern, labelNumber, labelTaken } from "../../../assembly/record/label";
import { Label, LABEL_ADMITTED, LABEL_BYTES_MAX, LABEL_WHOLE, Recorder, RING_BYTES_MIN } from "../../../assembly/record/records";
import { recorderCreate, recorderRefused } from "../../../assembly/record/recorder";
import { NO_WRITER } from "../../../assembly/status";
import { slotForget } from "../../../assembly/store/writer";

function text(recorder: usize, number: u32): string {
  const found = labelAt(recorder, number);
  return textAt(found + offsetof<Label>(), changetype<Label>(found).length);
}

function admit(recorder: usize, text: string, most: u32 = u32.MAX_VALUE): u32 {
  return labelAdmit(recorder, input(text), most);
}

beforeEach(() => {
  format();
});

describe("labelIntern", () => {
  it("gives a text one number, also the empty one, and others others", () => {
    const recorder = recording();
    const a = label(recorder, "a");
    const none = label(recorder, "");
    expect<u32>(label(recorder, "a")).toBe(a);
    expect<u32>(label(recorder, "")).toBe(none);
    expect<bool>(a == none || a == 0 || none == 0).toBe(false);
    expect<string>(text(recorder, a)).toBe("a");
    expect<string>(text(recorder, none)).toBe("");
    expect<u32>(recorderRefused(recorder)).toBe(0);
  });

  it("sends what is too many to the overflow label, counted, and keeps what is there", () => {
    const recorder = recording();
    const numbers = new StaticArray<u32>(8);
    for (let i = 0; i < 8; i++) numbers[i] = label(recorder, i.toString());
    for (let i = 8; i < 12; i++) expect<u32>(label(recorder, i.toString())).toBe(0);
    expect<u32>(recorderRefused(recorder)).toBe(4);
    for (let i = 0; i < 8; i++) {
      expect<u32>(label(recorder, i.toString())).toBe(numbers[i]);
      expect<string>(text(recorder, numbers[i])).toBe(i.toString());
    }
    expect<string>(text(recorder, 0)).toBe("tallystick_overflow");
  });

  it("sends what is too long there without looking at it, and what has no bytes left", () => {
    const recorder = <usize>recorderCreate(9, 0, RING_BYTES_MIN, RING_BYTES_MIN, 1000, 8192);
    expect<i32>(labelIntern(recorder, 1 << 20, 0)).toBe(0);
    expect<i32>(labelIntern(recorder, LABEL_BYTES_MAX + 1, 0)).toBe(0);
    const long = "x".repeat(LABEL_BYTES_MAX);
    expect<bool>(label(recorder, long) != 0).toBe(true);
    expect<u32>(label(recorder, "y".repeat(LABEL_BYTES_MAX))).toBe(0);
    expect<bool>(label(recorder, "short") != 0).toBe(true);
    expect<u32>(recorderRefused(recorder)).toBe(3);
  });

  it("keeps the flags of whoever came first", () => {
    const recorder = recording();
    const number = label(recorder, "count", true);
    expect<u32>(label(recorder, "count")).toBe(number);
    expect<u32>(changetype<Label>(labelAt(recorder, number)).flags).toBe(LABEL_WHOLE);
  });

  it("says that it needs a writer", () => {
    const recorder = recording();
    const length = input("a");
    slotForget();
    expect<i32>(labelIntern(recorder, length, 0)).toBe(NO_WRITER);
  });
});

describe("labelAdmit", () => {
  it("admits half of the labels there may be, gives what is there its number, and leaves the rest to labelIntern", () => {
    const recorder = recording();
    const own = label(recorder, "own");
    const first = admit(recorder, "0");
    for (let i = 1; i < 4; i++) expect<bool>(admit(recorder, i.toString()) != 0).toBe(true);
    expect<u32>(admit(recorder, "4")).toBe(0);
    expect<u32>(admit(recorder, "0")).toBe(first);
    expect<u32>(admit(recorder, "own")).toBe(own);
    expect<u32>(label(recorder, "0")).toBe(first);
    expect<u32>(changetype<Label>(labelAt(recorder, first)).flags).toBe(LABEL_ADMITTED);
    for (let i = 5; i < 8; i++) expect<bool>(label(recorder, i.toString()) != 0).toBe(true);
    expect<u32>(recorderRefused(recorder)).toBe(0);
    expect<u64>(changetype<Recorder>(recorder).admitted).toBe(((<u64>(4 * labelTaken(1))) << 32) | 4);
  });

  it("admits as many as are said, of those of others, too", () => {
    const recorder = recording();
    expect<bool>(admit(recorder, "a", 1) != 0).toBe(true);
    expect<u32>(admit(recorder, "b", 1)).toBe(0);
    expect<bool>(admit(recorder, "b", 2) != 0).toBe(true);
  });

  it("admits half of the bytes, none too long, and takes none of the share where the rest is used up", () => {
    const recorder = <usize>recorderCreate(9, 0, RING_BYTES_MIN, RING_BYTES_MIN, 1000, 8192);
    expect<i32>(labelAdmit(recorder, LABEL_BYTES_MAX + 1, 1000)).toBe(0);
    expect<u32>(admit(recorder, "x".repeat(4072))).toBe(0);
    expect<bool>(admit(recorder, "x".repeat(4064)) != 0).toBe(true);
    expect<u32>(admit(recorder, "")).toBe(0);
    const full = recording();
    for (let i = 0; i < 8; i++) label(full, i.toString());
    expect<u32>(admit(full, "a")).toBe(0);
    expect<u64>(changetype<Recorder>(full).admitted).toBe(0);
    expect<u32>(recorderRefused(full)).toBe(0);
  });

  it("says that it needs a writer", () => {
    const recorder = recording();
    const length = input("a");
    slotForget();
    expect<i32>(labelAdmit(recorder, length, 8)).toBe(NO_WRITER);
  });
});

describe("labelNumber and labelAt", () => {
  it("take a number that is no label's for the overflow label's", () => {
    const recorder = recording();
    const number = label(recorder, "a");
    const slots = changetype<Recorder>(recorder).labelSlots;
    expect<u32>(labelNumber(recorder, number)).toBe(number);
    for (let i: u32 = 1; i <= slots; i++) if (i != number) expect<u32>(labelNumber(recorder, i)).toBe(0);
    expect<u32>(labelNumber(recorder, slots + 1)).toBe(0);
    expect<u32>(labelNumber(recorder, 0xffffffff)).toBe(0);
    expect<string>(text(recorder, 0xffffffff)).toBe("tallystick_overflow");
  });
});
