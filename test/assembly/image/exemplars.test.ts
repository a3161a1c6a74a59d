// Exemplars of an image: taken as they stand, passed over where there is no series, and nothing but nonsense is refused.

import { bind, define, defined, familyDefined, format, seriesOf } from "../formatted";
import { exemplarsTaken } from "../../../assembly/image/exemplars";
import { varintPut, widePut } from "../../../assembly/image/varint";
import { COUNTER, Exemplar, FAMILY_EXEMPLARS, KIND_PLAIN } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { exemplarAt } from "../../../assembly/store/exemplar";
import { begin, end } from "../../../assembly/store/writer";

const BYTES: u32 = 256;
let jobs: i32 = 0;
let series: usize = 0;
let from: usize = 0;
let to: usize = 0;

beforeEach(() => {
  format();
  define(COUNTER, 0, "made", "l");
  defined().flags = FAMILY_EXEMPLARS;
  jobs = familyDefined();
  series = seriesOf(bind(jobs, 'l="1"'));
  from = take(BYTES, KIND_PLAIN, true);
  to = from;
});

function put(value: f64, seconds: f64, labels: string): void {
  to = varintPut(to, 0);
  to = widePut(to, reinterpret<u64>(value));
  to = widePut(to, reinterpret<u64>(seconds));
  const text = String.UTF8.encode(labels);
  to = varintPut(to, text.byteLength);
  memory.copy(to, changetype<usize>(text), text.byteLength);
  to += text.byteLength;
}

function taken(into: usize, until: usize): usize {
  begin();
  const behind = exemplarsTaken(jobs, into, from, until);
  end();
  return into == 0 ? behind : exemplarsTaken(jobs, 0, from, until);
}

describe("exemplarsTaken", () => {
  it("gives them to the series, the newest of all", () => {
    to = varintPut(to, 2);
    put(5, 2000, 'trace_id="new"');
    put(7, 1000, 'trace_id="old"');
    expect<usize>(taken(series, to)).toBe(to);
    const there = exemplarAt(series, 0);
    expect<bool>(there != 0).toBe(true);
    expect<f64>(changetype<Exemplar>(there).value).toBe(5);
  });

  it("passes over those of no series, of no time and of labels that are none", () => {
    to = varintPut(to, 2);
    put(5, NaN, 'trace_id="1"');
    put(5, 1000, "no labels");
    expect<usize>(taken(0, to)).toBe(to);
    expect<usize>(taken(series, to)).toBe(to);
    expect<usize>(exemplarAt(series, 0)).toBe(0);
  });

  it("refuses what does not end before the frame does, wherever that is", () => {
    to = varintPut(to, 1);
    put(5, 2000, 'trace_id="1"');
    const whole = to;
    for (let until = from; until < whole; until++) expect<usize>(taken(0, until)).toBe(0);
    expect<usize>(taken(0, whole)).toBe(whole);
  });
});
