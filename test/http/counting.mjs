// What tests read of a registry: series by their labels, of one page.

import { Registry } from "tallystick";

/** A registry of its own until the test is over. */
export function own(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

/** The samples of a page as `name{labels}` and their values. */
export function samplesOf(registry) {
  const text = new TextDecoder().decode(registry.exposeSync().body);
  const samples = new Map();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const at = line.lastIndexOf(" ");
    samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return samples;
}

/** Of one metric: its labels, as "GET /users/:id 2xx", and values. */
export function byRequest(registry, name = "http_request_duration_seconds_count") {
  const found = {};
  for (const [sample, value] of samplesOf(registry)) {
    const [, metric, block] = /^(\w+)(?:\{(.*)\})?$/s.exec(sample);
    if (metric !== name) continue;
    const labels = Object.fromEntries([...(block ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text]));
    const { method, route, status, le, ...rest } = labels;
    if (le !== undefined) continue;
    found[[method, route, status, ...Object.values(rest)].filter((part) => part !== undefined).join(" ")] = value;
  }
  return found;
}

export const sum = (values) => Object.values(values).reduce((total, value) => total + value, 0);
