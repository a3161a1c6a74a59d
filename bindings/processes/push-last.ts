// The last word of a process, which may have to be said more than once: the answer to it was lost, or it went by changes and another
// collector has to have all of it. Whoever heard it by another way may have folded the process by then, and would have it begin anew: that
// it says nothing more keeps it from that.

import type { ImageWriter } from "./image.ts";
import type { Front } from "./frames.ts";
import type { State } from "./push-wire.ts";

export class LastWord {
  #instance: string | undefined;
  /** As it was walked last: changes are looked for since that, for a whole image forgets what was before it. */
  #sequence = 0;
  /** Up to where it went when it said the same first. */
  #state: State | undefined;

  /** Up to where a last word of a writer went that said what the next one will; undefined where there is none, or something changed. */
  said(writer: ImageWriter): State | undefined {
    if (this.#state === undefined || this.#instance !== writer.instance) return undefined;
    const changes = writer.frames({ full: false, ended: false, since: this.#sequence });
    return [...changes].every((frame) => frame.length === 0) ? this.#state : undefined;
  }

  /** One was walked, up to its `front`; what was `said` before it that says the same, which is nothing under another name. */
  walked(writer: ImageWriter, front: Front | undefined, said: State | undefined): State | undefined {
    const same = this.#instance === writer.instance ? said : undefined;
    this.#instance = writer.instance;
    this.#sequence = writer.sequence;
    this.#state = same ?? front;
    return same;
  }
}
