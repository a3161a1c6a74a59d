// Default labels against the labels of families: no sample may have one name twice.

import { define, family, format, input } from "../formatted";
import { COUNTER, Family, FAMILY_OWN, GAUGE, HISTOGRAM, LIVE, MODE_ALL, MODE_SHARED, PENDING, Registry } from "../../../assembly/layout";
import { familyMeetsDefaults, familyPrints, familySuits, labelsMeet, labelsSwap, labelsWord } from "../../../assembly/store/defaults";
import { familyCreate, familyRemove, registryLabels } from "../../../assembly/store/family";
import { registryFirst } from "../../../assembly/store/registry";
import { inputAddress } from "../../../assembly/store/writer";
import { LABELS, OK } from "../../../assembly/status";

/** True where a family prints a label of this block. */
function meets(block: string, family: i32): bool {
  const length = input(block);
  return labelsMeet(inputAddress(length), length, changetype<Family>(family).definition);
}

function labels(block: string): i32 {
  return registryLabels(registryFirst(), load<u32>(registryFirst()), input(block));
}

describe("labelsMeet", () => {
  it("finds one of the labels, whichever it is of both lists", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue\nzone\nrack");
    expect<bool>(meets('queue="a"', jobs)).toBe(true);
    expect<bool>(meets('zone="a"', jobs)).toBe(true);
    expect<bool>(meets('rack="a"', jobs)).toBe(true);
    expect<bool>(meets('a="1",b="2",rack="3"', jobs)).toBe(true);
    expect<bool>(meets('rack="3",b="2"', jobs)).toBe(true);
  });

  it("is false for names that only begin or end alike, and for none", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue\nzone");
    const bare = family(COUNTER, 0, "bare");
    expect<bool>(meets('queues="a"', jobs)).toBe(false);
    expect<bool>(meets('queu="a",eue="b"', jobs)).toBe(false);
    expect<bool>(meets('zon="a",e="b"', jobs)).toBe(false);
    expect<bool>(meets("", jobs)).toBe(false);
    expect<bool>(meets('queue="a"', bare)).toBe(false);
  });

  it("is not led astray by what stands in a value", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    expect<bool>(meets('a="queue=\\"x\\"",b="queue"', jobs)).toBe(false);
    expect<bool>(meets('a="\\\\",b=",queue="', jobs)).toBe(false);
    expect<bool>(meets('a="\\\\\\"",queue="x"', jobs)).toBe(true);
  });

  it("knows the labels that types and modes print themselves", () => {
    format();
    const level = family(GAUGE, MODE_SHARED, "level", "kind");
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    const parts = family(GAUGE, MODE_ALL, "parts");
    expect<bool>(meets('le="1"', level)).toBe(false);
    expect<bool>(meets('writer="1"', level)).toBe(false);
    expect<bool>(meets('le="1"', size)).toBe(true);
    expect<bool>(meets('writer="1"', parts)).toBe(true);
    expect<bool>(meets('kind="1"', level)).toBe(true);
  });
});

describe("registryLabels", () => {
  it("is refused by families that are there, not by those that were removed", () => {
    format();
    const parts = family(GAUGE, MODE_ALL, "parts");
    expect<i32>(labels('writer="1"')).toBe(LABELS);
    familyRemove(parts, load<u32>(parts));
    expect<i32>(labels('writer="1"')).toBe(OK);
  });

  it("takes a PENDING family back, which its maker makes anew and meets the labels", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    // As if its maker were about to confirm it, or had died there.
    const state = load<u32>(jobs);
    store<u32>(jobs, (state & ~3) | PENDING);
    expect<i32>(labels('queue="a"')).toBe(OK);
    expect<bool>(load<u32>(jobs) == ((state & ~3) | PENDING)).toBe(false);
    expect<i32>(family(COUNTER, 0, "jobs", "queue")).toBe(LABELS);
    expect<i32>(labels("")).toBe(OK);
    expect<i32>(family(COUNTER, 0, "jobs", "queue")).toBeGreaterThan(0);
  });
});

describe("familyPrints", () => {
  it("is true for a family's own label and for those of its type, by their whole name", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue\nzone");
    const definition: usize = changetype<Family>(jobs).definition;
    let at = inputAddress(input("zone"));
    expect<bool>(familyPrints(definition, at, 4)).toBe(true);
    expect<bool>(familyPrints(definition, at, 3)).toBe(false);
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    at = inputAddress(input("le"));
    expect<bool>(familyPrints(changetype<Family>(size).definition, at, 2)).toBe(true);
    expect<bool>(familyPrints(definition, at, 2)).toBe(false);
  });
});

describe("the library's own families", () => {
  it("suit any default labels, whichever comes first", () => {
    format();
    const registry = registryFirst();
    define(COUNTER, 0, "own", "queue");
    const own = familyCreate(registry, load<u32>(registry), FAMILY_OWN);
    expect<u32>(load<u32>(own) & 3).toBe(LIVE);
    expect<i32>(labels('queue="a"')).toBe(OK);
    expect<u32>(load<u32>(own) & 3).toBe(LIVE);
    define(COUNTER, 0, "later", "queue");
    expect<i32>(familyCreate(registry, load<u32>(registry), FAMILY_OWN)).toBeGreaterThan(0);
    expect<i32>(family(COUNTER, 0, "jobs", "queue")).toBe(LABELS);
  });
});

describe("familySuits", () => {
  it("lets no labels in that were looked at before the family was there", () => {
    format();
    const registry = registryFirst();
    define(COUNTER, 0, "jobs", "queue");
    const before = labelsWord(registry);
    const jobs = familyCreate(registry, load<u32>(registry), 0);
    expect<u32>(load<u32>(jobs) & 3).toBe(LIVE);
    expect<bool>(labelsSwap(registry, before, 0)).toBe(false);
    expect<u32>(changetype<Registry>(registry).labels).toBe(0);
  });

  it("is false where the labels are there, and the family is taken back", () => {
    format();
    const registry = registryFirst();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const definition: usize = changetype<Family>(jobs).definition;
    expect<bool>(familySuits(registry, definition)).toBe(true);
    const state = load<u32>(jobs);
    familyRemove(jobs, state);
    expect<i32>(labels('queue="a"')).toBe(OK);
    expect<bool>(familySuits(registry, definition)).toBe(false);
  });
});

describe("familyMeetsDefaults", () => {
  it("is true where a definition has a label that the registry prints for all", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const plain = family(COUNTER, 0, "plain");
    const definition: usize = changetype<Family>(jobs).definition;
    const bare: usize = changetype<Family>(plain).definition;
    const registry = registryFirst();
    expect<bool>(familyMeetsDefaults(labelsWord(registry), definition)).toBe(false);
    labels('zone="a"');
    expect<bool>(familyMeetsDefaults(labelsWord(registry), definition)).toBe(false);
    familyRemove(jobs, load<u32>(jobs));
    labels('zone="a",queue="b"');
    expect<bool>(familyMeetsDefaults(labelsWord(registry), definition)).toBe(true);
    expect<bool>(familyMeetsDefaults(labelsWord(registry), bare)).toBe(false);
  });
});
