// Each writer is noted once.

import { format } from "../formatted";
import { isFirstOf, writersBegun } from "../../../assembly/image/writers";
import { WRITERS_MAX } from "../../../assembly/layout";

describe("isFirstOf", () => {
  it("is true once for each writer that there may be, until it begins anew", () => {
    format();
    for (let round = 0; round < 2; round++) {
      writersBegun();
      let first: u32 = 0;
      for (let slot: u32 = 0; slot < WRITERS_MAX; slot++) first += u32(isFirstOf(slot));
      expect<u32>(first).toBe(WRITERS_MAX);
      for (let slot: u32 = 0; slot < WRITERS_MAX; slot++) first += u32(isFirstOf(slot));
      expect<u32>(first).toBe(WRITERS_MAX);
    }
  });
});
