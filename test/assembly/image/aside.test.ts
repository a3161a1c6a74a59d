// Labels that are set aside: what a registry prints otherwise, for those who do not.

import { count, family, format, input } from "../formatted";
import {
  applied,
  begun,
  bytesUsed,
  described,
  familyThere,
  listening,
  published,
  said,
  source,
  speaking,
  there,
  totalThere,
  whole,
} from "./frames";
import { BLOCKS_MOST, OVERFLOWS_MOST, processApart, processLabels, retiredOf, sourceBlurred } from "../../../assembly/image/aside";
import { FRAME_BASELINE, FRAME_FULL, FRAME_LAST, RETIRED_INSTANCE } from "../../../assembly/image/format";
import { Process, PROCESS_RETIRED, Source } from "../../../assembly/image/mirror";
import { processCreate, processDrop, processFold, processName, processRetire } from "../../../assembly/image/processes";
import { sourceRelabel } from "../../../assembly/image/relabel";
import { COUNTER } from "../../../assembly/layout";
import { OK, REFUSED } from "../../../assembly/status";
import { registryLabels } from "../../../assembly/store/family";
import { limboEmpty } from "../../../assembly/store/limbo";
import { begin, end } from "../../../assembly/store/writer";
import { textAt } from "../formatted";

let jobs: i32 = 0;

/** The labels that a process sets aside. */
function asideOf(process: usize): string {
  const block: usize = changetype<Process>(process).aside;
  return block == 0 ? "" : textAt(block + 4, load<u32>(block));
}

/** What is set aside of all retired. */
function allAside(): string {
  const all: string[] = [];
  for (let retired: usize = changetype<Source>(source).retired; retired != 0; retired = changetype<Process>(retired).apart) {
    all.push(asideOf(retired));
  }
  return all.sort().join(" ");
}

function labelled(process: usize, said: string, added: string): i32 {
  const length = <u32>String.UTF8.byteLength(said);
  input(said + added);
  return processLabels(process, length, <u32>String.UTF8.byteLength(added));
}

function ownLabels(block: string): void {
  expect<i32>(registryLabels(there, load<u32>(there), input(block))).toBe(OK);
}

beforeEach(() => {
  format();
  jobs = family(COUNTER, 0, "jobs", "a");
  listening();
});

describe("processLabels", () => {
  it("sets aside what is not put behind the labels of its series", () => {
    const process = processCreate(source);
    expect<i32>(labelled(process, 'app="a",host="h",zone="eu"', 'host="h"')).toBe(OK);
    expect<string>(asideOf(process)).toBe('app="a",zone="eu"');
    expect<i32>(labelled(process, 'app="a"', 'app="a"')).toBe(OK);
    expect<string>(asideOf(process)).toBe("");
    expect<i32>(labelled(process, 'app="a"', "")).toBe(OK);
    expect<string>(asideOf(process)).toBe('app="a"');
    expect<i32>(labelled(process, "", "")).toBe(OK);
    expect<string>(asideOf(process)).toBe("");
  });
});

