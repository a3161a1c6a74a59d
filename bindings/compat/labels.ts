// Label sets as prom-client takes them: by position or by name, and some of the labels or none at all. A label that is not given is not
// there. Values are copied as text when they come; what becomes of an object later is nobody's business.

import { isGiven, labelBlock, type LabelObject, type LabelValue } from "../labels.ts";
import { blockName } from "../names.ts";
import { labelCount, labelUnknown } from "./worded.ts";

/** Values by the names of labels, whatever they are. */
export type LabelsGiven = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is LabelsGiven {
  return typeof value === "object" && value !== null;
}

/** Throws an Error for a label that the metric has not. */
export function checkKnown(names: readonly string[], labels: LabelsGiven): void {
  for (const name in labels) if (!names.includes(name)) throw labelUnknown(name, names);
}

/** What `labels(...)` and `remove(...)` were given, by name. Throws an Error for another number of values than there are labels. */
export function labelsGiven(names: readonly string[], values: readonly unknown[]): LabelsGiven {
  const [first] = values;
  if (isObject(first)) {
    checkKnown(names, first);
    return first;
  }
  if (values.length !== names.length) throw labelCount(values, names);
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

/** A value that is kept: what is no text, number or boolean is the text that it prints as. */
function plain(value: unknown): LabelValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : String(value);
}

/** The values in the order of the names, where all are given. */
export function allValues(names: readonly string[], labels: LabelsGiven): LabelValue[] | undefined {
  const values: LabelValue[] = [];
  for (const name of names) {
    if (!isGiven(labels, name)) return undefined;
    values.push(plain(labels[name]));
  }
  return values;
}

/** The block of those that are given. */
export function givenBlock(names: readonly string[], labels: LabelsGiven): string {
  const given = names.filter((name) => isGiven(labels, name));
  return labelBlock(
    given.map(blockName),
    given.map((name) => String(plain(labels[name]))),
  );
}

/** The same labels as an object that its maker does not change any more. */
export function copied(labels: LabelsGiven): LabelObject {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, plain(value)]));
}

/** The labels of a timer's both ends. Not spread twice into one object, which costs V8 eight times as much. */
export function both(early: object | undefined, late: object | undefined): LabelsGiven {
  return Object.assign({}, early, late) as LabelsGiven;
}
