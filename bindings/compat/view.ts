// Families that no metric of this thread's registry is: default metrics, what other threads and processes count, what the program
// registered by tallystick's own API. A registry shows them with its own, as objects that tell their values.

import { definitions } from "../describe.ts";
import type { Registry as Store } from "../index.ts";
import { definitionAt } from "../stored.ts";
import type { Aggregator, MetricObjectWithValues, MetricType, MetricValueWithName } from "./shapes.ts";
import { printedName, type Stored } from "./stored.ts";
import { typeOf, valuesOf } from "./values.ts";

/** A family that is shown and not owned. */
export class View {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: Aggregator = "sum";
  readonly labelNames: readonly string[];
  readonly #stored: Stored;

  constructor(stored: Stored) {
    this.#stored = stored;
    this.name = printedName(stored.definition);
    this.help = stored.definition.help;
    this.type = typeOf(stored);
    this.labelNames = stored.definition.labelNames;
  }

  /** @internal */
  static stored(view: View): Stored {
    return view.#stored;
  }

  /** Its values, after the collectors of all threads. */
  async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    await this.#stored.store.collected();
    return this.told();
  }

  /** @internal As they are. */
  told(): MetricObjectWithValues<MetricValueWithName<string>> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: valuesOf(this.#stored) };
  }

  /** Sets what it shows to 0, but for what its owner sets anew at each scrape. */
  reset(): void {
    const { core, address, state } = this.#stored;
    core.cold(() => core.verbs.familyEmpty(address, state, 1));
  }
}

/** All families of a store but those whose definitions have one of these names. */
export function viewsOf(store: Store, own: ReadonlySet<string>): View[] {
  const { core, address: registry, state: registryState } = store.here("read the registry");
  const found: View[] = [];
  for (const { definition, address, state } of definitions(core, registry, registryState)) {
    if (definition.name.startsWith("tallystick_") || own.has(definition.name)) continue;
    found.push(new View({ store, core, address, state, definition }));
  }
  return found;
}

/** A family by the name that it is printed as. */
export function viewOf(store: Store, name: string): View | undefined {
  const { core, address, state } = store.here("read the registry");
  for (const candidate of [name, name.replace(/_total$|_info$/, "")]) {
    if (candidate === "") continue;
    const family = core.cold(() => core.verbs.familyFind(address, state, core.input(candidate)));
    if (family <= 0 || candidate.startsWith("tallystick_")) continue;
    const familyState = core.verbs.familyState();
    const definition = definitionAt(core, core.verbs.familyDefinition(family));
    if (printedName(definition) === name) return new View({ store, core, address: family, state: familyState, definition });
  }
  return undefined;
}
