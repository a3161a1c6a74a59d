// Default labels against the labels of families: no sample may have one name twice.

import { family, format, input } from "../formatted";
import { COUNTER, Family, GAUGE, HISTOGRAM, MODE_ALL, MODE_SHARED } from "../../../assembly/layout";
import { familyMeetsDefaults, familyOfDefaults } from "../../../assembly/store/defaults";
import { familyRemove, registryLabels } from "../../../assembly/store/family";
import { registryFirst } from "../../../assembly/store/registry";
import { inputAddress } from "../../../assembly/store/writer";

/** The family that prints a label of this block, or 0. */
function meeting(block: string): usize {
  const length = input(block);
  return familyOfDefaults(registryFirst(), inputAddress(length), length);
}

describe("familyOfDefaults", () => {
  it("finds the family that has one of the labels, whichever it is of both lists", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue,zone,rack");
    expect<usize>(meeting('queue="a"')).toBe(jobs);
    expect<usize>(meeting('zone="a"')).toBe(jobs);
    expect<usize>(meeting('rack="a"')).toBe(jobs);
    expect<usize>(meeting('a="1",b="2",rack="3"')).toBe(jobs);
    expect<usize>(meeting('rack="3",b="2"')).toBe(jobs);
  });

  it("is 0 for names that only begin or end alike, and for none", () => {
    format();
    family(COUNTER, 0, "jobs", "queue,zone");
    family(COUNTER, 0, "bare");
    expect<usize>(meeting('queues="a"')).toBe(0);
    expect<usize>(meeting('queu="a",eue="b"')).toBe(0);
    expect<usize>(meeting('zon="a",e="b"')).toBe(0);
    expect<usize>(meeting("")).toBe(0);
  });

  it("is not led astray by what stands in a value", () => {
    format();
    family(COUNTER, 0, "jobs", "queue");
    expect<usize>(meeting('a="queue=\\"x\\"",b="queue"')).toBe(0);
    expect<usize>(meeting('a="\\\\",b=",queue="')).toBe(0);
    expect<bool>(meeting('a="\\\\\\"",queue="x"') != 0).toBe(true);
  });

  it("knows the labels that types and modes print themselves", () => {
    format();
    const level = family(GAUGE, MODE_SHARED, "level", "kind");
    expect<usize>(meeting('le="1"')).toBe(0);
    expect<usize>(meeting('writer="1"')).toBe(0);
    const size = family(HISTOGRAM, 0, "size", "", [1]);
    expect<usize>(meeting('le="1"')).toBe(size);
    const parts = family(GAUGE, MODE_ALL, "parts");
    expect<usize>(meeting('writer="1"')).toBe(parts);
    familyRemove(parts, load<u32>(parts));
    expect<usize>(meeting('writer="1"')).toBe(0);
    expect<usize>(meeting('kind="1"')).toBe(level);
  });
});

describe("familyMeetsDefaults", () => {
  it("is true where a definition has a label that the registry prints for all", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const plain = family(COUNTER, 0, "plain");
    const definition: usize = changetype<Family>(jobs).definition;
    const bare: usize = changetype<Family>(plain).definition;
    expect<bool>(familyMeetsDefaults(registryFirst(), definition)).toBe(false);
    const other = registryFirst();
    registryLabels(other, load<u32>(other), input('zone="a"'));
    expect<bool>(familyMeetsDefaults(other, definition)).toBe(false);
    familyRemove(jobs, load<u32>(jobs));
    registryLabels(other, load<u32>(other), input('zone="a",queue="b"'));
    expect<bool>(familyMeetsDefaults(other, definition)).toBe(true);
    expect<bool>(familyMeetsDefaults(other, bare)).toBe(false);
  });
});
