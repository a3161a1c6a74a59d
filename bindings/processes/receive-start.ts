// The start of a receiver behind another one: when what that kept was loaded, and who has had no time to come back since.

import type { Known } from "./receive-known.ts";
import { type ReceivedSettings, RETURN_SECONDS } from "./receive-settings.ts";

/** What cannot be loaded is read again so often at the most: with each request it would be read a thousand times, all of it. */
const AGAIN_SECONDS = 30;

export class Start {
  readonly #settings: ReceivedSettings;
  #loadedAt = -Infinity;
  #failedAt = -Infinity;
  #isLoaded: boolean;

  constructor(settings: ReceivedSettings) {
    this.#settings = settings;
    this.#isLoaded = settings.store === undefined;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** What was kept; undefined where it cannot be read, or used, or could not be just now. */
  async kept(failed: (error: unknown) => void): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
    if (Math.abs(this.#settings.seconds() - this.#failedAt) < AGAIN_SECONDS) return undefined;
    try {
      return await this.#settings.store!.load();
    } catch (error) {
      failed(error);
      this.failed();
      return undefined;
    }
  }

  failed(): void {
    this.#failedAt = this.#settings.seconds();
  }

  loaded(): void {
    this.#isLoaded = true;
    this.#loadedAt = this.#settings.seconds();
  }

  /** Whether one may live, and was not heard of since for want of time. */
  mayReturn({ ended, heard }: Known): boolean {
    const { foldAfterSeconds, seconds } = this.#settings;
    const isNew = Math.abs(seconds() - this.#loadedAt) <= Math.min(RETURN_SECONDS, foldAfterSeconds);
    return isNew && !ended && heard <= this.#loadedAt;
  }

  /** The dead of whom nobody may return, the longest silent first; not `but`, who comes back just now. */
  dead(known: ReadonlyMap<string, Known>, but?: string): [instance: string, known: Known][] {
    const dead = [...known].filter(([instance, one]) => one.dead && instance !== but && !this.mayReturn(one));
    return dead.sort(([, one], [, other]) => one.heard - other.heard);
  }
}
