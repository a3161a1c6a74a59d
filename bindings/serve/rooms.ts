// Bytes of slices that have gone out, for the next ones: the memory is warm, and no garbage is made.

import { currentRuntime } from "../runtime.ts";

/** A slice and what a last series may add to it. */
const ROOM_BYTES = 147456;
/** So many rooms are kept: an exposition of 8 MB that several may still come for. */
const ROOMS_MAX = 64;

export class Rooms {
  readonly #free: ArrayBuffer[] = [];

  take(bytes: number): Uint8Array<ArrayBuffer> {
    const room = bytes <= ROOM_BYTES ? this.#free.pop() : undefined;
    return room === undefined ? currentRuntime().bytes(Math.max(bytes, ROOM_BYTES)) : new Uint8Array(room);
  }

  /** Takes back what `take` gave, or a part of it. */
  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.#free.length < ROOMS_MAX && buffer.byteLength === ROOM_BYTES) this.#free.push(buffer);
  }
}
