// Both ends of images without a core: counters by name, in frames that are text. They hold to the rules of frames: a
// sequence builds upon its base, and one that does not begin where its reader stands is refused.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const PART = 2;

export class FakeWriter {
  instance = Math.random().toString(16).slice(2).padEnd(16, "0").slice(0, 16);
  sequence = 0;
  #values = new Map();
  #generation = 0;
  #broken = false;
  /** Milliseconds that each frame takes. */
  frameMilliseconds = 0;
  fails = false;

  inc(name, amount = 1) {
    const { value = 0 } = this.#values.get(name) ?? {};
    this.#values.set(name, { value: value + amount, mark: this.sequence + 1 });
  }

  *frames({ full, ended, since = this.sequence }) {
    if (this.fails) throw new Error("Cannot write");
    if (this.#broken && !full) throw new Error("One that was given up is followed by a full one");
    const whole = full || since === 0;
    if (whole) {
      this.#generation++;
      this.sequence = 0;
    }
    const base = whole ? 0 : since;
    const changed = [...this.#values].filter(([, { mark }]) => whole || mark > base).map(([name, { value }]) => [name, value]);
    if (!whole && !ended && changed.length === 0) return;
    const sequence = this.sequence + 1;
    if (whole) for (const entry of this.#values.values()) entry.mark = sequence;
    // What changes while this one is written is of the next one.
    this.sequence = sequence;
    this.#broken = true;
    for (let at = 0, part = 0; at === 0 || at < changed.length; at += PART, part++) {
      const last = at + PART >= changed.length;
      const until = performance.now() + this.frameMilliseconds;
      while (performance.now() < until);
      const { instance } = this;
      const values = changed.slice(at, at + PART);
      const frame = { instance, generation: this.#generation, base, sequence, part, last, ended: ended && last, full: whole, values };
      if (last) this.#broken = false;
      yield encoder.encode(JSON.stringify(frame));
    }
  }
}

class FakeProcess {
  instance;
  sequence = 0;
  seconds = 0;
  shown = new Map();
  live = true;
  #generation = 0;
  #coming;
  #values = new Map();
  #part = 0;

  apply(bytes) {
    const frame = JSON.parse(decoder.decode(bytes));
    const answer = (more) => ({ consumed: bytes.length, refused: undefined, ended: false, behind: false, ...more });
    if (frame.foreign) return answer({ consumed: 0, refused: "Cannot read the image: it is of version 9" });
    const behind = answer({ consumed: 0, behind: true, refused: "Cannot read the image: it builds upon a state that was not received" });
    if (frame.part === 0) {
      if (!frame.full && (frame.generation !== this.#generation || frame.base > this.sequence)) {
        this.#part = -1;
        return behind;
      }
      this.#coming = frame.full ? new Map() : new Map(this.#values);
      this.#part = 0;
    } else if (frame.part !== this.#part) return behind;
    this.#part++;
    for (const [name, value] of frame.values) this.#coming.set(name, value);
    if (frame.last) {
      this.instance = frame.instance;
      this.#generation = frame.generation;
      this.sequence = frame.sequence;
      this.#values = this.#coming;
    }
    return answer({ ended: frame.ended });
  }

  get values() {
    return this.#values;
  }
}

export class FakeReader {
  processes = new Set();
  retired = new Map();
  closed = false;
  page = new Map();
  folds = 0;
  drops = 0;

  process() {
    const process = new FakeProcess();
    this.processes.add(process);
    return process;
  }

  fold(process) {
    if (!this.processes.delete(process)) throw new Error("It was folded before");
    this.folds++;
    for (const [name, value] of process.values) this.retired.set(name, (this.retired.get(name) ?? 0) + value);
  }

  drop(process) {
    this.drops++;
    this.processes.delete(process);
  }

  live() {}

  publish() {
    this.page = new Map(this.retired);
    for (const { values } of this.processes) {
      for (const [name, value] of values) this.page.set(name, (this.page.get(name) ?? 0) + value);
    }
  }

  close() {
    this.closed = true;
  }
}
