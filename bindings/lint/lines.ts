// Bytes to lines, however they come: a line is decoded when it is whole, and one that is too long is passed over without being kept.

/** Bytes of a line that are looked at; what is longer is no sample of anybody. */
export const LINE_BYTES_MOST = 1024 * 1024;

export interface LineSink {
  /** A line without its end; the text is undefined where it is no UTF-8, and the bytes are lent. `ended`: by a line feed. */
  line(text: string | undefined, bytes: Uint8Array, ended: boolean): void;
  /** One of more bytes than there may be. */
  tooLong(ended: boolean): void;
}

/** Of what waits for its line's end, at the beginning. */
const WAITING_LEAST = 1024;

export class Lines {
  readonly #sink: LineSink;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** The beginning of a line whose end has not come: `#length` bytes, or none where there are too many. */
  #waiting = new Uint8Array(WAITING_LEAST);
  #length = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  write(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length;) {
      const at = chunk.indexOf(10, from);
      const part = chunk.subarray(from, at === -1 ? chunk.length : at);
      if (at !== -1 && this.#length === 0) this.#line(part, true);
      else this.#take(part);
      if (at === -1) return;
      if (this.#length > 0) this.#whole(true);
      from = at + 1;
    }
  }

  /** What is left without an end. */
  end(): void {
    if (this.#length > 0) this.#whole(false);
  }

  /** A copy: whoever writes may use its bytes again. */
  #take(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length <= LINE_BYTES_MOST) {
      if (length > this.#waiting.length) this.#grow(length);
      this.#waiting.set(part, this.#length);
    }
    this.#length = length;
  }

  #grow(length: number): void {
    const waiting = new Uint8Array(Math.min(LINE_BYTES_MOST, Math.max(length, this.#waiting.length * 2)));
    waiting.set(this.#waiting.subarray(0, this.#length));
    this.#waiting = waiting;
  }

  #whole(ended: boolean): void {
    const length = this.#length;
    this.#length = 0;
    if (length > LINE_BYTES_MOST) this.#sink.tooLong(ended);
    else this.#line(this.#waiting.subarray(0, length), ended);
  }

  #line(bytes: Uint8Array, ended: boolean): void {
    if (bytes.length > LINE_BYTES_MOST) this.#sink.tooLong(ended);
    else this.#sink.line(this.#decoded(bytes), bytes, ended);
  }

  #decoded(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }
}
