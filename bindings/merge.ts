// Several registries as one exposition: each is a group that is collected, filtered and told on its own, and all
// together they are one page.

import { nameTwice, registriesInvalid } from "./errors.ts";
import { type Definition, SAMPLE_SUFFIXES } from "./definition.ts";
import type { MetricDescription } from "./describe.ts";
import type { ExposeOptions } from "./exposition.ts";
import { Exposer } from "./exposer.ts";
import { classicName } from "./names.ts";
import type { Format } from "./negotiate.ts";
import { OWN_NAMES } from "./own.ts";
import { Registry } from "./registry.ts";
import type { Walker } from "./scrape.ts";

/** The names under which a metric and its samples are printed, as scrapers of the classic data model get them. */
function printedNames({ kind, name }: Definition): string[] {
  return SAMPLE_SUFFIXES[kind].map((suffix) => classicName(name + suffix));
}

/** One walk after the other. */
class Walks implements Walker {
  readonly #walks: Walker[];

  constructor(walks: Walker[]) {
    this.#walks = walks;
  }

  get done(): boolean {
    return this.#walks.length === 0;
  }

  next(offset: number): Uint8Array<ArrayBufferLike> {
    const walk = this.#walks[0]!;
    const piece = walk.next(offset);
    if (walk.done) this.#walks.shift();
    return piece;
  }
}

/** Several registries, exposed as one. */
export class MergedRegistries extends Exposer {
  readonly #registries: readonly Registry[];

  /** @internal */
  constructor(registries: readonly Registry[]) {
    super();
    this.#registries = registries;
  }

  /** @internal */
  get registries(): readonly Registry[] {
    return this.#registries;
  }

  /** @internal */
  override async collected(): Promise<void> {
    await Promise.all(this.#registries.map((registry) => registry.collected()));
  }

  /** @internal */
  override get isDefault(): boolean {
    return this.#registries.some((registry) => registry.isDefault);
  }

  /** Everything that is in them, as plain data. */
  describe(): MetricDescription[] {
    return this.#registries.flatMap((registry) => registry.describe());
  }

  /** @internal No page may have a name twice. */
  check(): void {
    const seen = new Set<string>();
    for (const registry of this.#registries) {
      const names = new Set(registry.definitions().flatMap(printedNames));
      for (const name of names) if (seen.has(name)) throw nameTwice(name);
      for (const name of names) seen.add(name);
    }
  }

  /** @internal Of the library's own metrics those of one: the default registry where it is among them, else the first. */
  override walk(format: Format, options: ExposeOptions): Walker {
    this.check();
    const last = this.#registries.length - 1;
    const told = this.#registries.find((registry) => registry.isDefault) ?? this.#registries[0];
    return new Walks(
      this.#registries.map((registry, i) => {
        const statistics = options.statistics === true && registry.isDefault;
        const exclude = registry === told ? options.exclude : [...(options.exclude ?? []), ...OWN_NAMES];
        return registry.walk(format, { ...options, exclude, statistics }, i < last);
      }),
    );
  }
}

/**
 * Registries as one: for `expose`, `stream`, `handler` and `nodeHandler`. Each keeps what it has, and may have an
 * endpoint of its own. Of the library's own metrics the page has those of the default registry, or of the first one.
 * Throws a MetricsError `name-clash` where two have samples of one name, now or when they are exposed, and a TypeError
 * for what is no registry, and for nothing.
 *
 * @example
 * ```ts
 * import { mergeRegistries, Registry } from "tallystick";
 *
 * const shop = new Registry();
 * const bank = new Registry();
 * shop.counter({ name: "orders", help: "Orders." }).inc();
 * bank.counter({ name: "payments", help: "Payments." }).inc();
 * new TextDecoder().decode(mergeRegistries(shop, bank).exposeSync().body).match(/^[a-z_]+ 1$/gm); // ["orders_total 1", "payments_total 1"]
 * ```
 */
export function mergeRegistries(...registries: readonly (Registry | MergedRegistries)[]): MergedRegistries {
  const all = registries.flatMap((each) => (each instanceof MergedRegistries ? each.registries : [each]));
  const wrong: unknown = all.find((each) => !(each instanceof Registry));
  if (all.length === 0 || wrong !== undefined || all.includes(undefined as never)) throw registriesInvalid(wrong, all.length === 0);
  const merged = new MergedRegistries([...new Set(all)]);
  merged.check();
  return merged;
}
