// Metrics some of whose labels are given: the rest is asked for in every call.

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
  // As they are now: who changes the object later changes nothing.
  const fixed = { ...given };
  const rest = definition.labelNames.filter((name) => !Object.hasOwn(fixed, name));
  const all = (labels: unknown) => ({ ...fixed, ...(typeof labels === "object" ? labels : {}) });
  const verbs = metric as unknown as Readonly<Record<string, Verb | undefined>>;
  const made: Record<string, unknown> = { name: (metric as { readonly name: string }).name };
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
      const labels = typeof first === "object" ? first : Object.fromEntries(rest.map((name, i) => [name, values[i] as LabelValue]));
      return verbs[verb]!.call(metric, all(labels));
    };
  }
  made["curry"] = (labels: LabelObject) => curried(metric, { ...fixed, ...labels });
  return made;
}
