// The shadow: what an exporter last said of each family and each series, by their positions. Rooms double where they are
// too small, and are the exporter's alone.

import { give, take } from "../memory/arena";
import { KIND_PLAIN } from "../layout";
import { Exporter, ShadowFamily, ShadowSeries } from "./records";

/** The first room, in records. */
const FAMILIES_LEAST: u32 = 16;
const SERIES_LEAST: u32 = 8;

/** A room of at least `wanted` records in place of another one, with what was there and zeros behind; 0 without memory. */
function grown(old: usize, oldRoom: u32, room: u32, recordBytes: u32): usize {
  const made = take(room * recordBytes, KIND_PLAIN, true);
  if (made == 0) return 0;
  const bytes = oldRoom * recordBytes;
  if (old != 0) memory.copy(made, old, bytes);
  memory.fill(made + bytes, 0, room * recordBytes - bytes);
  if (old != 0) give(old, bytes, KIND_PLAIN);
  return made;
}

function roomFor(room: u32, least: u32, count: u32): u32 {
  let more = max(room, least);
  while (more < count) more <<= 1;
  return more;
}

/** Sees to it that there is a record for so many families; false without memory. */
export function familiesGrown(exporter: Exporter, count: u32): bool {
  if (count <= exporter.familyRoom) return true;
  const room = roomFor(exporter.familyRoom, FAMILIES_LEAST, count);
  const made = grown(exporter.families, exporter.familyRoom, room, <u32>offsetof<ShadowFamily>());
  if (made == 0) return false;
  exporter.families = made;
  exporter.familyRoom = room;
  return true;
}

/** Sees to it that there is a record for so many series; false without memory. */
export function seriesGrown(shadow: ShadowFamily, count: u32): bool {
  if (count <= shadow.seriesRoom) return true;
  const room = roomFor(shadow.seriesRoom, SERIES_LEAST, count);
  const made = grown(shadow.series, shadow.seriesRoom, room, <u32>offsetof<ShadowSeries>());
  if (made == 0) return false;
  shadow.series = made;
  shadow.seriesRoom = room;
  return true;
}

/** That of the family at a position, for which there is a record. */
export function familyShadow(exporter: Exporter, position: u32): ShadowFamily {
  return changetype<ShadowFamily>(<usize>exporter.families + position * offsetof<ShadowFamily>());
}

/** Where that of the series at a position is, for which there is a record. */
export function seriesShadow(shadow: ShadowFamily, position: u32): usize {
  return <usize>shadow.series + position * offsetof<ShadowSeries>();
}

/** Forgets the series of a family. */
export function seriesForgotten(shadow: ShadowFamily): void {
  if (shadow.series != 0) give(shadow.series, shadow.seriesRoom * <u32>offsetof<ShadowSeries>(), KIND_PLAIN);
  shadow.series = 0;
  shadow.seriesRoom = 0;
}

/** Forgets all. */
export function shadowForgotten(exporter: Exporter): void {
  for (let position: u32 = 0; position < exporter.familyRoom; position++) seriesForgotten(familyShadow(exporter, position));
  if (exporter.families != 0) give(exporter.families, exporter.familyRoom * <u32>offsetof<ShadowFamily>(), KIND_PLAIN);
  exporter.families = 0;
  exporter.familyRoom = 0;
}
