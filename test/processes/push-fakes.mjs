// Both ends of a push without the core: a writer of counters and a reader that follows the core's rules for frames
// (assembly/image/apply.ts) in as few lines as that takes, so that what goes wrong in between shows here.

import { bundled } from "../bundled.mjs";

const outfile = await bundled(
  "push-internals",
  `
    export { ImagePusher } from "./bindings/processes/push.ts";
    export { imageReceiver } from "./bindings/processes/receive.ts";
  `,
);

const { ImagePusher, imageReceiver } = await import(outfile);
export { ImagePusher };

/** A receiver into a reader, which knows it. */
export function receiverOf(reader, options, isOver = () => false) {
  reader.receiver = imageReceiver(reader, options, isOver);
  return reader.receiver;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEAD_BYTES = 80;

/** A frame whose head is as the core's, and whose records are JSON. */
function frameOf(content) {
  const { instance = "f".repeat(16), generation = 1, base = 0, sequence = 1, part = 0, full, done, ended } = content;
  const text = encoder.encode(JSON.stringify(content));
  const frame = new Uint8Array(HEAD_BYTES + text.length);
  const view = new DataView(frame.buffer);
  const flags = (full ? 1 : 0) | (done ? 2 : 0) | (ended ? 4 : 0);
  for (const [at, word] of [
    [0, 0x49594c54],
    [4, 2],
    [8, frame.length],
    [12, flags],
    [64, part],
  ])
    view.setUint32(at, word, true);
  for (const [at, word] of [
    [32, generation],
    [40, base],
    [48, sequence],
    [56, sequence],
  ])
    view.setBigUint64(at, BigInt(word), true);
  view.setBigUint64(24, BigInt(`0x${instance}`), true);
  frame.set(text, HEAD_BYTES);
  return frame;
}

export function* framesIn(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let from = 0; from + HEAD_BYTES <= bytes.length;) {
    const length = view.getUint32(from + 8, true);
    if (length < HEAD_BYTES || from + length > bytes.length) return;
    let content;
    try {
      content = JSON.parse(decoder.decode(bytes.subarray(from + HEAD_BYTES, from + length)));
    } catch {
      content = undefined;
    }
    yield { content, end: (from += length) };
  }
}

export class FakeWriter {
  instance = FakeWriter.#named();
  sequence = 0;
  #generation = 1;
  #begun = 0;
  #values = new Map();
  #changed = new Map();
  #baseline = new Map();
  #perFrame;
  /** What a walk throws in its middle, if anything. */
  broken;

  constructor({ perFrame = 3 } = {}) {
    this.#perFrame = perFrame;
  }

