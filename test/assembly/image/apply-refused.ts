// What no process says, or none may: frames that are cut, flipped, absurd, or speak for others.

import { count, define, family, input } from "../formatted";
import { another, counter, process, ready } from "./applying";
import {
  applied,
  begun,
  bytesUsed,
  counted,
  definedBytes,
  described,
  familyThere,
  nonsense,
  number,
  published,
  said,
  sealed,
  source,
  speaking,
  told,
  totalThere,
  whole,
  wide,
} from "./frames";
import { imageApply, imageCheck } from "../../../assembly/image/apply";
import { processLabels } from "../../../assembly/image/aside";
import {
  FRAME_FULL,
  FRAME_LAST,
  RETIRED_INSTANCE,
  SERIES_TIMESTAMP,
  TAG_SERIES,
  VALUE_NONE,
  VALUE_WHOLE,
} from "../../../assembly/image/format";
import { processCreate, processDrop, processName, processSeries } from "../../../assembly/image/processes";
import { sourceFrame } from "../../../assembly/image/sources";
import { COUNTER, Family, GAUGE, HISTOGRAM, MODE_ALL, Series } from "../../../assembly/layout";
import { BEHIND, EXHAUSTED, FOREIGN, OK, REFUSED } from "../../../assembly/status";
import { limboEmpty } from "../../../assembly/store/limbo";
import { familySeries } from "../../../assembly/store/report";
import { tableGet } from "../../../assembly/store/table";
import { begin, end } from "../../../assembly/store/writer";

