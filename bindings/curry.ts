// Metrics some of whose labels are given: the rest is asked for in every call.

import { labelCount, labelMissing, labelsNotObject, labelUnknown } from "./errors.ts";
import type { LabelObject, LabelValue } from "./labels.ts";
import { checkLabelValue } from "./values.ts";

/** As much of a metric as is used. */
interface Labelled {
  readonly definition: { readonly labelNames: readonly string[] };
  checkKnown(labels: LabelObject): void;
}

type Verb = (...args: unknown[]) => unknown;

/** Verbs whose first argument is a label object. */
const VERBS = ["inc", "dec", "set", "add", "observe", "setToCurrentTime", "time"];
/** Verbs that name a series by all of its values, or by a label object. */
const SERIES_VERBS = ["labels", "remove", "value"];

/** Values of gauge histograms and lists of states are objects, too. */
function isLabels(value: unknown): value is LabelObject {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}

/** @internal The metric with these labels given. */
export function curried(metric: object, given: LabelObject): unknown {
  const { definition } = metric as Labelled;
  const { name } = metric as { readonly name: string };
  if (given === undefined) throw labelsNotObject(name, given, definition.labelNames);
  (metric as Labelled).checkKnown(given);
  // As they are now: who changes the object later changes nothing.
  const fixed = { ...given };
  for (const label in fixed) {
    if (fixed[label] === undefined || fixed[label] === null) throw labelMissing(name, label, definition.labelNames);
    checkLabelValue(name, label, fixed[label]);
  }
  const rest = definition.labelNames.filter((label) => !Object.hasOwn(fixed, label));
  /** Some of the labels that are still wanted, with those that were given. Errors name none but the former. */
  const some = (labels: unknown): LabelObject => {
    if (!isLabels(labels)) throw labelsNotObject(name, labels, rest);
    const joined: Record<string, LabelValue> = { ...fixed };
    // Those that an object inherits, too, as metrics take them.
    for (const label in labels) {
      if (!rest.includes(label)) throw labelUnknown(name, label, rest, labels);
      joined[label] = labels[label]!;
    }
    return joined;
  };
  const all = (labels: unknown): LabelObject => {
    const joined = isLabels(labels) ? some(labels) : fixed;
    // What every object inherits is no label.
    const missing = rest.find((label) => !Object.hasOwn(joined, label) || joined[label] === undefined || joined[label] === null);
    if (missing !== undefined) throw labelMissing(name, missing, rest);
    return joined;
  };
  const verbs = metric as unknown as Readonly<Record<string, Verb | undefined>>;
  const made: Record<string, unknown> = { name };
  for (const verb of VERBS) {
    if (verbs[verb] === undefined) continue;
    made[verb] = (...args: unknown[]) =>
      rest.length === 0 && !isLabels(args[0])
        ? verbs[verb]!.call(metric, fixed, ...args)
        : verbs[verb]!.call(metric, all(args[0]), ...args.slice(1));
  }
  for (const verb of SERIES_VERBS) {
    if (verbs[verb] === undefined) continue;
    made[verb] = (...values: unknown[]) => {
      const first = values[0];
      if (isLabels(first)) return verbs[verb]!.call(metric, all(first));
      if (values.length !== rest.length) throw labelCount(name, values.length, rest);
      return verbs[verb]!.call(metric, all(Object.fromEntries(rest.map((label, i) => [label, values[i] as LabelValue]))));
    };
  }
  if (verbs["startTimer"] !== undefined) {
    made["startTimer"] = (labels?: LabelObject) => {
      const end = verbs["startTimer"]!.call(metric, some(labels ?? {})) as (late?: LabelObject) => number;
      return (late?: LabelObject) => (late === undefined ? end() : end(some(late)));
    };
  }
  made["curry"] = (labels: LabelObject) => curried(metric, some(labels));
  return made;
}
