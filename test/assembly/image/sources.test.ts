// Sources: one thread's each, by their names; what was shown stays until another thread shows other things.

import { claim, count, family, format } from "../formatted";
import {
  begun,
  bytesUsed,
  counted,
  described,
  familyThere,
  listening,
  published,
  source,
  speaking,
  there,
  totalThere,
  whole,
} from "./frames";
import { FRAME_BYTES_MAX } from "../../../assembly/image/format";
import { processCreate, processFold } from "../../../assembly/image/processes";
import { sourceCreate, sourceEnd, sourceFrame, sourceLabels, sourceRoom, sourceSweep } from "../../../assembly/image/sources";
import { COUNTER } from "../../../assembly/layout";
import { CONFLICT, OK } from "../../../assembly/status";
import { registryCreate, registryRemove } from "../../../assembly/store/registry";
import { familySeries } from "../../../assembly/store/report";
import { limboEmpty } from "../../../assembly/store/limbo";
import { writerRetire, writerRevoke } from "../../../assembly/store/adopt";
import { ownWriter } from "../../../assembly/store/writer";

let jobs: i32 = 0;

function again(name: u64): i32 {
  return sourceCreate(there, load<u32>(there), name);
}

beforeEach(() => {
  format();
  jobs = family(COUNTER, 0, "jobs", "a");
  listening();
});

describe("sourceCreate", () => {
  it("gives a source to one thread alone, until that is dead", () => {
    const index = ownWriter().index;
    claim();
    expect<i32>(again(7)).toBe(CONFLICT);
    expect<i32>(again(8)).toBeGreaterThan(0);
    writerRevoke(index);
    expect<i32>(again(7)).toBe(CONFLICT);
    writerRetire(index);
    expect<i32>(again(7)).toBe(<i32>source);
  });

  it("shows what a dead thread showed, until the new one shows other things, and a sweep ends the rest", () => {
    count(jobs, 'a="1"', 3);
    count(jobs, 'a="2"', 4);
    whole(processCreate(source), jobs, 'a="1"');
    speaking(2);
    whole(processCreate(source), jobs, 'a="2"');
    published();
    const index = ownWriter().index;
    claim();
    writerRevoke(index);
    writerRetire(index);
    expect<i32>(again(7)).toBe(<i32>source);
    expect<f64>(totalThere('a="1"')).toBe(3);
    count(jobs, 'a="2"', 1);
    speaking(2);
    whole(processCreate(source), jobs, 'a="2"');
    expect<f64>(totalThere('a="2"')).toBe(4);
    published();
    expect<f64>(totalThere('a="2"')).toBe(5);
    expect<f64>(totalThere('a="1"')).toBe(3);
    sourceSweep(source);
    expect<f64>(totalThere('a="2"')).toBe(5);
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
  });

  it("frees what a dead thread had of processes", () => {
    count(jobs, 'a="1"', 3);
    let used: u32 = 0;
    for (let i = 0; i < 20; i++) {
      whole(processCreate(source), jobs, 'a="1"');
      published();
      expect<i32>(sourceEnd(source)).toBe(OK);
      expect<i32>(again(7)).toBe(<i32>source);
      limboEmpty();
      if (i == 4) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBeLessThan(used + 512);
  });
});

describe("a source that replaced what it showed", () => {
  it("gives back what it kept of that when it ends, however often", () => {
    let used: u32 = 0;
    for (let i = 0; i < 20; i++) {
      const process = processCreate(source);
      speaking(1, <u64>i + 1);
      count(jobs, 'a="1"', 1);
      whole(process, jobs, 'a="1"');
      published();
      for (let sequence: u32 = 2; sequence < 6; sequence++) {
        expect<i32>(counted(process, jobs, 'a="1"', 1, sequence)).toBe(OK);
        published();
      }
      expect<i32>(sourceEnd(source)).toBe(OK);
      expect<i32>(again(7)).toBe(<i32>source);
      limboEmpty();
      if (i == 4) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBe(used);
  });
});

describe("a source whose registry is no more", () => {
  it("takes everything in, shows nothing, and ends", () => {
    count(jobs, 'a="1"', 3);
    const process = processCreate(source);
    whole(process, jobs, 'a="1"');
    published();
    const life = load<u32>(there);
    expect<i32>(registryRemove(there, life)).toBe(OK);
    expect<i32>(counted(process, jobs, 'a="1"', 1, 2)).toBe(OK);
    expect<i32>(published()).toBeGreaterThan(-1);
    const other = processCreate(source);
    speaking(2);
    expect<i32>(whole(other, jobs, 'a="1"')).toBe(OK);
    expect<i32>(processFold(process)).toBe(OK);
    expect<i32>(published()).toBeGreaterThan(-1);
    expect<i32>(sourceSweep(source)).toBe(OK);
    expect<i32>(sourceEnd(source)).toBe(OK);
    expect<i32>(sourceCreate(there, life, 7)).toBe(<i32>source);
    speaking(1);
    expect<i32>(whole(processCreate(source), jobs, 'a="1"')).toBe(OK);
    expect<i32>(published()).toBeGreaterThan(-1);
  });
});

describe("a source that goes to another registry", () => {
  it("takes along what it showed in the one before", () => {
    count(jobs, 'a="1"', 3);
    whole(processCreate(source), jobs, 'a="1"');
    published();
    const before = familyThere();
    const index = ownWriter().index;
    claim();
    writerRevoke(index);
    writerRetire(index);
    const registry = registryCreate();
    expect<i32>(sourceCreate(registry, load<u32>(registry), 7)).toBe(<i32>source);
    expect<u32>(familySeries(before)).toBe(0);
  });
});

describe("sourceEnd", () => {
  it("takes all from the page", () => {
    count(jobs, 'a="1"', 3);
    whole(processCreate(source), jobs, 'a="1"');
    published();
    sourceEnd(source);
    expect<bool>(isNaN(totalThere('a="1"'))).toBe(true);
  });
});

describe("sourceRoom", () => {
  it("is behind that of labels, and none for more than a frame may have", () => {
    expect<usize>(sourceRoom(source, FRAME_BYTES_MAX + 1)).toBe(0);
    const room = sourceRoom(source, 100000);
    expect<usize>(room).toBe(sourceFrame(source));
    expect<usize>(room & 7).toBe(0);
    expect<usize>(sourceLabels(source)).toBeLessThan(room);
    begun(0, 1);
    described(0, jobs);
    expect<usize>(sourceRoom(source, 100)).toBe(room);
  });
});
