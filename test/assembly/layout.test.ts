// What the proofs in layout.ts do not say: how records lie in one another, and in the memory.

import "./formatted";
import {
  CELL_CLASSES,
  CellClass,
  Family,
  FREE_HEADS,
  GaugeCell,
  Header,
  HEADER,
  HistogramCell,
  Keyed,
  KINDS,
  MAGIC,
  Registry,
  SCRATCH_BYTES,
  SCRATCH_TOTALS,
  Series,
  SIZE_CLASSES,
  SUMMARY_CHUNKS,
  SummaryCell,
  SummaryWindow,
  Table,
  TABLE_BYTES,
  TABLE_SEGMENTS,
  Writer,
  WRITER_BYTES,
  WRITERS_MAX,
  BOUNDS_MAX,
  SHARED_WRITER,
} from "../../assembly/layout";

describe("the layout", () => {
  it("begins with the magic and the version at the same address in every version", () => {
    expect<usize>(HEADER).toBe(64);
    expect<usize>(offsetof<Header>("magic")).toBe(0);
    expect<usize>(offsetof<Header>("layoutVersion")).toBe(8);
    let text = "";
    for (let i = 0; i < 8; i++) text += String.fromCharCode(<i32>((MAGIC >> ((<u64>i) << 3)) & 0xff));
    expect<string>(text).toBe("tallystk");
  });

  it("puts header and free heads below the static data at 4096", () => {
    expect<usize>(FREE_HEADS).toBe(HEADER + offsetof<Header>());
    expect<usize>(FREE_HEADS & 7).toBe(0);
    expect<usize>(FREE_HEADS + KINDS * SIZE_CLASSES * 8).toBeLessThanOrEqual(4096);
    expect<usize>(__data_end).toBeLessThanOrEqual(__heap_base);
  });

  it("begins every record that a trie finds alike", () => {
    expect<usize>(offsetof<Registry>("root")).toBe(offsetof<Keyed>());
    expect<usize>(offsetof<Family>("root")).toBe(offsetof<Keyed>());
    expect<usize>(offsetof<Series>("head")).toBe(offsetof<Keyed>());
  });

  it("aligns what is exchanged as one word of 64 bits", () => {
    expect<usize>(offsetof<Registry>("root") & 7).toBe(0);
    expect<usize>(offsetof<Family>("root") & 7).toBe(0);
    expect<usize>(offsetof<Series>("head") & 7).toBe(0);
    expect<usize>(offsetof<Series>("base")).toBe(offsetof<Series>("head") + 4);
    expect<usize>(offsetof<Table>("free") & 7).toBe(0);
    expect<usize>((HEADER + offsetof<Header>("limbo")) & 7).toBe(0);
    expect<usize>((HEADER + offsetof<Header>("ended")) & 7).toBe(0);
    expect<usize>(offsetof<Registry>("labels") & 7).toBe(0);
    expect<usize>(offsetof<Registry>("version")).toBe(offsetof<Registry>("labels") + 4);
    expect<usize>((HEADER + offsetof<Header>("order")) & 7).toBe(0);
    expect<usize>(offsetof<GaugeCell>("value") & 7).toBe(0);
    expect<usize>(offsetof<GaugeCell>("order") & 7).toBe(0);
    expect<usize>(offsetof<HistogramCell>("pending") & 7).toBe(0);
    expect<usize>(offsetof<HistogramCell>() & 7).toBe(0);
    expect<usize>(offsetof<SummaryCell>("check") & 7).toBe(0);
    expect<usize>(offsetof<SummaryCell>() & 7).toBe(0);
    expect<usize>(offsetof<SummaryWindow>("stamp") & 3).toBe(0);
  });

  it("has room for what follows a record", () => {
    expect<u32>(WRITER_BYTES).toBe(<u32>(offsetof<Writer>() + CELL_CLASSES * offsetof<CellClass>()));
    expect<u32>(TABLE_BYTES).toBe(<u32>offsetof<Table>() + TABLE_SEGMENTS * 4);
    // The copy of the largest record in whole vectors, then its totals.
    const record = <u32>(offsetof<HistogramCell>() - offsetof<HistogramCell>("pending")) + (BOUNDS_MAX + 1) * 4;
    expect<u32>(SCRATCH_TOTALS).toBeGreaterThanOrEqual((record + 15) & ~15);
    expect<u32>(SCRATCH_TOTALS & 7).toBe(0);
    expect<u32>(SCRATCH_BYTES - SCRATCH_TOTALS).toBe((BOUNDS_MAX + 1) * 8);
    expect<u32>(WRITERS_MAX).toBeLessThan(SHARED_WRITER);
    // The chunks of one sign are the bits of one word.
    expect<u32>(SUMMARY_CHUNKS).toBe(64);
  });
});
