// One process that a receiver knows: what it has of it, what of that is news, and when it was heard of.

import { type Front, frontOf } from "./frames.ts";
import type { ImageProcess } from "./image.ts";
import type { Bytes } from "./push-body.ts";
import { Bodies, type Folded, heardKey, type Said, saidKey, sinceKey } from "./receive-keep.ts";
import type { State } from "./push-wire.ts";
import { type News, NEW_SECONDS, type Push } from "./receive-settings.ts";

/** Longer ago than any name is remembered: what a receiver of before kept says no time. */
const LONG_AGO_SECONDS = 1e9;

export class Known {
  readonly instance: string;
  readonly process: ImageProcess;
  readonly bodies: Bodies;
  heard: number;
  /** As it was kept last. */
  keptHeard = -Infinity;
  dead = false;
  /** What came last said that it ends. */
  ended = false;
  /** When that came: another thread of it may go on. */
  endedAt = -Infinity;
  /** Of the last sequence that has come to its end: who told it, and which others had begun by then. */
  #generation = 0n;
  #until = 0;

  constructor(process: ImageProcess, instance: string, heard: number) {
    this.instance = instance;
    this.process = process;
    this.bodies = new Bodies(instance);
    this.heard = heard;
  }

  /** Of all that is kept of it. */
  get keys(): readonly string[] {
    return [...this.bodies.keys, sinceKey(this.instance), heardKey(this.instance), saidKey(this.instance)];
  }

  /** Applies a body that comes now, and tells what of it is news. */
  applied(body: Bytes, now: number) {
    const { process } = this;
    const front = frontOf(body);
    const [sequence, seconds] = [process.sequence, process.seconds];
    const isOld = !this.#isNews(front, sequence);
    const result = process.apply(body);
    const completed = process.sequence !== sequence || process.seconds !== seconds;
    if (completed) {
      if (front !== undefined) [this.#generation, this.#until] = [front.generation, front.until];
      // Another thread of the process may go on: then it lives.
      this.ended = front?.isEnded ?? result.ended;
      this.endedAt = now;
    }
    const news: News = { front: isOld ? undefined : front, completed, baseline: process.baseline };
    return { result, news };
  }

  /** Whether it may say what was not known. A baseline is told with each whole image, and belongs to it. */
  #isNews(front: Front | undefined, sequence: number): boolean {
    if (front === undefined || front.isBaseline) return front !== undefined;
    return front.generation === this.#generation ? front.sequence > sequence : front.until >= sequence;
  }

  /** What is remembered of it once it is folded. */
  folded(): Folded {
    const { ended, heard } = this;
    return { sequence: this.process.sequence, ended, heard, generation: this.#generation.toString(16), until: this.#until };
  }

  /**
   * Whether a pusher takes more for received than there is of it, for what came last was late, and of before a new start; or other
   * things, for another pusher of the same registry told what there is.
   */
  lacks({ generation, until }: State): boolean {
    return generation !== this.#generation || until > this.#until;
  }

  /**
   * Notes that it was heard of so long ago, by the collector that handed it on. One that was silent for so long that it is dead is so
   * from now on, and not folded before anybody saw it.
   */
  heardOf(ageSeconds: number, now: number, deadAfterSeconds: number): void {
    const heard = now - Math.min(ageSeconds, deadAfterSeconds);
    // By another way there may be news of it that are newer.
    this.heard = ageSeconds === 0 ? now : Math.max(this.heard, heard);
  }
}

/**
 * A body that was kept as one that comes: it may not have been handed on, and counts once where it was. `knownSeconds`: for so long its
 * process is known here; before that nobody can have heard of it by this collector. `said`: what its last word says of one before it.
 */
export function keptPush(instance: string, front: Front, body: Bytes, knownSeconds = LONG_AGO_SECONDS, said?: Said): Push {
  const share = front.isFull ? "full" : "changes";
  const state = said?.of.generation === front.generation && said.of.sequence === front.sequence ? said : undefined;
  const silentSeconds = knownSeconds > NEW_SECONDS ? knownSeconds - NEW_SECONDS : undefined;
  return { instance, share, silentSeconds, ageSeconds: LONG_AGO_SECONDS, via: [], state, body };
}