  static #named() {
    return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => (byte & 127).toString(16).padStart(2, "0")).join("");
  }

  inc(name, by = 1) {
    this.#values.set(name, (this.#values.get(name) ?? 0) + by);
    this.#changed.set(name, this.#begun + 1);
  }

  value(name) {
    return this.#values.get(name) ?? 0;
  }

  *frames({ full, ended, since = this.sequence, baseline = false }) {
    if (baseline) {
      this.instance = FakeWriter.#named();
      this.#baseline = new Map(this.#values);
    }
    const base = full ? 0 : since;
    const names = [...this.#values.keys()].filter((name) => full || this.#changed.get(name) > base);
    if (names.length === 0 && !full && !ended) return;
    const sequence = ++this.#begun;
    for (let part = 0, from = 0; ; part++, from += this.#perFrame) {
      const some = names.slice(from, from + this.#perFrame);
      const done = from + this.#perFrame >= names.length;
      const values = some.map((name) => [name, this.value(name) - (this.#baseline.get(name) ?? 0)]);
      const { instance } = this;
      yield frameOf({ instance, generation: this.#generation, base, sequence, part, full, done, ended: done && ended, values });
      if (this.broken !== undefined) throw this.broken;
      if (done) break;
    }
    this.sequence = sequence;
  }
}

class FakeProcess {
  instance;
  sequence = 0;
  seconds = 0;
  baseline = 0;
  values = new Map();
  dead = false;
  #pending = 0;
  #part = 0;
  #incoming;
  #ended = false;

  apply(bytes) {
    let consumed = 0;
    for (const { content, end } of framesIn(bytes)) {
      if (content === undefined) return { consumed, refused: "nonsense", behind: false, ended: this.#ended };
      this.instance ??= content.instance;
      if (content.instance !== this.instance) return { consumed, refused: "of another process", behind: false, ended: this.#ended };
      const next = this.#next(content);
      if (next === "behind") return { consumed, refused: "it builds upon what is not here", behind: true, ended: this.#ended };
      if (next === "new") this.#take(content);
      if (content.ended) this.#ended = true;
      consumed = end;
    }
    return { consumed, refused: undefined, behind: false, ended: this.#ended };
  }

  /** Of one exporter alone. */
  #next({ sequence, base, part, full }) {
    if (sequence <= this.sequence) return "old";
    if (!full && (this.sequence === 0 || base > this.sequence)) return "behind";
    if (part === 0) return "new";
    return this.#pending === sequence && this.#part === part ? "new" : "behind";
  }

  #take({ sequence, part, full, done, values }) {
    const first = full && this.sequence === 0;
    if (first && part === 0) this.values.clear();
    if (full && !first && part === 0) this.#incoming = new Map();
    const into = full && !first ? this.#incoming : this.values;
    for (const [name, value] of values) into.set(name, value);
    this.#pending = sequence;
    this.#part = part + 1;
    if (!done) return;
    if (full && !first) this.values = this.#incoming;
    this.sequence = sequence;
    this.seconds++;
    this.#pending = 0;
  }
}

export class FakeReader {
  #processes = new Set();
  #retired = new Map();
  #page = new Map();
  full = false;

  process() {
    if (this.full) throw new Error("the memory is used up");
    const process = new FakeProcess();
    this.#processes.add(process);
    return process;
  }

  fold(process) {
    for (const [name, value] of process.values) this.#retired.set(name, (this.#retired.get(name) ?? 0) + value);
    this.#processes.delete(process);
  }

  drop(process) {
    this.#processes.delete(process);
  }

  live(process, live) {
    process.dead = !live;
  }

  publish() {
    const page = new Map(this.#retired);
    for (const { values } of this.#processes) {
      for (const [name, value] of values) page.set(name, (page.get(name) ?? 0) + value);
    }
    this.#page = page;
  }

  *retired() {
    yield frameOf({ values: [...this.#retired] });
  }

  retire(bytes) {
    this.#retired = new Map();
    for (const { content } of framesIn(bytes)) this.#retired = new Map(content.values);
    return { consumed: bytes.length, refused: undefined, behind: false, ended: false };
  }

  /** As a page shows it at a scrape of whoever receives. */
  async shown(name) {
    await this.receiver.settled();
    return this.#page.get(name) ?? 0;
  }

  get living() {
    return [...this.#processes].filter((process) => !process.dead).length;
  }
}

/** A store that a receiver's crash leaves as it is. */
export class FakeStore {
  kept = new Map();
  changes = 0;
  /** What the next changes reject with. */
  broken;
  unreadable = false;

  async load() {
    await undefined;
    if (this.unreadable) throw new Error("cannot be read");
    return new Map(this.kept);
  }

  async change(put, remove) {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.broken !== undefined) throw this.broken;
    this.changes++;
    for (const [key, bytes] of put) this.kept.set(key, bytes.slice());
    for (const key of remove) this.kept.delete(key);
  }
}

/** A clock that a test turns. */
export function clock(from = 1000) {
  const seconds = () => seconds.now;
  seconds.now = from;
  return seconds;
}

/** The way from a pusher to a receiver, in one process. */
export function wire(receiver) {
  return (url, init) => receiver(new Request(url, init));
}

/** Numbers that a seed decides: a failure can be had again. */
export function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** A network that loses requests, loses answers, sends twice, and delivers late, out of order. */
export function hostile(roll, deliver) {
  const late = [];
  const copyOf = (init) => ({ ...init, body: init.body.slice(), signal: undefined });
  const arrives = async (url, init) => (await deliver())(new Request(url, copyOf(init)));
  const network = async (url, init) => {
    while (late.length > 0 && roll() < 0.3) await late.splice(Math.floor(roll() * late.length), 1)[0]();
    const fate = roll();
    if (fate < 0.1) throw new Error("lost");
    if (fate < 0.2) {
      const copy = copyOf(init);
      late.push(() => arrives(url, copy));
      throw new Error("late");
    }
    if (fate < 0.3) {
      await arrives(url, init);
      throw new Error("answer lost");
    }
    if (fate < 0.45) {
      const copy = copyOf(init);
      for (let i = 0; i < 3; i++) late.push(() => arrives(url, copy));
    }
    if (fate < 0.55) await arrives(url, init);
    return arrives(url, init);
  };
  return {
    network,
    rest: async () => {
      for (const one of late) await one();
    },
  };
}