describe("imageApply, what it refuses", () => {
  beforeEach(ready);

  it("refuses the frames of another process, foreign bytes, and nonsense", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    speaking(2);
    expect<i32>(whole(process, counter, 'a="1"', 3)).toBe(REFUSED);
    const bytes = sealed(FRAME_FULL | FRAME_LAST);
    store<u32>(sourceFrame(source), 0);
    expect<i32>(imageApply(process, bytes)).toBe(FOREIGN);
    speaking(1);
    for (let byte: u32 = 5; byte < 256; byte += 3) {
      begun(1, 2);
      nonsense(<u8>byte);
      nonsense(0xff);
      const status = applied(process, FRAME_LAST);
      expect<bool>(status == REFUSED || (byte >= TAG_SERIES && status == BEHIND)).toBe(true, byte.toString());
    }
    published();
    expect<f64>(totalThere('a="1"')).toBe(1);
  });

  it("refuses absurd positions, numbers and lengths, and what would break a page", () => {
    const length = define(COUNTER, 0, "jobs", "a");
    const steps: u32[] = [65537, 0x7fffffff, 0x80000000, u32.MAX_VALUE - 1, u32.MAX_VALUE];
    for (let i = 0; i < steps.length; i++) {
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE, steps[i], 'a="1"');
      number(1);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
    }
    begun(0, 1);
    definedBytes(65536, length);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
    const blocks: string[] = ['a="1', 'a="1\n"', 'a="1",a="2"', "a=1", 'a\0="1"'];
    for (let i = 0; i < blocks.length; i++) {
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE, 0, blocks[i]);
      number(1);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED, blocks[i]);
    }
    const times: f64[] = [NaN, Infinity, -Infinity];
    for (let i = 0; i < times.length; i++) {
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE | SERIES_TIMESTAMP, 0, 'a="1"');
      number(1);
      wide(times[i]);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE, 0, 'a="1"', times[i]);
      number(1);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
      another();
    }
    published();
    begin();
    const created = changetype<Series>(tableGet(changetype<Family>(familyThere()).table, 0)).created;
    expect<bool>(isFinite(created)).toBe(true);
    end();
  });

  it("adds a series whose labels are too long with those of its process to what there is no room for", () => {
    const long = 'a="' + "x".repeat(16300) + '"';
    count(counter, long, 3);
    count(counter, 'a="1"', 4);
    const zone = 'zone="' + "z".repeat(100) + '"';
    processLabels(process, input(zone + zone) - zone.length, zone.length);
    begun(0, 1);
    described(0, counter);
    said(0, counter, long, true);
    said(1, counter, 'a="1"', true);
    expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(OK);
    published();
    expect<f64>(totalThere('a="tallystick_overflow"')).toBe(3);
    expect<f64>(totalThere('a="1",zone="' + "z".repeat(100) + '"')).toBe(4);
    expect<i32>(counted(process, counter, long, 2, 2)).toBe(OK);
    published();
    expect<f64>(totalThere('a="tallystick_overflow"')).toBe(5);
  });

  it("keeps no series of which only nonsense came", () => {
    const length = define(COUNTER, 0, "jobs", "a");
    let used: u32 = 0;
    for (let i = 0; i < 100; i++) {
      define(COUNTER, 0, "jobs", "a");
      begun(0, 1);
      definedBytes(0, length);
      told(VALUE_WHOLE, 0, 'a="' + (1000 + i).toString() + '"');
      number(u64.MAX_VALUE);
      expect<i32>(applied(process, FRAME_FULL | FRAME_LAST)).toBe(REFUSED);
      published();
      limboEmpty();
      expect<i32>(familySeries(familyThere())).toBe(0);
      if (i == 50) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBeLessThan(used + 256);
  });

  it("takes no more memory than a frame is worth, however many families it says that there are", () => {
    const length = define(COUNTER, 0, "jobs", "a");
    begun(0, 1);
    for (let i = 0; i < 4000; i++) {
      define(COUNTER, 0, "jobs", "a");
      definedBytes(i, length);
      told(VALUE_WHOLE, 0, 'a="1"');
      number(1);
      told(VALUE_WHOLE, 65000, 'a="2"');
      number(1);
    }
    // The room for the frame stays.
    sealed(FRAME_FULL | FRAME_LAST);
    const used = bytesUsed();
    const last = applied(process, FRAME_FULL | FRAME_LAST);
    expect<bool>(last == REFUSED || last == EXHAUSTED).toBe(true);
    processDrop(process);
    published();
    limboEmpty();
    expect<u32>(bytesUsed()).toBeLessThan(used + 65536);
  });

  it("never fails on a frame that is cut or flipped, whatever the checksum says", () => {
    count(counter, 'a="1"', 1);
    begun(0, 1);
    described(0, counter);
    said(0, counter, 'a="1"', true);
    const bytes = sealed(FRAME_FULL | FRAME_LAST);
    for (let length: u32 = 0; length < bytes; length++) {
      const status = imageApply(process, length);
      expect<bool>(status == REFUSED || status == FOREIGN).toBe(true, length.toString());
    }
    for (let bit: u32 = 0; bit < bytes << 3; bit++) {
      const at = sourceFrame(source) + (bit >> 3);
      const one: u32 = 1;
      const mask = <u8>(one << (bit & 7));
      store<u8>(at, load<u8>(at) ^ mask);
      expect<bool>(imageApply(process, bytes) != OK).toBe(true, bit.toString());
      store<u8>(at, load<u8>(at) ^ mask);
    }
    expect<i32>(familyThere()).toBe(0);
  });

  it("takes writers of several processes from the retired alone: nobody else speaks for others", () => {
    const level = family(GAUGE, MODE_ALL, "level");
    const instances: u64[] = [5, RETIRED_INSTANCE];
    for (let i = 0; i < instances.length; i++) {
      speaking(instances[i]);
      begun(0, 1);
      described(0, level);
      told(VALUE_NONE, 0, "");
      number(1);
      number(3 | ((<u64>77) << 12));
      wide(2.5);
      const asked = processCreate(source);
      processName(asked, instances[i]);
      expect<i32>(applied(asked, FRAME_FULL | FRAME_LAST)).toBe(i == 0 ? REFUSED : OK);
    }
  });

  it("takes what the retired left where it was asked for alone, and of a process that has a name nothing of another one", () => {
    count(counter, 'a="1"', 3);
    const instances: u64[] = [1, 2, RETIRED_INSTANCE];
    const names: u64[] = [0, 1, 2, RETIRED_INSTANCE];
    for (let i = 0; i < names.length; i++) {
      for (let j = 0; j < instances.length; j++) {
        const one = processCreate(source);
        if (i != 0) processName(one, names[i]);
        speaking(instances[j]);
        const taken = i == 0 ? j != 2 : names[i] == instances[j];
        expect<i32>(whole(one, counter, 'a="1"')).toBe(taken ? OK : REFUSED);
        expect<u32>(processSeries(one)).toBe(u32(taken));
        const bytes = sealed(FRAME_FULL | FRAME_LAST);
        expect<i32>(imageCheck(one, bytes)).toBe(taken ? OK : REFUSED);
        processDrop(one);
      }
    }
  });

  it("refuses a series that lacks a label of its definition, has them in another order, or one that its type prints", () => {
    const two = family(HISTOGRAM, 0, "two", 'a\nb\n"c.d"', [0.1, 1]);
    const plain = family(COUNTER, 0, "plain");
    const whole = 'a="1",b="2","c.d"="3"';
    const right: string[] = [whole, whole + ',zone="eu"', 'a="",b="","c.d"=""'];
    const wrong: string[] = [
      "",
      'a="1"',
      'a="1",b="2"',
      'a="1",b="2",c="3"',
      'b="2",a="1","c.d"="3"',
      'zone="eu",' + whole,
      whole + ',le="1"',
    ];
    for (let i = 0; i < right.length + wrong.length + 2; i++) {
      const ofTwo = i < right.length + wrong.length;
      const block = i < right.length ? right[i] : ofTwo ? wrong[i - right.length] : i & 1 ? 'zone="eu"' : "";
      const one = processCreate(source);
      const taken = i < right.length || !ofTwo;
      begun(0, 1);
      described(0, ofTwo ? two : plain);
      told(VALUE_WHOLE, 0, block);
      number(1);
      if (ofTwo) number(0);
      expect<i32>(applied(one, FRAME_FULL | FRAME_LAST)).toBe(taken ? OK : REFUSED, block);
      processDrop(one);
    }
  });
});
