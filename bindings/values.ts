// What may be a label's value: what prints as a person would write it. An object's text is "[object Object]" for all.

import { kindOf, labelValueInvalid } from "./errors.ts";

const PRINTED = ["string", "number", "bigint", "boolean"];

export function checkLabelValue(metric: string, label: string, value: unknown): void {
  if (!PRINTED.includes(typeof value)) throw labelValueInvalid(metric, label, value);
}

/** Whatever is no object is left to whoever reads the labels. */
export function checkDefaultLabels(labels: unknown): void {
  if (kindOf(labels) !== "Object") return;
  for (const [label, value] of Object.entries(labels as object)) checkLabelValue("default labels", label, value);
}

/** True for a number from `least` to `most`, a whole one where `whole`. */
export function within(value: number, least: number, most: number, whole: boolean): boolean {
  return typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
}
