// Metrics some of whose labels are given: the rest is asked for in every call.

import { labelCount, labelUnknown } from "./errors.ts";
import type { LabelObject, LabelValue } from "./labels.ts";

/** As much of a metric as is used. */
interface Labelled {
  readonly definition: { readonly labelNames: readonly string[] };
  checkKnown(labels: LabelObject): void;
}

type Verb = (...args: unknown[]) => unknown;

/** Verbs whose first argument is a label object. */
const VERBS = ["inc", "dec", "set", "add", "observe", "setToCurrentTime", "startTimer", "time"];
/** Verbs that name a series by all of its values, or by a label object. */
const SERIES_VERBS = ["labels", "remove", "value"];

/** @internal The metric with these labels given. */
export function curried(metric: object, given: LabelObject): unknown {
  const { definition } = metric as Labelled;
  (metric as Labelled).checkKnown(given);
  const { name } = metric as { readonly name: string };
  // As they are now: who changes the object later changes nothing.
  const fixed = { ...given };
  const rest = definition.labelNames.filter((label) => !Object.hasOwn(fixed, label));
  const all = (labels: unknown) => {
    if (typeof labels !== "object") return fixed;
    for (const label in labels) if (Object.hasOwn(fixed, label)) throw labelUnknown(name, label, rest);
    return { ...fixed, ...labels };
  };
  const verbs = metric as unknown as Readonly<Record<string, Verb | undefined>>;
  const made: Record<string, unknown> = { name };
  for (const verb of VERBS) {
    if (verbs[verb] === undefined) continue;
    made[verb] = (...args: unknown[]) =>
      rest.length === 0 && typeof args[0] !== "object"
        ? verbs[verb]!.call(metric, all({}), ...args)
        : verbs[verb]!.call(metric, all(args[0]), ...args.slice(1));
  }
  for (const verb of SERIES_VERBS) {
    if (verbs[verb] === undefined) continue;
    made[verb] = (...values: unknown[]) => {
      const first = values[0];
      if (typeof first === "object") return verbs[verb]!.call(metric, all(first));
      if (values.length !== rest.length) throw labelCount(name, values.length, rest);
      return verbs[verb]!.call(metric, all(Object.fromEntries(rest.map((label, i) => [label, values[i] as LabelValue]))));
    };
  }
  made["curry"] = (labels: LabelObject) => curried(metric, all(labels));
  return made;
}
