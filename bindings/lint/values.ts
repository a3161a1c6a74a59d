// What the types of OpenMetrics ask of each sample alone: its value, its exemplar and its times.

import { type Family, type FamilyType, typed } from "./family.ts";
import { quoted, short } from "./findings.ts";
import { numberOf, secondsOf } from "./numbers.ts";
import type { RuleName } from "./rules.ts";
import type { Exemplar, Sample } from "./scan.ts";

/** Characters of an exemplar's names and values together. */
const EXEMPLAR_MOST = 128;

type Tell = (rule: RuleName, message: string) => void;

function countTold(rule: RuleName, suffix: string, value: number, tell: Tell): void {
  if (!Number.isInteger(value) || value < 0) tell(rule, `${suffix} is ${value}: it must be a whole number, not negative`);
}

/** What a sample's value is against. */
export function valueTold(family: Family, type: FamilyType, suffix: string, sample: Sample, value: number, tell: Tell): void {
  if (suffix === "_created") {
    if (!(value >= 0 && Number.isFinite(value))) tell("created", `_created is ${value}: it must be seconds since the epoch`);
  } else if (type === "counter") {
    if (!(value >= 0)) tell("counter-value", `the counter is ${value}: it must be neither NaN nor negative`);
  } else if (type === "info") {
    if (value !== 1) tell("info", `the info is ${value}: it must be 1`);
  } else if (type === "stateset") {
    if (!sample.labels.some(({ name }) => name === family.name))
      tell("stateset", `there is no label ${short(family.name)}, which names the state`);
    if (value !== 0 && value !== 1) tell("stateset", `the state is ${value}: it must be 0 or 1`);
  } else if (suffix === "_count" || suffix === "_gcount") {
    countTold(type === "summary" ? "quantile" : "bucket", suffix, value, tell);
  } else if (suffix === "_sum" && !(value >= 0)) {
    tell(type === "summary" ? "quantile" : "bucket", `_sum is ${value}: it must be neither NaN nor negative`);
  }
}

function lengthOf({ labels }: Exemplar): number {
  let points = 0;
  for (const { name, value } of labels) points += [...name].length + [...value].length;
  return points;
}

/** What an exemplar is against. */
export function exemplarTold(type: FamilyType, suffix: string, { labels, exemplar }: Sample, tell: Tell): void {
  if (exemplar === undefined) return;
  const isPlace =
    (type === "counter" && suffix === "_total") || (suffix === "_bucket" && (type === "histogram" || type === "gaugehistogram"));
  if (!isPlace) tell("exemplar", `${typed(type)}'s ${suffix === "" ? "sample" : suffix} has an exemplar: _total and _bucket alone have`);
  const length = lengthOf(exemplar);
  if (length > EXEMPLAR_MOST) tell("exemplar", `the exemplar's labels have ${length} characters, and ${EXEMPLAR_MOST} are the most`);
  const value = numberOf(exemplar.value);
  if (value === undefined) tell("exemplar", `the exemplar's value is ${quoted(exemplar.value)}, which is no number`);
  if (exemplar.timestamp !== undefined && secondsOf(exemplar.timestamp) === undefined) {
    tell("exemplar", `the exemplar's timestamp is ${quoted(exemplar.timestamp)}, which is no time in seconds`);
  }
  const le = labels.find(({ name }) => name === "le")?.value;
  if (suffix !== "_bucket" || value === undefined || le === undefined) return;
  const bound = numberOf(le);
  if (bound !== undefined && value > bound)
    tell("exemplar", `the exemplar is ${short(exemplar.value)}, which is above its bucket's le="${short(le)}"`);
}
