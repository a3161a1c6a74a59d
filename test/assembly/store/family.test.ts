// Families: one definition a name, no two sample names that meet, and nothing lost where memory ends.

import { bind, define, failFrom, family, format, input, textAt, tokenOf } from "../formatted";
import { BOUNDS_MAX, COUNTER, Definition, GAUGE, HISTOGRAM, MODE_SHARED, MODE_SUM, Registry } from "../../../assembly/layout";
import { bytesReserved } from "../../../assembly/memory/arena";
import { counterAdd } from "../../../assembly/metric/counter";
import {
  conflictAddress,
  definitionName,
  familyCreate,
  familyDefinition,
  familyEmpty,
  familyFind,
  familyRemove,
  familyState,
  registryEmpty,
  registryLabels,
} from "../../../assembly/store/family";
import { registryFirst } from "../../../assembly/store/registry";
import { seriesRead, seriesValue } from "../../../assembly/store/report";
import { slotForget } from "../../../assembly/store/writer";
import { ABSENT, CONFLICT, EXHAUSTED, GONE, LABELS, LIMIT, NO_WRITER, OK, STALE } from "../../../assembly/status";

function named(name: string): i32 {
  const length = input(name);
  return familyFind(registryFirst(), load<u32>(registryFirst()), length);
}

function nameOf(address: usize): string {
  const definition = familyDefinition(address);
  return textAt(definitionName(definition), changetype<Definition>(definition).nameLength);
}

describe("familyCreate", () => {
  it("returns the same family for the same definition", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    expect<i32>(jobs).toBeGreaterThan(0);
    expect<u32>(familyState()).toBe(load<u32>(jobs));
    expect<i32>(family(COUNTER, 0, "jobs", "queue")).toBe(jobs);
    expect<u32>(familyState()).toBe(load<u32>(jobs));
    expect<string>(nameOf(jobs)).toBe("jobs");
  });

  it("says CONFLICT and tells of the other for another type, mode, label, bound, help or unit", () => {
    format();
    const jobs = family(HISTOGRAM, 0, "jobs", "queue", [1, 2]);
    expect<i32>(family(COUNTER, 0, "jobs", "queue")).toBe(CONFLICT);
    expect<i32>(family(HISTOGRAM, 0, "jobs", "queues", [1, 2])).toBe(CONFLICT);
    expect<i32>(family(HISTOGRAM, 0, "jobs", "queue", [1, 2.5])).toBe(CONFLICT);
    expect<i32>(family(HISTOGRAM, 0, "jobs", "queue", [1, 2, 3])).toBe(CONFLICT);
    define(HISTOGRAM, 0, "jobs", "queue", [1, 2], "help");
    expect<i32>(familyCreate(registryFirst(), load<u32>(registryFirst()), 0)).toBe(CONFLICT);
    define(HISTOGRAM, 0, "jobs", "queue", [1, 2], "", "s");
    expect<i32>(familyCreate(registryFirst(), load<u32>(registryFirst()), 0)).toBe(CONFLICT);
    expect<usize>(conflictAddress()).toBe(jobs);
    const level = family(GAUGE, MODE_SHARED, "level");
    expect<i32>(family(GAUGE, MODE_SUM, "level")).toBe(CONFLICT);
    expect<usize>(conflictAddress()).toBe(level);
  });

  it("says LIMIT for a name past 1,024 bytes and for more bounds than BOUNDS_MAX", () => {
    format();
    expect<i32>(family(COUNTER, 0, "a".repeat(1024))).toBeGreaterThan(0);
    expect<i32>(family(COUNTER, 0, "a".repeat(1025))).toBe(LIMIT);
    const bounds: f64[] = [];
    for (let i: u32 = 0; i < BOUNDS_MAX; i++) bounds.push(<f64>i);
    expect<i32>(family(HISTOGRAM, 0, "many", "", bounds)).toBeGreaterThan(0);
    bounds.push(1e9);
    expect<i32>(family(HISTOGRAM, 0, "more", "", bounds)).toBe(LIMIT);
  });

  it("says EXHAUSTED at any allocation that fails, and succeeds afterwards", () => {
    format();
    family(COUNTER, 0, "first");
    let refused = 0;
    for (let allocation: u32 = 1; ; allocation++) {
      define(HISTOGRAM, 0, "size", "route", [1, 2, 3]);
      failFrom(allocation);
      const status = familyCreate(registryFirst(), load<u32>(registryFirst()), 0);
      failFrom(0);
      if (status > 0) break;
      expect<i32>(status).toBe(EXHAUSTED);
      expect<i32>(named("size")).toBe(ABSENT);
      refused++;
    }
    expect<i32>(refused).toBeGreaterThan(2);
    expect<i32>(named("size")).toBeGreaterThan(0);
  });

  it("needs a writer and a registry that is there", () => {
    format();
    define(COUNTER, 0, "jobs");
    expect<i32>(familyCreate(registryFirst(), load<u32>(registryFirst()) + 4, 0)).toBe(GONE);
    slotForget();
    expect<i32>(familyCreate(registryFirst(), load<u32>(registryFirst()), 0)).toBe(NO_WRITER);
  });
});

