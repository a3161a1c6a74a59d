// Where a metric's family lies. It is in the store of the first registry that the metric was given to: the default registry's is the
// one that all threads of the process share, so what workers count is on the page without a word from them. A metric that is in no
// registry, or whose definition meets another one's, is in a store of its own, and so is one that was taken out of its registry: it
// keeps what it counted, as prom-client's do, and its name is free.

import type { AnyFamily } from "../catalog.ts";
import type { Core } from "../core.ts";
import type { Definition } from "../definition.ts";
import { MetricsError } from "../errors.ts";
import { Registry as Store } from "../index.ts";
import { definitionAt } from "../stored.ts";
import { moveFamily } from "./moving.ts";
import type { Stored } from "./stored.ts";
import { keptHere, metricFailed, registeredAlready } from "./worded.ts";

/** As the core knows writers that live. */
const ACTIVE = 1;
/** Prometheus gives a scrape up after so long, unless it is told otherwise. */
const COLLECT_SECONDS = 10;

/** How many other threads count in a memory. */
export function otherThreads({ verbs, thread }: Core): number {
  const others = new Set<number>();
  for (let i = 0; i < verbs.writerCount(); i++)
    if (verbs.writerState(i) === ACTIVE && verbs.writerThread(i) !== thread) others.add(verbs.writerThread(i));
  return others.size;
}

/** Families that make a page twice of a name, and are nobody's to take away. */
function isConstant(store: Store, name: string): boolean {
  const { core, address, state } = store.here(`register "${name}"`);
  const family = core.cold(() => core.verbs.familyFind(address, state, core.input(name)));
  return family > 0 && definitionAt(core, core.verbs.familyDefinition(family)).constant;
}

/** Families there are, by whichever object of this thread. */
function familyIn(store: Store, definition: Definition): AnyFamily {
  const family = store.family(definition.kind, definition, 0);
  family.begin();
  return family;
}

/** A metric's family, and what is done with it as a whole. */
export class Keeper<F extends AnyFamily = AnyFamily> {
  readonly family: F;
  /** What its registry prints it as. */
  readonly name: string;
  /** Called before its values are read. */
  settle: (() => void) | undefined;
  readonly #get: unknown;
  #store: Store;
  #isApart: boolean;
  #isMet = false;
  #collect: (() => unknown) | undefined;
  #uncollect: (() => void) | undefined;

  /**
   * In a store, or without one in a store of its own. Throws where default metrics have the name, unless they were taken out of the
   * registry, and for what no store takes.
   */
  constructor(name: string, definition: Definition, store: Store | undefined, get: unknown, isFreed = false) {
    this.name = name;
    this.#get = get;
    let family: AnyFamily | undefined;
    if (store !== undefined) {
      try {
        family = familyIn(store, definition);
      } catch (error) {
        const code = error instanceof MetricsError ? error.code : undefined;
        if (code !== "definition-conflict" && code !== "name-clash" && code !== "label-conflict") throw error;
        if (code === "definition-conflict" && !isFreed && isConstant(store, definition.name)) throw registeredAlready(name);
        this.#isMet = true;
        console.warn(keptHere(name), (error as Error).message);
      }
    }
    this.#isApart = family === undefined;
    this.#store = family === undefined ? new Store() : store!;
    this.family = (family ?? familyIn(this.#store, definition)) as F;
  }

  /** Of a family that is there: before its values are read, the collectors of all threads run. */
  static joined<F extends AnyFamily>(name: string, { store, definition }: Stored, get: unknown): Keeper<F> {
    const keeper = new Keeper<F>(name, definition, store, get);
    keeper.#collect = () => keeper.#store.collected();
    return keeper;
  }

  get store(): Store {
    return this.#store;
  }

  /** Not in a registry's store, and no other definition is the reason. */
  get isApart(): boolean {
    return this.#isApart && !this.#isMet;
  }

  /** Other processes count in it, too: what is read of it is theirs as well. */
  get isImported(): boolean {
    const { core, address, state } = this.family;
    return core.cold(() => core.verbs.familyImported(address, state)) > 0;
  }

  get stored(): Stored {
    const { core, address, state, definition } = this.family;
    return { store: this.#store, core, address, state, definition };
  }

  /** Where its values are to be read now. */
  get settled(): Stored {
    this.settle?.();
    return this.stored;
  }

  /** True for a metric whose `get` is ours: whoever has one of their own wants to be asked. */
  isPlain(metric: object): boolean {
    return (metric as { readonly get?: unknown }).get === this.#get;
  }

  /** Runs the metric's own callback. Rejects with what it throws. */
  async collected(): Promise<void> {
    await this.#collect?.();
  }

  /** Runs a callback at every scrape of its store; ends the one that ran before. */
  collects(callback: (() => unknown) | undefined): void {
    this.#uncollect?.();
    this.#uncollect = undefined;
    this.#collect = callback;
    if (callback === undefined) return;
    const run = async () => {
      // What it returns is none of ours.
      await callback();
    };
    this.#uncollect = this.#store.collect(run, { name: this.name, timeoutSeconds: COLLECT_SECONDS });
  }

  /** Takes the family into another store. Throws where that has another one of its name. */
  move(to: Store, isApart: boolean): void {
    if (this.#store === to) return;
    moveFamily(this.family, this.stored, to);
    this.#store = to;
    this.#isApart = isApart;
    if (this.#collect !== undefined) this.collects(this.#collect);
  }
}

const keepers = new WeakMap<object, Keeper>();

export function keep(metric: object, keeper: Keeper): void {
  keepers.set(metric, keeper);
}

/** Of a metric of ours, and of none else. */
export function keeperOf(metric: object): Keeper | undefined {
  return keepers.get(metric);
}

const told = new Set<string>();
/** Names that have failed are remembered up to here; who has more has heard enough. */
const TOLD_MOST = 1000;

/** Tells once a name that a metric could not be read. Never throws. */
export function failed(name: string, error: unknown): void {
  if (told.has(name) || told.size >= TOLD_MOST) return;
  told.add(name);
  try {
    console.warn(metricFailed(name), error);
  } catch {}
}
