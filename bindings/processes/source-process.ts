// One process of a source in this thread: its image in, frame by frame, and what it says of itself. Thin: the core reads and adds.

import { BEHIND, EXHAUSTED, FOREIGN, OK, REFUSED } from "../../assembly/status.ts";
import type { Core } from "../core.ts";
import { memoryExhausted } from "../errors.ts";
import { frameBytes, HEAD_BYTES } from "./frames.ts";
import type { ApplyResult, ImageProcess } from "./image.ts";
import { definitionAt } from "../stored.ts";
import { frameRefused, saidOf } from "./refused.ts";

const decoder = new TextDecoder();

/** What a process needs of the source that it is one of. */
export interface ProcessSource {
  readonly core: Core;
  /** Then no address of a process is used any more. */
  readonly isClosed: boolean;
  /** Applies one frame. */
  applied(process: SourceProcess, frame: Uint8Array): number;
  /** What a head's text says. */
  headOf(text: string): ImageHead;
  /** Gives its series the labels that it says, or that there are none. */
  labelled(process: SourceProcess, labels: string): number;
}

/** What a process says of itself in front of its image. */
export interface ImageHead {
  /** The rendered block of its registry's default labels. */
  readonly labels?: string;
}

export class SourceProcess implements ImageProcess {
  readonly address: number;
  readonly #source: ProcessSource;
  #head: ImageHead = {};
  #ended = false;
  #isMislabelled = false;
  /** @internal Whose it is, for words: undefined where nobody said. */
  readonly whose: string | undefined;
  /** @internal Whether its series were given labels. */
  hasLabels = false;

  constructor(source: ProcessSource, address: number, whose: string | undefined) {
    this.#source = source;
    this.address = address;
    this.whose = whose;
  }

  get instance(): string | undefined {
    if (this.#source.isClosed) return undefined;
    const instance = BigInt.asUintN(64, this.#source.core.verbs.processInstance(this.address));
    return instance === 0n ? undefined : instance.toString(16).padStart(16, "0");
  }

  /** The last sequence that was applied to its end. */
  get sequence(): number {
    return this.#source.isClosed ? 0 : this.#source.core.verbs.processSequence(this.address);
  }

  /** Series that it has something of. */
  get series(): number {
    return this.#source.isClosed ? 0 : this.#source.core.verbs.processSeries(this.address);
  }

  /** The sequence of the baseline that is subtracted from it; 0 where none is. */
  get baseline(): number {
    return this.#source.isClosed ? 0 : this.#source.core.verbs.processBaseline(this.address);
  }

  /** When its newest sequence began, in seconds since the epoch. */
  get seconds(): number {
    return this.#source.isClosed ? 0 : this.#source.core.verbs.processSeconds(this.address);
  }

  /** What it said of itself. */
  get head(): ImageHead {
    return this.#head;
  }

  apply(bytes: Uint8Array): ApplyResult {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    let refused: string | undefined;
    let behind = false;
    while (refused === undefined && at + HEAD_BYTES <= bytes.length) {
      const length = frameBytes(view, at);
      if (length === 0) {
        refused = frameRefused("these bytes are no frame of an image");
        break;
      }
      if (at + length > bytes.length) break;
      // Most are one frame: then nothing is left behind of it.
      const frame = length === bytes.length ? bytes : bytes.subarray(at, at + length);
      const status = this.#source.applied(this, frame);
      if (status === OK) {
        if ((view.getUint32(at + 12, true) & 4) !== 0) this.#ended = true;
        at += length;
      } else if (status === BEHIND) {
        behind = true;
        refused = frameRefused("it builds upon a state that was not received");
      } else if (status === FOREIGN) {
        refused = frameRefused(`it is of version ${view.getUint32(at + 4, true)}`);
      } else if (status === EXHAUSTED) {
        throw memoryExhausted("import an image", this.#source.core.maxBytes);
      } else {
        refused = frameRefused(this.#isMislabelled ? "its default labels are none" : this.#why());
      }
    }
    return { consumed: at, refused, behind, ended: this.#ended };
  }

  /** Why the last frame was refused. */
  #why(): string {
    const { core } = this.#source;
    const reason = core.verbs.refusalReason();
    const wrong = reason === 0 ? undefined : saidOf(definitionAt(core, core.verbs.refusalDefinition()), reason, core.verbs.refusalValue());
    return wrong ?? "a frame is not what its checksum says, of another process, or nonsense";
  }

  /** @internal What a frame that was checked says of the process must be known before its series are; REFUSED where it is nonsense. */
  headTaken(frame: Uint8Array): number {
    let length = 0;
    let from = HEAD_BYTES + 1;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = frame[from++]!;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const head = this.#source.headOf(decoder.decode(frame.slice(from, from + length)));
    const { labels = "" } = head;
    const status = typeof labels === "string" ? this.#source.labelled(this, labels) : REFUSED;
    if (status === OK) this.#head = head;
    this.#isMislabelled = status === REFUSED;
    return status;
  }
}
