// Rows: CSV and JSON lines, byte for byte, at every size of slices.

import { format } from "../formatted";
import { bound, drained, HEADER_LINE, label, recording, written } from "./recorded";
import { drainBegin, drainDone, FORMAT_JSON } from "../../../assembly/record/drain";
import { drainText, drainWrite } from "../../../assembly/record/rows";
import { POLICY_NEWEST, RING_BYTES_MIN } from "../../../assembly/record/records";
import { recorderCreate, recorderSwitch } from "../../../assembly/record/recorder";
import { sampleRecord } from "../../../assembly/record/sample";
import { GONE, NO_WRITER } from "../../../assembly/status";
import { slotForget } from "../../../assembly/store/writer";

const TIME: string = "1700000000001000000,";

/** One row of a label and a value, without its time. */
function csv(text: string, value: f64, whole: bool = false): string {
  format();
  const recorder = recording();
  sampleRecord(bound(recorder), label(recorder, text, whole), 1, value);
  const all = drained(recorder);
  expect<bool>(all.startsWith(HEADER_LINE + TIME)).toBe(true);
  return all.substring(HEADER_LINE.length + TIME.length);
}

function json(text: string, value: f64, whole: bool = false): string {
  format();
  const recorder = recording();
  sampleRecord(bound(recorder), label(recorder, text, whole), 1, value);
  return drained(recorder, FORMAT_JSON);
}

describe("drainWrite", () => {
  it("writes the header alone where nothing waits", () => {
    format();
    const recorder = recording();
    expect<string>(drained(recorder)).toBe(HEADER_LINE);
    bound(recorder);
    expect<string>(drained(recorder)).toBe(HEADER_LINE);
    expect<string>(drained(recorder, FORMAT_JSON)).toBe("");
  });

  it("quotes a label only where it must", () => {
    expect<string>(csv("a b;c'd", 1)).toBe("1.0,a b;c'd,42\r\n");
    expect<string>(csv("", 1)).toBe("1.0,,42\r\n");
    expect<string>(csv("a,b", 1)).toBe('1.0,"a,b",42\r\n');
    expect<string>(csv('say "x"', 1)).toBe('1.0,"say ""x""",42\r\n');
    expect<string>(csv("a\nb", 1)).toBe('1.0,"a\nb",42\r\n');
    expect<string>(csv("a\rb", 1)).toBe('1.0,"a\rb",42\r\n');
    expect<string>(csv("schöne \u{1f600}", 1)).toBe("1.0,schöne \u{1f600},42\r\n");
  });

  it("writes numbers as Python does, whole ones where the label says so", () => {
    expect<string>(csv("a", 0.010190685999987181)).toBe("0.010190685999987181,a,42\r\n");
    expect<string>(csv("a", 1e-5)).toBe("1e-05,a,42\r\n");
    expect<string>(csv("a", 14128, true)).toBe("14128,a,42\r\n");
    expect<string>(csv("a", -7, true)).toBe("-7,a,42\r\n");
    expect<string>(csv("a", -0.0, true)).toBe("0,a,42\r\n");
    expect<string>(csv("a", 0.5, true)).toBe("0.5,a,42\r\n");
    expect<string>(csv("a", 1e16, true)).toBe("1e+16,a,42\r\n");
    expect<string>(csv("a", NaN, true)).toBe("nan,a,42\r\n");
    expect<string>(csv("a", -Infinity)).toBe("-inf,a,42\r\n");
  });

  it("writes JSON lines", () => {
    const from = '{"timepoint":1700000000001000000,"measurement":';
    expect<string>(json("a", 0.5)).toBe(from + '0.5,"thread":7,"label":"a","pid":42}\n');
    expect<string>(json("a", 25, true)).toBe(from + '25,"thread":7,"label":"a","pid":42}\n');
    expect<string>(json("a", NaN)).toBe(from + 'null,"thread":7,"label":"a","pid":42}\n');
    expect<string>(json("a", Infinity)).toBe(from + 'null,"thread":7,"label":"a","pid":42}\n');
    expect<string>(json('"\\\n\u0001ö', 1)).toBe(from + '1.0,"thread":7,"label":"\\"\\\\\\u000a\\u0001ö","pid":42}\n');
  });

  it("writes the same at every size of slices, and one row at least", () => {
    format();
    const recorder = recording();
    const ring = bound(recorder);
    const first = label(recorder, "first");
    const second = label(recorder, "x,".repeat(40));
    for (let i = 0; i < 30; i++) sampleRecord(ring, i % 3 == 0 ? second : first, i, 0.1 * i);
    const whole = written(recorder, drainBegin(recorder, 0, 42));
    expect<i32>(whole.split("\r\n").length).toBe(32);
    for (let slice = 0; slice < 400; slice += 13) {
      expect<string>(written(recorder, drainBegin(recorder, 0, 42), slice)).toBe(whole);
    }
  });

  it("has room for the longest label, escaped", () => {
    format();
    const recorder = <usize>recorderCreate(9, POLICY_NEWEST, RING_BYTES_MIN, RING_BYTES_MIN, 8, 65536);
    recorderSwitch(recorder, true);
    const ring = bound(recorder);
    const long = label(recorder, "\u0001".repeat(4096));
    const quotes = label(recorder, '"'.repeat(4096));
    for (let i = 0; i < 3; i++) {
      sampleRecord(ring, long, 1, 1);
      sampleRecord(ring, quotes, 1, 1);
    }
    const lines = drained(recorder, FORMAT_JSON, 1).split("\n");
    expect<i32>(lines.length).toBe(7);
    for (let i = 0; i < 3; i++) expect<bool>(lines[i].endsWith("\\u0001".repeat(4096) + '","pid":42}')).toBe(true);
    for (let i = 3; i < 6; i++) expect<bool>(lines[i].endsWith('\\"'.repeat(4096) + '","pid":42}')).toBe(true);
  });

  it("begins a slice's text where it is asked to", () => {
    format();
    const recorder = recording();
    const turn = drainBegin(recorder, 0, 42);
    for (let i: u32 = 0; i < 8; i++) {
      drainWrite(recorder, turn, 100, i);
      if (drainDone(recorder)) expect<u32>((<u32>drainText()) & 7).toBe(i);
    }
    expect<bool>(drainDone(recorder)).toBe(true);
  });

  it("refuses a turn that is over, and asks for a writer", () => {
    format();
    const recorder = recording();
    const turn = drainBegin(recorder, 0, 42);
    expect<i32>(drainWrite(recorder, turn + 1, 100, 0)).toBe(GONE);
    slotForget();
    expect<i32>(drainWrite(recorder, turn, 100, 0)).toBe(NO_WRITER);
  });
});
