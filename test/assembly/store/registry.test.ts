// A memory's first words, and many registries in one memory.

import { bind, family, format, MAX_BYTES, tokenOf } from "../formatted";
import { COUNTER, Header, HEADER, LAYOUT_VERSION } from "../../../assembly/layout";
import { bytesReserved } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import { familyCreate, registryEmpty } from "../../../assembly/store/family";
import {
  memoryBytes,
  memoryCheck,
  memoryFormat,
  memoryIdentity,
  memoryKey,
  registryCreate,
  registryFirst,
  registryInstance,
  registryNames,
  registryRemove,
  registryRename,
  walkBegin,
} from "../../../assembly/store/registry";
import { slotForget } from "../../../assembly/store/writer";
import { FOREIGN, GONE, NO_WRITER, OK } from "../../../assembly/status";

describe("registryRename", () => {
  it("takes the next name once, whoever is first, and a new registry begins with its own", () => {
    format();
    const registry = <usize>registryCreate();
    expect<u32>(registryNames(registry)).toBe(0);
    expect<u32>(registryRename(registry, 0)).toBe(1);
    expect<u32>(registryRename(registry, 0)).toBe(1, "another thread was first");
    expect<u32>(registryNames(registry)).toBe(1);
    expect<u32>(registryRename(registry, 1)).toBe(2);
    registryRemove(registry, load<u32>(registry));
    let again: usize = 0;
    for (let i = 0; i < 100 && again != registry; i++) again = <usize>registryCreate();
    expect<usize>(again).toBe(registry, "its memory is used again");
    expect<u32>(registryNames(again)).toBe(0);
  });
});

describe("registryInstance", () => {
  it("keeps what was said first, and another registry in the same place has none yet", () => {
    format();
    const registry = <usize>registryCreate();
    const state = load<u32>(registry);
    expect<u64>(registryInstance(registry, state, 5)).toBe(5);
    expect<u64>(registryInstance(registry, state, 7)).toBe(5);
    const other = <usize>registryCreate();
    expect<u64>(registryInstance(other, load<u32>(other), 7)).toBe(7);
    expect<i32>(registryRemove(registry, state)).toBe(OK);
    expect<u64>(registryInstance(registry, state, 9)).toBe(0, "it is gone");
    let again: usize = 0;
    for (let i = 0; i < 100 && again != registry; i++) again = <usize>registryCreate();
    expect<usize>(again).toBe(registry, "its memory is used again");
    expect<u64>(registryInstance(again, load<u32>(again), 11)).toBe(11);
  });
});

describe("memoryFormat", () => {
  it("makes a memory ours, once: a second time it only looks", () => {
    format();
    expect<i32>(memoryCheck()).toBe(OK);
    const reserved = bytesReserved();
    expect<i32>(memoryFormat(MAX_BYTES * 2, 9, 9)).toBe(OK);
    expect<u32>(bytesReserved()).toBe(reserved);
    expect<u32>(changetype<Header>(HEADER).softLimit).toBe(MAX_BYTES);
    expect<u64>(changetype<Header>(HEADER).key0).toBe(1);
  });

  it("sets the limits that memoryBytes says", () => {
    expect<u32>(memoryBytes(1 << 20)).toBe(9 << 20);
    expect<u32>(memoryBytes(1 << 30)).toBe((1 << 30) + (1 << 26));
    expect<u32>(memoryBytes(0x7f000000)).toBe(0x7fff0000);
  });
});

describe("memoryCheck", () => {
  it("says FOREIGN for another version, for no memory of ours, and for one that is not ready", () => {
    format();
    const header = changetype<Header>(HEADER);
    header.layoutVersion = LAYOUT_VERSION + 1;
    expect<i32>(memoryCheck()).toBe(FOREIGN);
    expect<i32>(memoryFormat(MAX_BYTES, 1, 2)).toBe(FOREIGN);
    header.layoutVersion = LAYOUT_VERSION;
    header.magic++;
    expect<i32>(memoryCheck()).toBe(FOREIGN);
    header.magic--;
    header.state = 0;
    expect<i32>(memoryCheck()).toBe(FOREIGN);
    header.state = 1;
    expect<i32>(memoryCheck()).toBe(OK);
  });
});

describe("registryCreate", () => {
  it("makes registries that share a memory and nothing else", () => {
    format();
    const other = registryCreate();
    expect<i32>(other).toBeGreaterThan(0);
    const jobs = family(COUNTER, 0, "jobs");
    expect<bool>(other == <i32>registryFirst()).toBe(false);
    // The same definition, still in the input, in the other registry.
    const theirs = familyCreate(other, load<u32>(other), 0);
    expect<i32>(theirs).toBeGreaterThan(0);
    expect<bool>(theirs == jobs).toBe(false);
  });

  it("needs a writer", () => {
    format();
    slotForget();
    expect<i32>(registryCreate()).toBe(NO_WRITER);
  });

  it("leaves memory flat over 1,000 made and removed", () => {
    format();
    let reserved: u32 = 0;
    for (let i = 0; i < 1000; i++) {
      if (i == 20) reserved = bytesReserved();
      const made = registryCreate();
      family(COUNTER, 0, "jobs");
      const jobs = familyCreate(made, load<u32>(made), 0);
      bind(jobs, "");
      registryEmpty(made, load<u32>(made), false);
      registryRemove(made, load<u32>(made));
    }
    expect<u32>(bytesReserved()).toBe(reserved);
  });
});

describe("registryRemove", () => {
  it("leaves a registry GONE for whoever holds its address, though the record lives again", () => {
    format();
    const made = registryCreate();
    const state = load<u32>(made);
    expect<i32>(registryRemove(made, state)).toBe(OK);
    expect<i32>(registryRemove(made, state)).toBe(GONE);
    expect<i32>(familyCreate(made, state, 0)).toBe(GONE);
    const again = registryCreate();
    const third = registryCreate();
    expect<bool>(again == made || third == made).toBe(true);
    expect<i32>(registryRemove(made, state)).toBe(GONE);
  });
});

describe("memoryKey", () => {
  it("changes where label blocks go, not what they hold", () => {
    format();
    memoryKey(3, 4);
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const cell = bind(jobs, 'queue="a"');
    counterAdd(cell, tokenOf(cell), 2);
    expect<i32>(bind(jobs, 'queue="a"')).toBe(cell);
  });
});

describe("memoryIdentity", () => {
  it("is another one for another key", () => {
    format();
    expect<u64>(memoryIdentity()).toBe(1);
    memoryKey(3, 4);
    expect<u64>(memoryIdentity()).toBe(3);
  });
});

describe("walkBegin", () => {
  it("numbers walks one after the other", () => {
    format();
    const first = walkBegin();
    expect<u32>(walkBegin()).toBe(first + 1);
  });
});
