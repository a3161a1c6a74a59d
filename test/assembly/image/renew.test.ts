// What a source looks after by itself: series that ended here are shown again where a process that counts has them.

import { count, define, defined, family, format, input } from "../formatted";
import { counted, familyThere, listening, published, source, speaking, there, totalThere, whole } from "./frames";
import { isBound } from "../../../assembly/image/entries";
import { knownFamily, sourceKept } from "../../../assembly/image/known";
import { Entry, Known, LAST_CHANGED, Source } from "../../../assembly/image/mirror";
import { processCreate, processFold, processLive } from "../../../assembly/image/processes";
import { sourceRenew } from "../../../assembly/image/renew";
import { COUNTER, Family, FAMILY_IMPORTED } from "../../../assembly/layout";
import { OK, WANTED } from "../../../assembly/status";
import { importedEnds } from "../../../assembly/store/detach";
import { familyCreate, familyEmpty, familyRemove } from "../../../assembly/store/family";
import { seriesRemove } from "../../../assembly/store/series";

const ONE = 'a="1"';
const TWO = 'a="2"';

let process: usize = 0;
let counter: i32 = 0;

function changed(): bool {
  return changetype<Source>(source).changed != LAST_CHANGED;
}

function removedThere(block: string): void {
  expect<i32>(seriesRemove(familyThere(), load<u32>(familyThere()), input(block))).toBe(OK);
}

beforeEach(() => {
  format();
  counter = family(COUNTER, 0, "jobs", "a");
  listening();
  process = processCreate(source);
  count(counter, ONE, 3);
  whole(process, counter, ONE);
  published();
  sourceRenew(source, true);
});

describe("sourceRenew", () => {
  it("changes nothing where nothing ended", () => {
    const ends = importedEnds();
    expect<i32>(sourceRenew(source, true)).toBe(OK);
    expect<bool>(changed()).toBe(false);
    counted(process, counter, ONE, 1, 2);
    published();
    // Counting, telling and showing end no cell: no series is looked at.
    expect<u32>(importedEnds()).toBe(ends);
  });

  it("shows what was removed or set back here, and what is there is shown once", () => {
    for (let i = 0; i < 4; i++) {
      if ((i & 1) == 0) removedThere(ONE);
      else expect<i32>(familyEmpty(familyThere(), load<u32>(familyThere()), true)).toBe(OK);
      published();
      expect<bool>(totalThere(ONE) == 3).toBe(false);
      expect<i32>(sourceRenew(source, true)).toBe(OK);
      expect<i32>(published()).toBe(1);
      expect<f64>(totalThere(ONE)).toBe(3);
      expect<i32>(sourceRenew(source, true)).toBe(OK);
      expect<bool>(changed()).toBe(false);
    }
  });

  it("leaves away what the retired alone have", () => {
    speaking(2);
    const other = processCreate(source);
    count(counter, TWO, 4);
    whole(other, counter, TWO);
    published();
    processFold(process);
    removedThere(ONE);
    removedThere(TWO);
    expect<i32>(sourceRenew(source, true)).toBe(OK);
    expect<i32>(published()).toBe(1);
    expect<f64>(totalThere(TWO)).toBe(4);
    expect<bool>(isNaN(totalThere(ONE))).toBe(true);
  });

  it("asks for a family that is gone while a process has something of it, and for none that only the dead had", () => {
    const there0 = familyThere();
    familyRemove(there0, load<u32>(there0));
    expect<i32>(sourceRenew(source, true)).toBe(WANTED);
    expect<u32>(defined().type).toBe(COUNTER);
    processFold(process);
    expect<i32>(sourceRenew(source, true)).toBe(OK);
    expect<bool>(changed()).toBe(false);
    define(COUNTER, 0, "jobs", "a");
    expect<i32>(familyCreate(there, load<u32>(there), 0)).toBeGreaterThan(0);
    expect<i32>(sourceRenew(source, true)).toBe(WANTED);
    const known: usize = changetype<Source>(source).wanted;
    expect<usize>(knownFamily(known)).toBe(0);
    expect<bool>(isBound(changetype<Known>(known).entries)).toBe(false);
    expect<u32>(changetype<Entry>(<usize>changetype<Known>(known).entries).changed).toBe(0);
  });

  it("lets a family make way that images brought once only the other one's processes live, and not before all was read", () => {
    const other = family(COUNTER, 0, "other", "b");
    count(other, 'b="1"', 5);
    speaking(2);
    const fresh = processCreate(source);
    whole(fresh, other, 'b="1"');
    const shown = familyThere();
    const flags = changetype<Family>(shown).flags;
    const known: usize = changetype<Source>(source).known;
    changetype<Source>(source).wanted = known;
    expect<i32>(sourceKept(source, shown, load<u32>(shown))).toBe(<i32>fresh);
    // It is to be told of, once.
    expect<i32>(sourceRenew(source, false)).toBe(OK);
    expect<i32>(sourceRenew(source, true)).toBe(WANTED);
    expect<u32>(changetype<Source>(source).wanted).toBe(<u32>known);
    expect<i32>(sourceRenew(source, true)).toBe(OK);
    processLive(process, false);
    // What is registered here stays.
    expect<i32>(sourceRenew(source, true)).toBe(OK);
    changetype<Family>(shown).flags = flags | FAMILY_IMPORTED;
    expect<i32>(sourceRenew(source, false)).toBe(OK);
    processLive(process, true);
    expect<i32>(sourceRenew(source, true)).toBe(OK);
    processLive(process, false);
    processLive(fresh, false);
    expect<i32>(sourceRenew(source, true)).toBe(OK);
    expect<f64>(totalThere(ONE)).toBe(3);
    processLive(fresh, true);
    changetype<Source>(source).wanted = 0;
    expect<i32>(sourceRenew(source, true)).toBe(WANTED);
    expect<u32>(changetype<Source>(source).wanted).toBe(<u32>known);
    expect<bool>(isNaN(totalThere(ONE))).toBe(true);
  });
});
