// What an observation was about: an exemplar's labels, checked as prom-client checks them, and before anything is counted.

import { escaped } from "../labels.ts";
import { blockName } from "../names.ts";
import { exemplarTooLong } from "./worded.ts";

/** Of names and values together; OpenMetrics 1.0. */
const LENGTH_MOST = 128;

/** The block of an exemplar's labels; undefined for none. Throws a RangeError for too many. */
export function exemplarOf(labels: object | undefined): string | undefined {
  if (labels === undefined || labels === null) return undefined;
  // A loop: it runs at each observation that has an exemplar, and lists of pairs cost as much as the observation ten times over.
  let block = "";
  let length = 0;
  for (const name of Object.keys(labels)) {
    const value = String((labels as Readonly<Record<string, unknown>>)[name]);
    length += name.length + value.length;
    if (length > LENGTH_MOST) throw exemplarTooLong();
    block += `${block === "" ? "" : ","}${blockName(name)}="${escaped(value)}"`;
  }
  return block === "" ? undefined : block;
}