describe("familyFind", () => {
  it("finds by name what is live", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    expect<i32>(named("jobs")).toBe(jobs);
    expect<i32>(named("job")).toBe(ABSENT);
    expect<i32>(named("jobs_total")).toBe(ABSENT);
    familyRemove(jobs, load<u32>(jobs));
    expect<i32>(named("jobs")).toBe(ABSENT);
  });
});

describe("familyRemove", () => {
  it("takes all series along, sends handles the cold way, and leaves the name free for another definition", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const state = load<u32>(jobs);
    const cell = bind(jobs, 'queue="a"');
    const token = tokenOf(cell);
    expect<i32>(familyRemove(jobs, state)).toBe(OK);
    expect<i32>(counterAdd(cell, token, 1)).toBe(STALE);
    expect<i32>(familyRemove(jobs, state)).toBe(GONE);
    expect<i32>(family(GAUGE, MODE_SHARED, "jobs")).toBeGreaterThan(0);
  });

  it("leaves memory flat over many made and removed", () => {
    format();
    let reserved: u32 = 0;
    for (let i = 0; i < 300; i++) {
      if (i == 20) reserved = bytesReserved();
      const size = family(HISTOGRAM, 0, "size", "route", [1, 2]);
      for (let series = 0; series < 30; series++) bind(size, 'route="' + series.toString() + '"');
      familyRemove(size, load<u32>(size));
    }
    expect<u32>(bytesReserved()).toBe(reserved);
  });
});

describe("familyEmpty", () => {
  it("removes all series, or sets them back to nothing", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const cell = bind(jobs, 'queue="a"');
    counterAdd(cell, tokenOf(cell), 5);
    expect<i32>(familyEmpty(jobs, load<u32>(jobs), true)).toBe(OK);
    expect<i32>(seriesRead(jobs, load<u32>(jobs), input('queue="a"'))).toBe(0);
    expect<f64>(seriesValue()).toBe(0);
    expect<i32>(familyEmpty(jobs, load<u32>(jobs), false)).toBe(OK);
    expect<i32>(seriesRead(jobs, load<u32>(jobs), input('queue="a"'))).toBe(ABSENT);
    expect<i32>(familyEmpty(jobs, load<u32>(jobs) + 4, false)).toBe(GONE);
  });
});

describe("registryEmpty", () => {
  it("removes all families, or sets all their series back", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs");
    const cell = bind(jobs, "");
    counterAdd(cell, tokenOf(cell), 5);
    family(GAUGE, MODE_SHARED, "level");
    const registry = registryFirst();
    expect<i32>(registryEmpty(registry, load<u32>(registry), true)).toBe(OK);
    expect<i32>(named("jobs")).toBe(jobs);
    seriesRead(jobs, load<u32>(jobs), 0);
    expect<f64>(seriesValue()).toBe(0);
    expect<i32>(registryEmpty(registry, load<u32>(registry), false)).toBe(OK);
    expect<i32>(named("jobs")).toBe(ABSENT);
    expect<i32>(named("level")).toBe(ABSENT);
    expect<i32>(registryEmpty(registry, load<u32>(registry) + 4, false)).toBe(GONE);
  });
});

describe("registryLabels", () => {
  it("keeps a rendered block, replaces it, and takes it away", () => {
    format();
    const registry = registryFirst();
    const state = load<u32>(registry);
    expect<i32>(registryLabels(registry, state, input('zone="a"'))).toBe(OK);
    const block: usize = changetype<Registry>(registry).labels;
    expect<string>(textAt(block + 4, load<u32>(block))).toBe('zone="a"');
    expect<i32>(registryLabels(registry, state, input('zone="b",rack="7"'))).toBe(OK);
    const next: usize = changetype<Registry>(registry).labels;
    expect<string>(textAt(next + 4, load<u32>(next))).toBe('zone="b",rack="7"');
    expect<i32>(registryLabels(registry, state, 0)).toBe(OK);
    expect<u32>(changetype<Registry>(registry).labels).toBe(0);
    expect<i32>(registryLabels(registry, state + 4, 0)).toBe(GONE);
  });

  it("says LABELS and tells of the family that prints one of these labels itself, in either order", () => {
    format();
    const registry = registryFirst();
    const state = load<u32>(registry);
    const jobs = family(COUNTER, 0, "jobs", "zone");
    expect<i32>(registryLabels(registry, state, input('rack="1",zone="a"'))).toBe(LABELS);
    expect<usize>(conflictAddress()).toBe(jobs);
    expect<u32>(changetype<Registry>(registry).labels).toBe(0);
    expect<i32>(registryLabels(registry, state, input('rack="1"'))).toBe(OK);
    expect<i32>(family(COUNTER, 0, "tasks", "rack")).toBe(LABELS);
    expect<i32>(named("tasks")).toBe(ABSENT);
    expect<i32>(family(COUNTER, 0, "tasks", "racks")).toBeGreaterThan(0);
  });

  it("is EXHAUSTED without memory and leaves the labels as they were", () => {
    format();
    const registry = registryFirst();
    const state = load<u32>(registry);
    registryLabels(registry, state, input('rack="1"'));
    const block = changetype<Registry>(registry).labels;
    const length = input('rack="2"');
    failFrom(1);
    expect<i32>(registryLabels(registry, state, length)).toBe(EXHAUSTED);
    failFrom(0);
    expect<u32>(changetype<Registry>(registry).labels).toBe(block);
  });
});
