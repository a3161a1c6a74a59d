// Numbers that are taken one after the other: the same as one by one, whatever stands between, before and behind them.

import { count, family, format } from "../formatted";
import {
  applied,
  begun,
  described,
  entered,
  listening,
  nonsense,
  number,
  positioned,
  published,
  removed,
  said,
  source,
  totalThere,
  whole,
  wide,
} from "./frames";
import { FRAME_FULL, FRAME_LAST, VALUE_DOUBLE, VALUE_NONE, VALUE_WHOLE } from "../../../assembly/image/format";
import { heldAt } from "../../../assembly/image/links";
import { Held, Link } from "../../../assembly/image/mirror";
import { processCreate, processSequence } from "../../../assembly/image/processes";
import { COUNTER, GAUGE, MODE_SUM } from "../../../assembly/layout";
import { BEHIND, OK, REFUSED } from "../../../assembly/status";

let metric: i32 = 0;
let process: usize = 0;

/** A block of its own for each position. */
function block(position: u32): string {
  return 'a="' + position.toString() + '"';
}

function beginning(positions: u32[]): void {
  begun(0, 1);
  described(0, metric);
  for (let i = 0; i < positions.length; i++) {
    count(metric, block(positions[i]), 1);
    said(positions[i], metric, block(positions[i]), true);
  }
  expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
  published();
}

function more(): void {
  const sequence = <u64>processSequence(process);
  begun(sequence, sequence + 1);
  entered(0);
}

function link(position: u32): Link {
  return changetype<Link>(<usize>load<u32>(<usize>changetype<Held>(heldAt(process, 0)).links + (position << 2)));
}

beforeEach(() => {
  format();
  metric = family(COUNTER, 0, "jobs", "a");
  listening();
  process = processCreate(source);
});

describe("numbersTaken", () => {
  it("takes steps of one, two and more bytes, and numbers of any length, to the last of the frame", () => {
    const positions: u32[] = [0, 1, 129, 130, 300, 17000, 17128];
    beginning(positions);
    const values: u64[] = [0, 127, 128, 16384, 1 << 35, 9007199254740991, 5];
    for (let round = 0; round < 3; round++) {
      for (let shift = 0; shift < 7; shift++) {
        more();
        for (let i = 0; i < 7; i++) {
          positioned(VALUE_WHOLE, positions[i]);
          number(values[(i + shift) % 7]);
        }
        expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
        published();
        for (let i = 0; i < 7; i++) expect<f64>(totalThere(block(positions[i]))).toBe(<f64>values[(i + shift) % 7]);
      }
    }
  });

  it("goes on behind what is taken the long way", () => {
    metric = family(GAUGE, MODE_SUM, "level", "a");
    const positions: u32[] = [0, 1, 2, 3, 4, 5];
    beginning(positions);
    for (let round = 0; round < 2; round++) {
      more();
      positioned(VALUE_WHOLE, 0);
      number(3 + round);
      positioned(VALUE_NONE, 1);
      positioned(VALUE_DOUBLE, 2);
      wide(0.5 + round);
      positioned(VALUE_DOUBLE, 3);
      wide(Infinity);
      if (round == 0) removed(4);
      positioned(VALUE_DOUBLE, 5);
      wide(-1.5 - round);
      expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
      published();
      expect<f64>(totalThere(block(0))).toBe(3 + round);
      expect<f64>(totalThere(block(2))).toBe(0.5 + round);
      expect<f64>(totalThere(block(3))).toBe(Infinity);
      expect<bool>(isNaN(totalThere(block(4)))).toBe(true);
      expect<f64>(totalThere(block(5))).toBe(-1.5 - round);
    }
  });

  it("refuses what ends behind its frame, no number, and none that anybody has described", () => {
    beginning([0, 1]);
    // Behind the frame lie the bytes of this one.
    more();
    for (let i = 0; i < 8; i++) wide(7);
    applied(process, FRAME_LAST);
    more();
    positioned(VALUE_DOUBLE, 0);
    // With the two bytes in front: 7 of 8 bytes, then the frame's end.
    for (let i = 0; i < 4; i++) nonsense(1);
    expect<i32>(applied(process, FRAME_LAST)).toBe(REFUSED);
    more();
    positioned(VALUE_WHOLE, 0);
    number(9007199254740992);
    expect<i32>(applied(process, FRAME_LAST)).toBe(REFUSED);
    more();
    positioned(VALUE_WHOLE, 5);
    number(2);
    expect<i32>(applied(process, FRAME_LAST)).toBe(BEHIND);
    more();
    positioned(VALUE_WHOLE, 7000);
    number(2);
    expect<i32>(applied(process, FRAME_LAST)).toBe(BEHIND);
    published();
    expect<f64>(totalThere(block(0))).toBe(1);
  });

  it("says in the table, or in the link, which sequence said a number", () => {
    beginning([0, 1]);
    expect<u32>(link(0).lent).toBe(0);
    more();
    positioned(VALUE_WHOLE, 0);
    number(2);
    applied(process, FRAME_LAST);
    expect<u32>(link(0).lent).not.toBe(0);
    expect<u32>(link(1).lent).toBe(0);
    // Described again: what this sequence does not say again is gone, and what it says by a number alone is not.
    begun(2, 3);
    described(0, metric);
    positioned(VALUE_WHOLE, 0);
    number(3);
    expect<i32>(applied(process, FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere(block(0))).toBe(3);
    expect<bool>(isNaN(totalThere(block(1)))).toBe(true);
  });

  it("lends nothing in a table of hardly any series, and shows them all the same", () => {
    beginning([0, 1000]);
    for (let round = 2; round < 5; round++) {
      more();
      positioned(VALUE_WHOLE, 0);
      number(round);
      applied(process, FRAME_LAST);
      expect<u32>(link(0).lent).toBe(0);
      published();
      expect<f64>(totalThere(block(0))).toBe(round);
    }
  });

  it("keeps what was lent when the table grows", () => {
    beginning([0, 1, 2, 3, 4, 5, 6, 7]);
    more();
    for (let i = 0; i < 8; i++) {
      positioned(VALUE_WHOLE, i);
      number(10 + i);
    }
    applied(process, FRAME_LAST);
    expect<u32>(link(7).lent).not.toBe(0);
    more();
    count(metric, block(8), 1);
    said(8, metric, block(8), true);
    applied(process, FRAME_LAST);
    expect<u32>(link(7).lent).toBe(0);
    published();
    for (let i = 0; i < 8; i++) expect<f64>(totalThere(block(i))).toBe(10 + i);
    more();
    positioned(VALUE_WHOLE, 7);
    number(99);
    applied(process, FRAME_LAST);
    expect<f64>(totalThere(block(7))).toBe(99);
    // What another process says now is added to what was stored.
    const other = processCreate(source);
    whole(other, metric, block(7));
    published();
    expect<f64>(totalThere(block(7))).toBe(100);
  });
});
