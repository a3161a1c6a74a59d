// What a pusher writes of one registry. Nothing is made before the first push, for where a pusher is made there may be no
// randomness yet.
//
// Its instance is of the memory and the registry: threads of one process that push the same are one process to whoever
// receives, and two registries of one memory are two.

import type { Catalog } from "../catalog.ts";
import type { Place } from "../thread.ts";
import { Exporter } from "./exporter.ts";
import type { FramesOptions, ImageWriter } from "./image.ts";

const WHAT = "push what this process counts";
/** An odd factor of SplitMix64, as of the checksum of frames: addresses become numbers that differ in many bits. */
const FACTOR = 0xbf58476d1ce4e5b9n;
/** No process has them. */
const NOBODY = [0n, 0xffffffffffffffffn];

/** The instance of a registry, by that of its memory. */
function instanceOf({ core, address }: Place): bigint {
  const [random] = crypto.getRandomValues(new BigUint64Array(1));
  const memory = BigInt.asUintN(64, core.verbs.instanceTold(random === 0n ? 1n : random!));
  const own = BigInt.asUintN(64, memory + BigInt(address) * FACTOR);
  return BigInt.asIntN(64, NOBODY.includes(own) ? memory : own);
}

export class RegistryWriter implements ImageWriter {
  readonly #catalog: Catalog;
  #place: Place | undefined;
  #exporter: Exporter | undefined;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Another one where the registry has moved to another memory: there it is another process. */
  #here(): Exporter {
    const place = this.#catalog.here(WHAT);
    if (this.#exporter === undefined || this.#place?.core !== place.core || this.#place.address !== place.address) {
      this.#exporter?.close();
      this.#exporter = new Exporter(this.#catalog, {}, instanceOf(place));
      this.#place = place;
    }
    return this.#exporter;
  }

  /** Gives back what the core remembers of it. */
  close(): void {
    this.#exporter?.close();
    this.#exporter = undefined;
  }

  get instance(): string {
    return this.#here().instance;
  }

  get sequence(): number {
    return this.#here().sequence;
  }

  frames(options: FramesOptions): Generator<Uint8Array, void> {
    return this.#here().frames(options);
  }
}