describe("the retired", () => {
  it("are one process for each block that was set aside", () => {
    ownLabels('zone="us"');
    const blocks: string[] = ['zone="eu"', "", 'zone="ap"', 'zone="eu"'];
    count(jobs, 'a="1"', 5);
    for (let i = 0; i < blocks.length; i++) {
      const process = processCreate(source);
      labelled(process, blocks[i], "");
      speaking(<u64>i + 1);
      expect<i32>(whole(process, jobs, 'a="1"')).toBe(OK);
      begin();
      const retired = retiredOf(process);
      expect<usize>(retiredOf(process)).toBe(retired);
      end();
      expect<u32>(changetype<Process>(retired).flags & PROCESS_RETIRED).not.toBe(0);
      expect<i32>(processFold(process)).toBe(OK);
    }
    published();
    expect<f64>(totalThere('a="1"')).toBe(20);
    expect<string>(allAside()).toBe(' zone="ap" zone="eu"');
  });

  it("of an image are apart by what is set aside of each series, and end with it", () => {
    ownLabels('zone="us"');
    limboEmpty();
    count(jobs, 'a="1",zone="eu"', 3);
    count(jobs, 'a="1",zone="ap"', 40);
    count(jobs, 'a="1"', 500);
    let used: u32 = 0;
    for (let i = 0; i < 4; i++) {
      const process = processCreate(source);
      processName(process, RETIRED_INSTANCE);
      speaking(RETIRED_INSTANCE);
      begun(0, 1);
      described(0, jobs);
      said(0, jobs, 'a="1",zone="eu"', true);
      said(1, jobs, 'a="1"', true);
      said(2, jobs, 'a="1",zone="ap"', true);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      published();
      // The last one beside what the one before it left.
      expect<f64>(totalThere('a="1"')).toBe(i == 3 ? 1086 : 543);
      if (i < 2) processDrop(process);
      // Of a lower run it is folded, else it takes the place.
      else if (i == 2) processFold(process);
      else processRetire(process);
      if (i > 1) expect<string>(allAside()).toBe(' zone="ap" zone="eu"');
      published();
      limboEmpty();
      if (i < 2) expect<i32>(familyThere() == 0 || isNaN(totalThere('a="1"')) ? 1 : 0).toBe(1);
      else expect<f64>(totalThere('a="1"')).toBe(543);
      if (i == 0) used = bytesUsed();
      if (i == 1) expect<u32>(bytesUsed()).toBe(used);
    }
  });

  it("have what default labels that come later set aside", () => {
    count(jobs, 'a="1",app="x",zone="eu"', 3);
    count(jobs, 'a="1",app="x",zone="ap"', 40);
    const process = processCreate(source);
    begun(0, 1);
    described(0, jobs);
    said(0, jobs, 'a="1",app="x",zone="eu"', true);
    said(1, jobs, 'a="1",app="x",zone="ap"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    processFold(process);
    expect<string>(allAside()).toBe("");
    ownLabels('zone="us"');
    expect<i32>(sourceRelabel(source)).toBe(OK);
    ownLabels('app="y",zone="us"');
    expect<i32>(sourceRelabel(source)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(43);
    let spoken = 0;
    for (let one: usize = changetype<Source>(source).processes; one != 0; one = changetype<Process>(one).next) {
      if (changetype<Process>(one).count == 0) continue;
      spoken++;
      expect<bool>(asideOf(one) == 'app="x",zone="eu"' || asideOf(one) == 'app="x",zone="ap"').toBe(true, asideOf(one));
    }
    expect<i32>(spoken).toBe(2);
  });

  it("are no more than the blocks that are kept apart, and those of what is beyond", () => {
    count(jobs, 'a="1"', 1);
    const deaths: i32 = 120;
    for (let i: i32 = 0; i < deaths; i++) {
      const process = processCreate(source);
      // Of ten kinds of names, as nobody has them: that takes all there is for what is beyond.
      labelled(process, "z" + (i % 10).toString() + '="' + i.toString() + '"', "");
      speaking(<u64>i + 1);
      expect<i32>(whole(process, jobs, 'a="1"')).toBe(OK);
      expect<bool>(sourceBlurred(source)).toBe(<u32>i > BLOCKS_MOST);
      expect<i32>(processFold(process)).toBe(OK);
    }
    published();
    expect<f64>(totalThere('a="1"')).toBe(deaths);
    const all = allAside().split(" ");
    expect<i32>(all.length).toBe(BLOCKS_MOST + OVERFLOWS_MOST + 1);
    expect<bool>(all.includes('z3="3"')).toBe(true);
    expect<bool>(all.includes('z3="tallystick_overflow"')).toBe(true);
    // What takes those for whom there is no room at all.
    expect<string>(all[0]).toBe("");
    let processes: u32 = 0;
    for (let one: usize = changetype<Source>(source).processes; one != 0; one = changetype<Process>(one).next) processes++;
    expect<u32>(processes).toBe(BLOCKS_MOST + OVERFLOWS_MOST + 1);
  });

  it("set aside nothing that no registry says by itself", () => {
    const process = processCreate(source);
    processName(process, RETIRED_INSTANCE);
    const long = 'zone="' + "x".repeat(5000) + '"';
    const own = memory.data(64);
    const text = String.UTF8.encode('zone="us"');
    store<u32>(own, text.byteLength);
    memory.copy(own + 4, changetype<usize>(text), text.byteLength);
    begin();
    const block = String.UTF8.encode(long);
    expect<usize>(processApart(process, changetype<usize>(block), block.byteLength, own)).toBe(process);
    const short = String.UTF8.encode('zone="eu"');
    const apart = processApart(process, changetype<usize>(short), short.byteLength, own);
    expect<usize>(apart).not.toBe(process);
    expect<usize>(processApart(process, changetype<usize>(short), short.byteLength, own)).toBe(apart);
    end();
    processDrop(process);
    expect<u32>(changetype<Source>(source).processes).toBe(0);
  });

  it("of an image that did not come to its end are gone when it begins anew", () => {
    ownLabels('zone="us"');
    const other = family(COUNTER, 0, "other", "a");
    count(jobs, 'a="1",zone="eu"', 3);
    count(other, 'a="1",zone="eu"', 40);
    const process = processCreate(source);
    processName(process, RETIRED_INSTANCE);
    speaking(RETIRED_INSTANCE);
    begun(0, 1);
    described(0, jobs);
    said(0, jobs, 'a="1",zone="eu"', true);
    expect<i32>(applied(process, FRAME_FULL)).toBe(OK);
    published();
    expect<f64>(totalThere('a="1"')).toBe(3);
    begun(0, 1);
    described(1, other);
    said(0, other, 'a="1",zone="eu"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
    expect<f64>(totalThere('a="1"', 1)).toBe(40);
  });

  it("have no baseline", () => {
    count(jobs, 'a="1"', 3);
    speaking(RETIRED_INSTANCE);
    begun(0, 1);
    described(0, jobs);
    said(0, jobs, 'a="1"', true);
    const process = processCreate(source);
    processName(process, RETIRED_INSTANCE);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST | FRAME_BASELINE)).toBe(REFUSED);
    begun(0, 1);
    described(0, jobs);
    said(0, jobs, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
  });
});
