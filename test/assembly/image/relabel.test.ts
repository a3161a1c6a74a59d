// Default labels that come after series of other processes: no label of their names stays in those series, and nothing goes.

import { count, family, format, input } from "../formatted";
import {
  bytesUsed,
  counted,
  listening,
  published,
  said,
  source,
  speaking,
  there,
  totalThere,
  whole,
  begun,
  described,
  applied,
} from "./frames";
import { FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { labelsOwn, sourceRelabel } from "../../../assembly/image/relabel";
import { processCreate, processDrop, processFold, processRetire } from "../../../assembly/image/processes";
import { COUNTER } from "../../../assembly/layout";
import { OK } from "../../../assembly/status";
import { registryLabels } from "../../../assembly/store/family";
import { limboEmpty } from "../../../assembly/store/limbo";

let process: usize = 0;
let counter: i32 = 0;
const EU = 'a="1",zone="eu"';
const AP = 'a="1",zone="ap"';

/** Sets the default labels of the registry that takes in. */
function labelled(block: string): void {
  expect<i32>(registryLabels(there, load<u32>(there), input(block))).toBe(OK);
}

beforeEach(() => {
  format();
  counter = family(COUNTER, 0, "jobs", "a");
  listening();
  process = processCreate(source);
});

describe("sourceRelabel", () => {
  it("moves series to those without the registry's own labels, and what comes of them behind", () => {
    count(counter, EU, 3);
    count(counter, AP, 40);
    whole(process, counter, EU);
    speaking(2);
    const other = processCreate(source);
    whole(other, counter, AP);
    published();
    expect<usize>(labelsOwn(source)).toBe(0);
    labelled('zone="us"');
    expect<i32>(sourceRelabel(source)).toBe(OK);
    published();
    expect<bool>(isNaN(totalThere(EU))).toBe(true);
    expect<bool>(isNaN(totalThere(AP))).toBe(true);
    expect<f64>(totalThere('a="1"')).toBe(43);
    speaking(1);
    expect<i32>(counted(process, counter, EU, 100, 2)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(143);
    processDrop(other);
    published();
    expect<f64>(totalThere('a="1"')).toBe(103);
  });

  it("makes one of what the dead had of both, before and after", () => {
    count(counter, EU, 3);
    count(counter, AP, 40);
    whole(process, counter, EU);
    speaking(2);
    const other = processCreate(source);
    whole(other, counter, AP);
    processFold(process);
    processFold(other);
    labelled('zone="us"');
    expect<i32>(sourceRelabel(source)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(43);
    // The retired of an image that has both.
    speaking(3);
    const retired = processCreate(source);
    begun(0, 1);
    described(0, counter);
    said(0, counter, EU, true);
    said(1, counter, AP, true);
    expect<i32>(applied(retired, FRAME_FULL | FRAME_LAST)).toBe(OK);
    processRetire(retired);
    published();
    expect<f64>(totalThere('a="1"')).toBe(43);
    speaking(4);
    const none = processCreate(source);
    begun(0, 1);
    expect<i32>(applied(none, FRAME_FULL | FRAME_LAST)).toBe(OK);
    processRetire(none);
    published();
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
  });

  it("keeps no memory", () => {
    count(counter, EU, 3);
    labelled('zone="us"');
    let used: u32 = 0;
    for (let i: u32 = 0; i < 4; i++) {
      labelled("");
      speaking(10 + i);
      const made = processCreate(source);
      whole(made, counter, EU);
      published();
      labelled('zone="us"');
      sourceRelabel(source);
      published();
      processDrop(made);
      published();
      limboEmpty();
      if (i == 1) used = bytesUsed();
      if (i > 1) expect<u32>(bytesUsed()).toBe(used);
    }
  });
});
