// One series written alone, in any dialect, on a sheet outside of the arena: with marks behind the bytes that it was
// said to take at the most.

import "../formatted";
import { Series } from "../../../assembly/layout";
import { ownWriter } from "../../../assembly/store/writer";
import { dialectOf, OPENMETRICS2, PROTOBUF } from "../../../assembly/text/dialect";
import { linesBegun, linesBytes, linesPut } from "../../../assembly/text/lines";
import { compositesBegun, compositesBytes, compositesPut } from "../../../assembly/text/openmetrics2";
import { pageAlign, pageLimit, pageMade, pageText } from "../../../assembly/text/page";
import { messagesBegun, messagesBytes, messagesPut } from "../../../assembly/text/protobuf";

const SHEET_BYTES: u32 = 64 << 20;
const sheet: usize = heap.alloc(SHEET_BYTES);
/** Vectors may be stored so far behind what they are of: see page.ts. */
const SLACK: u32 = 64;
const MARKS: u32 = 4096;
const MARK: u8 = 0xee;

/** Where the last series ends. */
let end: usize = 0;
let bytes: u32 = 0;

/** What the last series was said to take at the most. */
export function promised(): u32 {
  return bytes;
}

/** What it took. */
export function taken(): u32 {
  return <u32>(end - pageText());
}

export function writtenAt(): usize {
  return pageText();
}

/** Makes the sheet this writer's page, with room for so many bytes of text and no more. */
export function pageOf(most: u32): void {
  const writer = ownWriter();
  writer.output = <u32>sheet;
  writer.outputBytes = SHEET_BYTES;
  pageAlign(0);
  pageMade(1);
  writer.outputBytes = <u32>(pageText() - sheet) + most + SLACK + 8;
  pageAlign(7);
  pageMade(most);
}

function begun(family: usize, format: u32): void {
  const dialect = dialectOf(format);
  if (dialect == PROTOBUF) messagesBegun(family, format);
  else if (dialect == OPENMETRICS2) compositesBegun(family, format);
  else linesBegun(family, format);
}

/** Writes a series; where it ends. */
export function write(series: usize, format: u32): usize {
  const family: usize = changetype<Series>(series).family;
  const dialect = dialectOf(format);
  pageOf(0);
  begun(family, format);
  if (dialect == PROTOBUF) bytes = messagesBytes(series, family);
  else bytes = dialect == OPENMETRICS2 ? compositesBytes(series, family) : linesBytes(series, family);
  if (bytes > SHEET_BYTES - (4 << 20)) abort("The sheet is too small");
  pageOf(bytes);
  const at = pageText();
  memory.fill(at, MARK, bytes + SLACK + MARKS);
  if (dialect == PROTOBUF) end = messagesPut(at, series, family, pageLimit());
  else end = dialect == OPENMETRICS2 ? compositesPut(at, series, family) : linesPut(at, series, family);
  return end;
}

/** The text of a series. */
export function textOf(series: usize, format: u32): string {
  const to = write(series, format);
  return String.UTF8.decodeUnsafe(pageText(), to - pageText());
}

/** 0 where a series stays within what it was said to take; else 1 past it, 2 where a mark is gone, 3 nothing at all. */
export function excess(series: usize, format: u32): i32 {
  const to = write(series, format);
  if (to == pageText()) return 3;
  if (to > pageText() + bytes) return 1;
  const behind = pageText() + bytes + SLACK;
  for (let i: u32 = 0; i < MARKS; i++) if (load<u8>(behind + i) != MARK) return 2;
  return 0;
}
