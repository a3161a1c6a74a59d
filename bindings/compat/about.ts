// What an observation was about: an exemplar's labels, checked as prom-client checks them, and before anything is counted.

import { labelBlock } from "../labels.ts";
import { blockName } from "../names.ts";
import { exemplarTooLong } from "./worded.ts";

/** Of names and values together; OpenMetrics 1.0. */
const LENGTH_MOST = 128;

/** The block of an exemplar's labels; undefined for none. Throws a RangeError for too many. */
export function exemplarOf(labels: object | undefined): string | undefined {
  const entries = Object.entries(labels ?? {}).map(([name, value]) => [name, String(value)] as const);
  if (entries.length === 0) return undefined;
  if (entries.reduce((length, [name, value]) => length + name.length + value.length, 0) > LENGTH_MOST) throw exemplarTooLong();
  return labelBlock(
    entries.map(([name]) => blockName(name)),
    entries.map(([, value]) => value),
  );
}
