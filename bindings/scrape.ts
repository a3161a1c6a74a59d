// What becomes of a walk: a body, slices in bytes of the caller's, a stream. The event loop turns in between.

import { currentRuntime, type Slices } from "./runtime.ts";
import type { Body } from "./exposition.ts";

/** How long a scrape keeps the event loop: a turn costs as much as a slice of 0.1 ms, so a few of them in a row. */
const BUSY_MS = 0.8;

/** What is written piece by piece. */
export interface Walker {
  readonly done: boolean;
  next(offset: number): Uint8Array<ArrayBufferLike>;
}

/** Lets the event loop turn where it has waited long enough. */
class Turns {
  #since = performance.now();

  get due(): boolean {
    return performance.now() - this.#since > BUSY_MS;
  }

  async turn(): Promise<void> {
    await currentRuntime().pause();
    this.#since = performance.now();
  }
}

/** The whole walk into a body. */
export async function filled(walk: Walker, body: Body): Promise<void> {
  const turns = new Turns();
  while (!walk.done) {
    if (turns.due) await turns.turn();
    body.add(walk.next(body.offset));
  }
}

export function filledSync(walk: Walker, body: Body): void {
  while (!walk.done) body.add(walk.next(body.offset));
}

/** Slices, each copied into bytes that `room` gives for so many. */
export async function* sliced(walk: Walker, room: (bytes: number) => Uint8Array<ArrayBuffer>): Slices {
  const turns = new Turns();
  while (!walk.done) {
    if (turns.due) await turns.turn();
    const slice = walk.next(0);
    if (slice.length === 0 && !walk.done) continue;
    const bytes = room(slice.length);
    bytes.set(slice);
    yield bytes.subarray(0, slice.length);
  }
}

/** A stream of slices; the event loop turns between them. The walk is made when the first one is asked for. */
export function streamed(begin: () => Promise<Walker>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let walk: Walker | undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        let turn = walk !== undefined;
        walk ??= await begin();
        let slice: Uint8Array<ArrayBufferLike>;
        do {
          if (turn) await currentRuntime().pause();
          turn = true;
          slice = walk.next(0);
        } while (slice.length === 0 && !walk.done);
        // Copied: nothing outside takes a view of shared memory.
        if (slice.length > 0) controller.enqueue(new Uint8Array(slice));
        if (walk.done) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
