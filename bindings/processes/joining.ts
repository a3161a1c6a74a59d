// Whose run a page shows. Until this process has joined one the highest may be that of an earlier start, whose totals are none of
// ours; and where nobody can tell yet who lives in it, that takes its time, for which no scrape waits.

import type { Disk } from "./disk.ts";
import { Election, isJoined } from "./election.ts";

/** How long pages wait for whoever writes, in all, and how often they look: a run is joined within some 50 ms. */
const JOIN_MS = 1000;
const JOIN_POLL_MS = 10;

/** What is known of whoever writes for this process; nothing of another thread. */
export interface Joiner {
  readonly run: string | undefined;
  readonly failures: number;
}

export interface JoiningOptions {
  readonly dir: string;
  readonly run: string | undefined;
  readonly application: string;
  /** The name of our image, */
  readonly image: () => string;
  readonly joiner: () => Joiner | undefined;
  /** and what has it tried again. */
  readonly again: () => void;
}

export class Joining {
  readonly #disk: Disk;
  readonly #options: JoiningOptions;
  readonly #election: Election;
  #left = JOIN_MS;
  #isJoined = false;

  constructor(disk: Disk, options: JoiningOptions) {
    this.#disk = disk;
    this.#options = options;
    // Who writes tells of what is wrong.
    this.#election = new Election(disk, options.dir, options.run, options.application, () => undefined);
  }

  /** Whether what others left is to be shown; waits for that a second at most, over all times that it is asked. */
  async settled(isOver: () => boolean): Promise<boolean> {
    const before = this.#failures;
    if (!this.#joined() && before > 0) this.#options.again();
    const until = this.#disk.monotonic() + this.#left;
    while (!this.#joined() && this.#failures === before && this.#disk.monotonic() < until && !isOver()) {
      await this.#disk.wait(JOIN_POLL_MS, true);
    }
    this.#left = Math.max(0, until - this.#disk.monotonic());
    // One that cannot write shows what is there.
    return this.#isJoined || this.#failures > 0 || this.#isOurs();
  }

  get #failures(): number {
    return this.#options.joiner()?.failures ?? 0;
  }

  #joined(): boolean {
    const { dir, run, image, joiner } = this.#options;
    try {
      this.#isJoined ||= joiner()?.run !== undefined || isJoined(this.#disk, dir, run, image());
    } catch {
      // Who reads says why.
    }
    return this.#isJoined;
  }

  /** Whether somebody lives in the highest run, so that it is the one that will be joined. */
  #isOurs(): boolean {
    try {
      return this.#election.chosen(undefined)?.isNew === false;
    } catch {
      return true;
    }
  }
}
