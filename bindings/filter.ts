// Which families a walk prints, by the names that its caller gives.

import { nameInvalid } from "./errors.ts";
import type { Core } from "./core.ts";
import { SAMPLE_SUFFIXES } from "./definition.ts";
import { definitionAt } from "./stored.ts";

/** The filter modes, as the core knows them. */
const ALL = 0;
const ONLY = 1;
const BUT = 2;

/** What samples' names may have behind the family's. */
const SUFFIX = /_(?:total|created|bucket|sum|count|gcount|gsum|info)$/;

interface Names {
  readonly include?: readonly string[] | null | undefined;
  readonly exclude?: readonly string[] | null | undefined;
}

/** Rejects names that are no strings. */
export function checkNames({ include, exclude }: Names): void {
  for (const name of [...(include ?? []), ...(exclude ?? [])]) if (typeof name !== "string") throw nameInvalid(name);
}

type Place = { readonly core: Core; readonly address: number; readonly state: number };

/** The positions of the families that have these names, or samples of these names: a gauge has none with a suffix. */
function positions({ core, address, state }: Place, names: readonly string[]): Set<number> {
  const found = new Set<number>();
  const find = (name: string, suffix: string) => {
    const family = core.cold(() => core.verbs.familyFind(address, state, core.input(name)));
    if (family <= 0) return;
    const prints = suffix === "" || SAMPLE_SUFFIXES[definitionAt(core, core.verbs.familyDefinition(family)).kind].includes(suffix);
    if (prints) found.add(core.verbs.familyPosition(family));
  };
  for (const name of new Set(names)) {
    find(name, "");
    const suffix = SUFFIX.exec(name)?.[0] ?? "";
    if (suffix !== "") find(name.slice(0, -suffix.length), suffix);
  }
  return found;
}

/** The families that a walk is kept to, or kept from. */
export class Filter {
  readonly mode: number;
  readonly #positions: readonly number[];

  constructor(place: Place, { include, exclude }: Names) {
    // An empty list says nothing: it is what a query without names gives.
    const only = include?.length ? positions(place, include) : undefined;
    const but = exclude?.length ? positions(place, exclude) : undefined;
    this.mode = only ? ONLY : but ? BUT : ALL;
    this.#positions = [...(only ?? but ?? [])].filter((at) => !(only && but?.has(at))).sort((one, other) => one - other);
  }

  get count(): number {
    return this.#positions.length;
  }

  /** Puts the positions into this writer's input: what is done between two slices may put other things there. */
  input(core: Core): void {
    if (this.count === 0) return;
    const view = core.view(core.inputRoom(this.count * 4), this.count * 4);
    this.#positions.forEach((position, i) => view.setUint32(i * 4, position, true));
  }
}
