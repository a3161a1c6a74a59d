// Parts that were replaced: used again by the next ones, and by none that somebody may still look at.

import { claim, format, become } from "../formatted";
import { partOfValue, partWith } from "../others";
import { bytesUsed, listening, source } from "./frames";
import { spareKept, sparesBegun, sparesEnded, sparesGiven, sparesRetired, spareTaken } from "../../../assembly/image/spares";
import { Base } from "../../../assembly/layout";
import { epochNext, limboEmpty } from "../../../assembly/store/limbo";
import { begin, end, ownSlot } from "../../../assembly/store/writer";

const BYTES: u32 = <u32>offsetof<Base>();

/** One batch that keeps a part. */
function kept(part: usize): void {
  sparesBegun(source);
  spareKept(part);
  sparesEnded();
}

/** What one batch takes. */
function taken(bytes: u32): usize {
  sparesBegun(source);
  const part = spareTaken(bytes);
  sparesEnded();
  return part;
}

beforeEach(() => {
  format();
  // As it is where something was replaced before: a note of another epoch than this one would be seen.
  for (let i = 0; i < 5; i++) epochNext();
  listening();
});

describe("spareTaken", () => {
  it("gives what was replaced first, once each", () => {
    const one = partOfValue(1);
    const other = partOfValue(2);
    kept(one);
    kept(other);
    expect<usize>(taken(BYTES)).toBe(one);
    expect<usize>(taken(BYTES)).toBe(other);
    const fresh = taken(BYTES);
    expect<bool>(fresh != 0 && fresh != one && fresh != other).toBe(true);
  });

  it("gives nothing that was replaced in the same batch", () => {
    const one = partOfValue(1);
    sparesBegun(source);
    spareKept(one);
    expect<usize>(spareTaken(BYTES)).not.toBe(one);
    sparesEnded();
    sparesBegun(source);
    expect<usize>(spareTaken(BYTES)).toBe(one);
    sparesEnded();
  });

  it("gives nothing that a verb may look at which was under way, and all of it afterwards", () => {
    const own = ownSlot();
    const one = partOfValue(1);
    const reader = claim();
    begin();
    become(own);
    kept(one);
    expect<usize>(taken(BYTES)).not.toBe(one);
    become(reader);
    end();
    // One that began since has not seen it.
    begin();
    become(own);
    expect<usize>(taken(BYTES)).toBe(one);
    become(reader);
    end();
    become(own);
  });

  it("leaves those of another size to others", () => {
    const large = partWith(800);
    const one = partOfValue(1);
    kept(large);
    kept(one);
    const used = bytesUsed();
    expect<usize>(taken(BYTES)).toBe(one);
    expect<u32>(bytesUsed()).toBe(used - 848);
  });
});

describe("spareKept", () => {
  it("leaves to the limbo what there is no room for", () => {
    sparesBegun(source);
    const used = bytesUsed();
    for (let i = 0; i < 200; i++) spareKept(partOfValue(<f64>i));
    sparesEnded();
    limboEmpty();
    expect<u32>(bytesUsed()).toBe(used + 126 * BYTES);
  });
});

describe("sparesRetired", () => {
  it("leaves nothing behind, as often as a source ends", () => {
    let used: u32 = 0;
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 10; j++) kept(partOfValue(<f64>j));
      sparesRetired(source);
      sparesGiven(source);
      limboEmpty();
      if (i == 0) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBe(used);
  });
});
