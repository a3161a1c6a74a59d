// What a receiver is told, and what it tells.

import type { ImageReader } from "./image.ts";
import type { Bytes } from "./push-body.ts";
import type { Receipt, Share } from "./push-wire.ts";
import type { ReceiverStore } from "./receive-keep.ts";

export interface Push {
  readonly instance: string;
  readonly share: Share;
  /** For how long it has not been heard of, by its own clock. */
  readonly silentSeconds: number | undefined;
  readonly body: Bytes;
}

export type Answer = { readonly status: 200; readonly receipt: Receipt } | { readonly status: number; readonly why: string };

export interface ReceivedSettings {
  readonly maxProcesses: number;
  readonly deadAfterSeconds: number;
  readonly foldAfterSeconds: number;
  readonly store: ReceiverStore | undefined;
  readonly seconds: () => number;
  readonly onError: (error: Error) => void;
}

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
