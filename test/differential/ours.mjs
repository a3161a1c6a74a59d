// A plan done with this library: its page in either dialect.

import { Registry } from "tallystick";
import { exposed } from "../exposition/exposed.mjs";

function performed(metric, names, { verb, labels, amount, exemplar, state, info }) {
  const named = Object.fromEntries(names.map((name, i) => [name, labels[i]]));
  const given = [Number(amount), ...(exemplar === undefined ? [] : [exemplar])];
  const onto = names.length === 0 ? [] : [named];
  if (verb === "remove") metric.remove(named);
  else if (verb === "state") metric.set(...onto, [state]);
  else if (verb === "info") metric.set(info);
  else metric[verb](...onto, ...given);
}

/** Pages by dialect. */
export function ours({ families }) {
  const registry = new Registry();
  try {
    for (const { kind, name, unit, help, labelNames, buckets, states, exemplars, operations } of families) {
      const names = kind === "info" ? Object.keys(operations[0]?.info ?? {}) : labelNames;
      const options = { name, help, labelNames: names, ...(unit === "" ? {} : { unit }) };
      if (buckets !== undefined) options.buckets = buckets.map(Number);
      if (states !== undefined) options.states = states;
      if (exemplars !== undefined) options.exemplars = exemplars;
      if (kind === "summary") options.quantiles = [];
      const metric = registry[kind](options);
      for (const operation of operations) performed(metric, labelNames, operation);
    }
    return { text: exposed(registry, "text"), openmetrics: exposed(registry, "openmetrics") };
  } finally {
    registry.close();
  }
}
