// Several registries as one exposition: each is a group that is collected, filtered and told on its own, and all
// together they are one page.

import { nameTwice } from "./errors.ts";
import type { ExposeOptions } from "./exposition.ts";
import { Exposer } from "./exposer.ts";
import type { Format } from "./negotiate.ts";
import type { Registry } from "./registry.ts";
import type { Walker } from "./scrape.ts";

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
  override async collected(): Promise<void> {
    await Promise.all(this.#registries.map((registry) => registry.collected()));
  }

  /** @internal */
  override get isDefault(): boolean {
    return this.#registries.some((registry) => registry.isDefault);
  }

  /** No page may have a family twice. */
  #checked(): void {
    const seen = new Set<string>();
    for (const name of this.#registries.flatMap((registry) => registry.familyNames())) {
      if (seen.has(name)) throw nameTwice(name);
      seen.add(name);
    }
  }

  /** @internal */
  override walk(format: Format, options: ExposeOptions): Walker {
    this.#checked();
    const last = this.#registries.length - 1;
    return new Walks(
      this.#registries.map((registry, i) => {
        const statistics = options.statistics === true && registry.isDefault;
        return registry.walk(format, { ...options, statistics }, i < last);
      }),
    );
  }
}

/**
 * Registries as one: for `expose`, `stream`, `handler` and `nodeHandler`. Each keeps what it has, and may have an
 * endpoint of its own. Exposing throws a MetricsError `name-clash` where two have a metric of one name.
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
export function mergeRegistries(...registries: readonly Registry[]): MergedRegistries {
  return new MergedRegistries([...new Set(registries)]);
}
