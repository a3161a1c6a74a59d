// Bytes to lines, however they come: a line is decoded when it is whole, and one that is too long is passed over without being kept.

/** Bytes of a line that are looked at; what is longer is no sample of anybody. */
export const LINE_BYTES_MOST = 1024 * 1024;

export interface LineSink {
  /** A line without its end; the text is undefined where it is no UTF-8. `ended`: by a line feed. */
  line(text: string | undefined, bytes: Uint8Array, ended: boolean): void;
  /** One of more bytes than there may be. */
  tooLong(ended: boolean): void;
}

export class Lines {
  readonly #sink: LineSink;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #waiting: Uint8Array[] = [];
  #length = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  write(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length;) {
      const at = chunk.indexOf(10, from);
      const part = chunk.subarray(from, at === -1 ? chunk.length : at);
      // Whoever writes may use its bytes again.
      this.#take(at === -1 ? part.slice() : part);
      if (at === -1) return;
      this.#whole(true);
      from = at + 1;
    }
  }

  /** What is left without an end. */
  end(): void {
    if (this.#length > 0) this.#whole(false);
  }

  #take(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > LINE_BYTES_MOST) this.#waiting = [];
    else if (part.length > 0) this.#waiting.push(part);
  }

  #whole(ended: boolean): void {
    const parts = this.#waiting;
    const length = this.#length;
    this.#waiting = [];
    this.#length = 0;
    if (length > LINE_BYTES_MOST) return this.#sink.tooLong(ended);
    const bytes = parts.length === 1 ? parts[0]! : joined(parts, length);
    this.#sink.line(this.#decoded(bytes), bytes, ended);
  }

  #decoded(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
