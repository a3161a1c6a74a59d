// What the library is doing: series, bytes, writers, scrapes. Told to whoever is served the default registry; they are
// metrics like others, marked so that no exposition has them that does not ask.

import { ABSENT } from "../assembly/status.ts";
import type { Catalog } from "./catalog.ts";
import { type ConstantSample, type ConstantSet, Settings } from "./constant.ts";
import { type Definition, define, type DefinitionOptions } from "./definition.ts";
import type { Dialect } from "./negotiate.ts";
import { blocks } from "./describe.ts";
import { silently } from "./own.ts";
import { definitionAt } from "./stored.ts";
import type { SummaryFamily } from "./summary.ts";
import type { Place } from "./thread.ts";

/** Flags of families, as the core knows them. */
const FLAGS = 1 | 256;
const WRITER_STATES = ["retired", "active", "revoked", "folding"];

const SECONDS = {
  name: "tallystick_scrape_duration_seconds",
  help: "Time that this process spent in writing expositions, by their format.",
  unit: "seconds",
  labelNames: ["dialect"],
  quantiles: [],
};
const BYTES = {
  name: "tallystick_scrape_size_bytes",
  help: "Sizes of the expositions that were served, before compression.",
  unit: "bytes",
  labelNames: ["dialect"],
  quantiles: [],
};

interface Told {
  readonly type: "gauge" | "counter";
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly samples: readonly ConstantSample[];
}

function told(type: Told["type"], name: string, help: string, label: string, values: Readonly<Record<string, number>>): Told {
  const samples = Object.entries(values).map(([key, value]) => ({ labels: label === "" ? {} : { [label]: key }, value }));
  return { type, name, help, labelNames: label === "" ? [] : [label], samples };
}

export class Statistics {
  readonly #catalog: Catalog;
  readonly #settings = new Settings();
  /** Names by the address and the state of their family. */
  #names: ReadonlyMap<string, string> = new Map();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  #definition(kind: "summary" | Told["type"], options: DefinitionOptions): Definition {
    return define(kind, options, kind !== "summary");
  }

  #families({ core, address, state }: Place): { series: Record<string, number>; cells: Record<string, number> } {
    const { verbs } = core;
    // `__proto__` is a name of a metric, too.
    const series = Object.create(null) as Record<string, number>;
    const cells = Object.create(null) as Record<string, number>;
    // Those of families that are no more go with them.
    const names = new Map<string, string>();
    for (let position = 0; ; position++) {
      const family = core.cold(() => verbs.familyAt(address, state, position));
      if (family === ABSENT) continue;
      if (family < 0) {
        this.#names = names;
        return { series, cells };
      }
      const key = `${family} ${verbs.familyAtState()}`;
      const name = this.#names.get(key) ?? definitionAt(core, verbs.familyDefinition(family)).name;
      names.set(key, name);
      if (name.startsWith("tallystick_")) continue;
      series[name] = verbs.familySeries(family);
      cells[name] = verbs.familyCells(family);
    }
  }

  #gathered(place: Place): Told[] {
    const { verbs, maxBytes } = place.core;
    const { series, cells } = this.#families(place);
    const reserved = verbs.bytesReserved();
    const writers: Record<string, number> = { active: 0, revoked: 0, retired: 0 };
    for (let i = 0; i < verbs.writerCount(); i++) {
      const state = WRITER_STATES[verbs.writerState(i)]!;
      writers[state] = (writers[state] ?? 0) + 1;
    }
    return [
      told("gauge", "tallystick_series", "Series that are alive, by their metric.", "family", series),
      told("gauge", "tallystick_cells", "Parts that threads have of them.", "family", cells),
      told("gauge", "tallystick_memory_bytes", "Bytes of the shared memory.", "state", {
        used: reserved - verbs.bytesFree(),
        reserved,
        limit: maxBytes,
      }),
      told("gauge", "tallystick_writers", "Slots of threads, by their state.", "state", writers),
      told(
        "counter",
        "tallystick_snapshots",
        "Histograms that were read in the middle of an observation, by what became of them.",
        "result",
        {
          repaired: verbs.snapshotsRepaired() - verbs.snapshotsUnexplained(),
          unexplained: verbs.snapshotsUnexplained(),
        },
      ),
    ];
  }

  #set(place: Place, { type, samples, ...options }: Told): void {
    const { core } = place;
    const set = this.#catalog.family(type, this.#definition(type, options), FLAGS) as unknown as ConstantSet;
    const all = set.prepared(samples);
    set.setAll(all, this.#settings.next(core));
    const { verbs } = core;
    if (verbs.familySeries(set.address) === all.length) return;
    // What another thread's scrape has set of what is no more. Looked up anew: it may have seen what was made meanwhile.
    const now = this.#gathered(place).find(({ name }) => name === options.name);
    const known = new Set(set.prepared(now?.samples ?? samples).map(({ block }) => block));
    const over = [...blocks(core, set.address, set.state)].filter((block) => !known.has(block));
    for (const block of over) core.cold(() => verbs.seriesRemove(set.address, set.state, core.input(block)));
  }

  /** Brings all of them up to date. A memory that is used up has none; one that fails takes no other along. */
  update(place: Place): void {
    silently(() => {
      for (const each of this.#gathered(place)) silently(() => this.#set(place, each));
    });
  }

  /** Counts an exposition that was served. */
  served(dialect: Dialect, seconds: number, bytes: number): void {
    const observe = (options: DefinitionOptions, value: number) =>
      silently(() =>
        (this.#catalog.family("summary", this.#definition("summary", options), FLAGS) as SummaryFamily).observe({ dialect }, value),
      );
    observe(SECONDS, seconds);
    observe(BYTES, bytes);
  }
}
