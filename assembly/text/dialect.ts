// What differs between the text formats: names, metadata, escapes, bounds and the end.

import { COUNTER, Definition, Family, GAUGE, HISTOGRAM } from "../layout";
import { helpPut, textPut } from "./escape";

/** Prometheus text 0.0.4. */
export const TEXT: u32 = 0;
/** OpenMetrics 1.0. */
export const OPENMETRICS: u32 = 1;

const HELP_MARK: usize = memory.data<u64>([0x20504c45482023, 0, 0]); // "# HELP "
const TYPE_MARK: usize = memory.data<u64>([0x20455059542023, 0, 0]); // "# TYPE "
const UNIT_MARK: usize = memory.data<u64>([0x2054494e552023, 0, 0]); // "# UNIT "
const COUNTER_NAME: usize = memory.data<u64>([0x7265746e756f63, 0, 0]); // "counter"
const GAUGE_NAME: usize = memory.data<u64>([0x6567756167, 0, 0]); // "gauge"
const HISTOGRAM_NAME: usize = memory.data<u64>([0x6172676f74736968, 0x6d, 0]); // "histogram"
const EOF_MARK: usize = memory.data<u64>([0x0a464f452023, 0, 0]); // "# EOF\n"
export const TOTAL_SUFFIX: usize = memory.data<u64>([0x6c61746f745f, 0, 0]); // "_total"

export function definitionOf(family: usize): Definition {
  return changetype<Definition>(<usize>changetype<Family>(family).definition);
}

export function unitText(family: usize): usize {
  const definition = definitionOf(family);
  return changetype<usize>(definition) + offsetof<Definition>() + (definition.boundCount << 3);
}

export function helpText(family: usize): usize {
  return unitText(family) + definitionOf(family).unitLength;
}

/** The family's name as this dialect's metadata says it: OpenMetrics without a counter's suffix (rules P4, O8). */
function namePut(at: usize, family: usize, dialect: u32): usize {
  at = textPut(at, family + offsetof<Family>(), changetype<Family>(family).keyLength);
  if (dialect == TEXT && changetype<Family>(family).type == COUNTER) at = textPut(at, TOTAL_SUFFIX, 6);
  return at;
}

function linePut(at: usize, mark: usize, family: usize, dialect: u32): usize {
  at = namePut(textPut(at, mark, 7), family, dialect);
  store<u8>(at, 32);
  return at + 1;
}

function newlinePut(at: usize): usize {
  store<u8>(at, 10);
  return at + 1;
}

function typePut(at: usize, family: usize, dialect: u32): usize {
  at = linePut(at, TYPE_MARK, family, dialect);
  const type = changetype<Family>(family).type;
  if (type == COUNTER) at = textPut(at, COUNTER_NAME, 7);
  else if (type == HISTOGRAM) at = textPut(at, HISTOGRAM_NAME, 9);
  else if (type == GAUGE) at = textPut(at, GAUGE_NAME, 5);
  return newlinePut(at);
}

function helpLinePut(at: usize, family: usize, dialect: u32): usize {
  const length = definitionOf(family).helpLength;
  if (length == 0) return at;
  at = linePut(at, HELP_MARK, family, dialect);
  return newlinePut(helpPut(at, helpText(family), length, dialect == OPENMETRICS));
}

/** The most bytes that the metadata of a family takes. */
export function metadataBytes(family: usize): u32 {
  const definition = definitionOf(family);
  return 3 * (definition.nameLength + 32) + definition.unitLength + 2 * definition.helpLength + 64;
}

/** HELP and TYPE in text; TYPE, UNIT, HELP in OpenMetrics (rule O3). */
export function metadataPut(at: usize, family: usize, dialect: u32): usize {
  if (dialect == TEXT) return typePut(helpLinePut(at, family, dialect), family, dialect);
  at = typePut(at, family, dialect);
  const unit = definitionOf(family).unitLength;
  if (unit != 0) at = newlinePut(textPut(linePut(at, UNIT_MARK, family, dialect), unitText(family), unit));
  return helpLinePut(at, family, dialect);
}

/** What stands behind the last family. */
export function endPut(at: usize, dialect: u32): usize {
  return dialect == OPENMETRICS ? textPut(at, EOF_MARK, 6) : at;
}
