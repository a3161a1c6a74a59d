// What a pusher writes of one registry. Nothing is made before the first push, for where a pusher is made there may be no
// randomness yet.
//
// Its instance is the registry's: threads of one process that push the same are one process to whoever receives, and two
// registries of one memory are two. Where that was folded all of them go on under the next name, each with a baseline of its own. One
// that begins later begins with a baseline, too: what the registry counted under the names before is counted elsewhere.

import type { Registry } from "../index.ts";
import type { Place } from "../thread.ts";
import { collectedWithin, PUSH_MS } from "./collected.ts";
import { Exporter } from "./exporter.ts";
import type { FramesOptions, ImageWriter } from "./image.ts";

const WHAT = "push what this process counts";

/** A writer that remembers something for as long as there are pushes. */
export interface PushedWriter extends ImageWriter {
  /** Is awaited before a walk: what the process sets when it is asked. Never rejects. */
  collected?(): Promise<void>;
  close?(): void;
}

export class RegistryWriter implements PushedWriter {
  readonly #registry: Registry;
  #place: Place | undefined;
  #exporter: Exporter | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Another one where the registry has moved to another memory: there it is another process. */
  #here(): Exporter {
    const place = this.#registry.here(WHAT);
    const { core, address, state } = place;
    const before = this.#place;
    if (this.#exporter === undefined || before?.core !== core || before.address !== address || before.state !== state) {
      this.#exporter?.close();
      this.#exporter = new Exporter(this.#registry, {}, 0n, true);
      this.#place = place;
    }
    return this.#exporter;
  }

  collected(): Promise<void> {
    return collectedWithin(this.#registry, PUSH_MS);
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
