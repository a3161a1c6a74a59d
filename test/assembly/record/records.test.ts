// How the records of recorders lie in one another.

import { format } from "../formatted";
import { recording, bound } from "./recorded";
import { Recorder, Ring, RING_BYTES_MIN, Sample, SAMPLES_FROM } from "../../../assembly/record/records";

describe("records", () => {
  it("keep what the owner of a ring writes, what drains change and what the drainer writes in lines of their own", () => {
    expect<usize>(offsetof<Ring>("refused")).toBeLessThan(64);
    expect<usize>(offsetof<Ring>("samples")).toBe(64);
    expect<usize>(offsetof<Ring>("active")).toBe(128);
    expect<usize>(offsetof<Ring>()).toBeLessThanOrEqual(SAMPLES_FROM);
    expect<u32>(SAMPLES_FROM & 63).toBe(0);
  });

  it("let an unbound handle show the recorder: nobody owns that", () => {
    format();
    const recorder = recording();
    const record = changetype<Ring>(recorder);
    expect<u32>(record.recorder).toBe(<u32>recorder);
    expect<bool>(load<u32>(record.slot) != record.slotState).toBe(true);
  });

  it("lie within the bytes of a ring, samples and links", () => {
    format();
    const recorder = recording();
    const ring = bound(recorder);
    const record = changetype<Ring>(ring);
    expect<u32>(changetype<Recorder>(recorder).ringBytes).toBe(RING_BYTES_MIN);
    expect<usize>(ring & 63).toBe(0);
    expect<u32>(record.end - record.samples).toBe(record.capacity * offsetof<Sample>());
    expect<u32>(record.links + record.capacity * 4 - <u32>ring).toBeLessThanOrEqual(RING_BYTES_MIN - 48);
  });
});
