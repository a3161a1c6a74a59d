// Default labels as a store knows them: other threads and processes print them, so no family may have a label of such a name. In
// prom-client a metric's own label goes before; here the registry that said such a default label goes on to print it, alone.

import { labelsOf } from "../carry.ts";
import { printedLabels } from "../definition.ts";
import { definitions } from "../describe.ts";
import type { Registry as Store } from "../index.ts";
import { blockLabels, unquoted } from "../labels.ts";
import { labelKeptHere, labelsKeptHere } from "./worded.ts";

type Labels = Readonly<Record<string, unknown>>;

/** The names that families print themselves. */
function taken(store: Store): Set<string> {
  const { core, address, state } = store.here("read the registry");
  return new Set([...definitions(core, address, state)].flatMap(({ definition }) => printedLabels(definition)));
}

const told = new Set<string>();

function tellKept(name: string): void {
  if (told.has(name)) return;
  told.add(name);
  console.warn(labelKeptHere(name));
}

/** Tells labels to the store, but for those of these names and of its families'. True where it has some from now on. Never throws. */
export function tellLabels(store: Store, labels: Labels, without: readonly string[]): boolean {
  const own = new Set([...taken(store), ...without]);
  const names = Object.keys(labels);
  names.filter((name) => own.has(name)).forEach(tellKept);
  const rest = names.filter((name) => !own.has(name));
  try {
    store.setDefaultLabels(Object.fromEntries(rest.map((name) => [name, String(labels[name])])));
    return rest.length > 0;
  } catch (error) {
    // Another thread has others: here they are printed as they were said.
    console.warn(labelsKeptHere(), (error as Error).message);
    return false;
  }
}

/** Makes families whose labels may have names of default labels: what the store has of those is its own again afterwards, but for such. */
export function withoutLabels<T>(store: Store, make: () => T): T {
  const there = Object.fromEntries(
    blockLabels(labelsOf(store.here("read the registry"))).map(([name, value]) => [unquoted(name), unquoted(value)]),
  );
  store.setDefaultLabels({});
  try {
    return make();
  } finally {
    tellLabels(store, there, []);
  }
}
