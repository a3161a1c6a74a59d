// Whether a profiler is on, for all threads of a registry: one word of the memory that they share. A thread can only profile itself, so
// each one hears of a change, as soon as its event loop turns. Beside it a count of the threads that have something to write: the
// end of the process waits for them.
//
// Both words are those of a recorder that has no samples: whether it is on, and how often its rings asked to be drained, which nobody
// does here. So threads find it as they find recorders, and the memory has no record more.

import type { Registry } from "../index.ts";
import { Rings } from "./rings.ts";

/** As small as a recorder can be. */
const BYTES = 4096;

export class ProfileSwitch {
  /** True where no thread had it yet. */
  readonly isNew: boolean;
  readonly #words: Int32Array<ArrayBufferLike>;
  readonly #on: number;
  readonly #busy: number;

  constructor(registry: Registry, dir: string, prefix: string) {
    // No recorder of a user's has a prefix with a space.
    const keeping = { prefix: `${prefix} profiles`, dir, policy: "drop-newest", bytes: BYTES, ringBytes: BYTES, maxLabels: 1 } as const;
    const rings = new Rings(registry, keeping);
    const { core, address } = rings;
    this.isNew = rings.isNew;
    this.#on = core.verbs.recorderOnAddress(address) >>> 2;
    this.#busy = core.verbs.recorderWantedAddress(address) >>> 2;
    this.#words = new Int32Array(core.memory.buffer);
  }

  get isOn(): boolean {
    return Atomics.load(this.#words, this.#on) !== 0;
  }

  set(on: boolean): void {
    Atomics.store(this.#words, this.#on, Number(on));
    this.wake();
  }

  /** All threads look again. */
  wake(): void {
    Atomics.notify(this.#words, this.#on);
  }

  /** Until it is no longer as it was, or somebody says so; keeps no process alive. */
  async changed(was: boolean): Promise<void> {
    await Atomics.waitAsync(this.#words, this.#on, Number(was)).value;
  }

  /** This thread has something to write from now on, or no longer. */
  busy(is: boolean): void {
    if (is) Atomics.add(this.#words, this.#busy, 1);
    else Atomics.sub(this.#words, this.#busy, 1);
    Atomics.notify(this.#words, this.#busy);
  }

  /** Stands still until no thread has anything to write, so many milliseconds at most; gives how many still have. */
  idle(milliseconds: number): number {
    for (const until = performance.now() + milliseconds; ;) {
      const count = Atomics.load(this.#words, this.#busy);
      const left = until - performance.now();
      if (count <= 0 || left <= 0) return Math.max(count, 0);
      Atomics.wait(this.#words, this.#busy, count, left);
    }
  }
}
