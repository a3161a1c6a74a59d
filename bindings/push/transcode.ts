// A request of remote write 2.0 as one of 1.0, for receivers that turn out to know no other: names that 1.0 does not have are escaped, and what is only 2.0's is left
// out: metadata and the times at which series began.

import { classicLabel, classicName } from "../names.ts";
import { ProtoReader } from "./proto-reader.ts";
import { ProtoWriter } from "./proto-writer.ts";

function refsRead(reader: ProtoReader): number[] {
  const refs: number[] = [];
  const outer = reader.enter();
  while (reader.at < reader.end) refs.push(reader.varint());
  reader.leave(outer);
  return refs;
}

class Transcoder {
  readonly #symbols: string[] = [];
  readonly #out = new ProtoWriter();
  readonly #reader: ProtoReader;

  constructor(request: Uint8Array) {
    this.#reader = new ProtoReader(request);
  }

  request(): Uint8Array<ArrayBuffer> {
    const reader = this.#reader;
    while (reader.next()) {
      if (reader.field === 4) this.#symbols.push(reader.string());
      else if (reader.field === 5) this.#series();
      else reader.skip();
    }
    return this.#out.bytes.slice();
  }

  /** Two names that become one are one label: the first that has it. */
  #labels(refs: readonly number[]): void {
    const labels = new Map<string, string>();
    for (let i = 0; i + 1 < refs.length; i += 2) {
      const [name, value] = [this.#symbols[refs[i]!]!, this.#symbols[refs[i + 1]!]!];
      const classic = classicLabel(name);
      if (!labels.has(classic)) labels.set(classic, name === "__name__" ? classicName(value) : value);
    }
    for (const [name, value] of [...labels].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const begin = this.#out.begin(1);
      this.#out.string(1, name);
      this.#out.string(2, value);
      this.#out.end(begin);
    }
  }

  #series(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    const begin = this.#out.begin(1);
    while (reader.next()) {
      if (reader.field === 1) this.#labels(refsRead(reader));
      else if (reader.field === 2) this.#sample();
      // What lies in it is the same but for one field, which the first version does not know.
      else if (reader.field === 3) this.#out.delimited(4, this.#histogram());
      else if (reader.field === 4) this.#exemplar();
      else reader.skip();
    }
    this.#out.end(begin);
    reader.leave(outer);
  }

  #sample(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    const begin = this.#out.begin(2);
    while (reader.next()) {
      // Bits, not a number: it may be the marker of an end.
      if (reader.field === 1) this.#out.fixed64(1, reader.bits());
      else if (reader.field === 2) this.#out.int(2, reader.int());
      else reader.skip();
    }
    this.#out.end(begin);
    reader.leave(outer);
  }

  #histogram(): Uint8Array {
    const bytes = this.#reader.delimited();
    const inner = new ProtoReader(bytes);
    let end = bytes.length;
    for (let from = 0; inner.next(); from = inner.at) {
      inner.skip();
      // It is the last one.
      if (inner.field === 17) end = from;
    }
    return bytes.subarray(0, end);
  }

  #exemplar(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    const begin = this.#out.begin(3);
    while (reader.next()) {
      if (reader.field === 1) this.#labels(refsRead(reader));
      else if (reader.field === 2) this.#out.fixed64(2, reader.bits());
      else if (reader.field === 3) this.#out.int(3, reader.int());
      else reader.skip();
    }
    this.#out.end(begin);
    reader.leave(outer);
  }
}

export function secondAsFirst(request: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Transcoder(request).request();
}
