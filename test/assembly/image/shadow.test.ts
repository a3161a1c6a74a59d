// The shadow of an exporter: rooms that grow and keep what is in them.

import { failFrom, format } from "../formatted";
import { Exporter, ShadowFamily, ShadowSeries } from "../../../assembly/image/records";
import { familiesGrown, familyShadow, seriesForgotten, seriesGrown, seriesShadow, shadowForgotten } from "../../../assembly/image/shadow";
import { bytesFree, bytesReserved } from "../../../assembly/memory/arena";

const record: usize = heap.alloc(offsetof<Exporter>());

function exporter(): Exporter {
  return changetype<Exporter>(record);
}

function seriesAt(shadow: ShadowFamily, position: u32): ShadowSeries {
  return changetype<ShadowSeries>(seriesShadow(shadow, position));
}

describe("seriesGrown", () => {
  it("keeps what there is, has zeros behind, and gives all back", () => {
    format();
    memory.fill(record, 0, offsetof<Exporter>());
    const before = bytesReserved() - bytesFree();
    for (let count: u32 = 1; count <= 200; count++) {
      expect<bool>(familiesGrown(exporter(), count)).toBe(true);
      const shadow = familyShadow(exporter(), count - 1);
      expect<u32>(shadow.state).toBe(0);
      shadow.state = count;
      for (let series: u32 = 1; series <= count; series += 7) {
        expect<bool>(seriesGrown(shadow, series)).toBe(true);
        expect<u32>(seriesAt(shadow, series - 1).state).toBe(0);
        seriesAt(shadow, series - 1).state = series;
      }
    }
    for (let count: u32 = 1; count <= 200; count++) {
      const shadow = familyShadow(exporter(), count - 1);
      expect<u32>(shadow.state).toBe(count);
      for (let series: u32 = 1; series <= count; series += 7) expect<u32>(seriesAt(shadow, series - 1).state).toBe(series);
    }
    seriesForgotten(familyShadow(exporter(), 7));
    expect<u32>(familyShadow(exporter(), 7).seriesRoom).toBe(0);
    shadowForgotten(exporter());
    shadowForgotten(exporter());
    expect<u32>(exporter().familyRoom).toBe(0);
    expect<u32>(bytesReserved() - bytesFree()).toBe(before);
  });

  it("is false without memory, and nothing is lost", () => {
    format();
    memory.fill(record, 0, offsetof<Exporter>());
    familiesGrown(exporter(), 1);
    const shadow = familyShadow(exporter(), 0);
    seriesGrown(shadow, 3);
    seriesAt(shadow, 2).state = 9;
    failFrom(1);
    expect<bool>(seriesGrown(shadow, 4000)).toBe(false);
    expect<bool>(familiesGrown(exporter(), 4000)).toBe(false);
    failFrom(0);
    expect<u32>(seriesAt(familyShadow(exporter(), 0), 2).state).toBe(9);
  });
});
