// The records of images: what their drawings say.

import "../formatted";
import { Base } from "../../../assembly/layout";
import { Exporter, PartBin, PartShare, PartWindow, ShadowFamily, ShadowSeries } from "../../../assembly/image/records";

describe("records", () => {
  it("keep what stands behind a part at multiples of 8", () => {
    expect<usize>(offsetof<Base>() & 7).toBe(0);
    expect<usize>(offsetof<PartWindow>() & 7).toBe(0);
    expect<usize>(offsetof<PartBin>() & 7).toBe(0);
    expect<usize>(offsetof<PartShare>() & 7).toBe(0);
    expect<usize>(offsetof<PartShare>("value") & 7).toBe(0);
  });

  it("have their marks and times at multiples of 8", () => {
    expect<usize>(offsetof<ShadowSeries>() & 7).toBe(0);
    expect<usize>(offsetof<ShadowSeries>("created") & 7).toBe(0);
    expect<usize>(offsetof<ShadowFamily>() & 7).toBe(0);
    expect<usize>((offsetof<Exporter>("whole") | offsetof<Exporter>("generation")) & 7).toBe(0);
    expect<usize>(offsetof<Exporter>("seconds") & 7).toBe(0);
  });
});
