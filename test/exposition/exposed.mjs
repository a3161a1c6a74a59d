// What a registry prints, as text.

import { Registry } from "tallystick";
import { OPENMETRICS, TEXT } from "./rules.mjs";

export const DIALECTS = [TEXT, OPENMETRICS];

// A byte order mark in the exposition must be seen, and what is not UTF-8 must throw.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function exposed(registry, dialect) {
  return decoder.decode(registry.exposeSync({ dialect }).body);
}

/** A registry of its own, built by `build`, and closed after the test. */
export function registryOf(t, build, options) {
  const registry = new Registry(options);
  t.after(() => registry.close());
  build(registry);
  return registry;
}
