// What a receiver is told, and what it tells.

import type { Front } from "./frames.ts";
import type { ImageReader } from "./image.ts";
import type { Bytes } from "./push-body.ts";
import type { Receipt, Share, State } from "./push-wire.ts";
import type { ReceiverStore } from "./receive-keep.ts";

/** An answer that took longer than this was not waited for. Who is known for less may be new everywhere: names are not forgotten so soon. */
export const NEW_SECONDS = 300;

/** The dead are looked for so often at the most: a fold rewrites what is kept of the retired. */
const SWEEP_SECONDS_MOST = 30;
const SWEEPS_PER_DEATH = 10;
/** Behind a new start nobody is folded for so long: whoever lives says so once a minute, and tries again as often where nobody answered. */
export const RETURN_SECONDS = 120;

/** How often the dead are looked for. */
export function sweepSeconds({ deadAfterSeconds }: ReceivedSettings): number {
  return Math.min(SWEEP_SECONDS_MOST, deadAfterSeconds / SWEEPS_PER_DEATH);
}

export interface Push {
  readonly instance: string;
  readonly share: Share;
  /** For how long it has not been heard of, by its own clock. */
  readonly silentSeconds: number | undefined;
  /** For so long the collector that hands it on has not heard of it; 0 where it says so itself. */
  readonly ageSeconds: number;
  /** Ids of the collectors that handed it on, the first one first. */
  readonly via: readonly string[];
  readonly body: Bytes;
  /**
   * With nothing: what the process takes for received. With a last word: up to where one before it went, that said the same. Undefined where
   * it does not say.
   */
  readonly state?: State | undefined;
}

/** What one body was for a process. */
export interface News {
  /** Undefined where it says nothing that was not known. */
  readonly front: Front | undefined;
  /** With it a sequence has come to its end. */
  readonly completed: boolean;
  /** The sequence of the baseline that is subtracted from what its process has; 0 where none is. */
  readonly baseline: number;
}

/** A collector further up, to which is handed on what is taken in here. */
export interface Upstream {
  /** Takes what was taken in here, and what of it is news; `ended`: its process is. False where the whole image is wanted, too. */
  took(push: Push, news: News, ended: boolean): boolean;
  /** Whether something of a process waits to be handed on. */
  holds(instance: string): boolean;
  /** Whether its whole image would be better than what waits. */
  wantsWhole(instance: string): boolean;
  /** It was silent for so long that it is taken for dead, until it is heard of again. */
  died(instance: string): void;
  /** It is none of those that are known here any more. */
  forgot(instance: string): void;
  /** Those that were folded further up since this was asked last: they begin anew. */
  folded(): readonly string[];
}

export type Answer = { readonly status: 200; readonly receipt: Receipt } | { readonly status: number; readonly why: string };

export interface ReceivedSettings {
  readonly maxProcesses: number;
  readonly deadAfterSeconds: number;
  readonly foldAfterSeconds: number;
  readonly store: ReceiverStore | undefined;
  readonly upstream: Upstream | undefined;
  readonly seconds: () => number;
  readonly onError: (error: Error) => void;
}

/** What a receiver has taken in and refused since it was made, and the processes that it knows: `maxProcesses` at the most. */
export interface ReceiverCounts {
  /** Processes that are not folded, the dead among them. */
  readonly processes: number;
  readonly dead: number;
  /** How long the one of the living that was silent for the longest time has been so. */
  readonly silentSeconds: number;
  readonly folded: number;
  readonly pushes: number;
  /** Requests that were not taken in, for whatever reason; those to a closed receiver are in no count. */
  readonly refused: number;
  /** Of those, with the right token: what is no image, or none that can be read here, or too long. */
  readonly refusedImages: number;
}

/** A reader that may show what changed in slices, with pauses for the event loop. */
export interface SlicedReader extends ImageReader {
  published?(pause: () => Promise<void>): Promise<void>;
}
