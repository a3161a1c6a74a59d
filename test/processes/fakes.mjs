// Images that a test can read: a frame is its length, a checksum and JSON of counters. Names that begin with "live"
// are live gauges. Runs in Node, Deno and Bun.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const FRONT = 8;
const MAGIC = 0x7a;

function checksum(bytes) {
  let sum = 7;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

export function frame(content) {
  const text = encoder.encode(JSON.stringify(content));
  const bytes = new Uint8Array(FRONT + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ((MAGIC << 24) | bytes.length) >>> 0, true);
  view.setInt32(4, checksum(text), true);
  bytes.set(text, FRONT);
  return bytes;
}

/** {content, length}, "torn", or why it is refused. */
function unframed(bytes) {
  if (bytes.length < FRONT) return { torn: true };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const front = view.getUint32(0, true);
  if (front >>> 24 !== MAGIC) return { refused: "no frame begins here" };
  const length = front & 0xffffff;
  if (bytes.length < length) return { torn: true };
  const text = bytes.subarray(FRONT, length);
  if (checksum(text) !== view.getInt32(4, true)) return { refused: "the checksum differs" };
  return { content: JSON.parse(decoder.decode(text)), length };
}

export function instanceNew() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What one process counts. */
export class Counted {
  instance = instanceNew();
  values = new Map();
  base = new Map();
  #sent = new Map();
  /** How many counters a frame has. */
  slice = 50;

  inc(name, by = 1) {
    this.values.set(name, (this.values.get(name) ?? 0) + by);
  }

  *frames({ full, ended, baseline = false }) {
    if (baseline) {
      this.instance = instanceNew();
      this.base = new Map([...this.values].filter(([name]) => !name.startsWith("live")));
    }
    if (full) this.#sent.clear();
    const changed = [...this.values].filter(([name, value]) => this.#sent.get(name) !== value);
    if (changed.length === 0 && !full && !ended) return;
    for (let from = 0; from === 0 || from < changed.length; from += this.slice) {
      const some = changed.slice(from, from + this.slice);
      const last = from + this.slice >= changed.length;
      const values = some.map(([name, value]) => [name, value - (this.base.get(name) ?? 0)]);
      const bytes = frame({ instance: this.instance, full: full && from === 0, ended: ended && last, values });
      for (const [name, value] of some) this.#sent.set(name, value);
      yield bytes;
      // As in a memory: what was given is valid until now.
      bytes.fill(0xff);
    }
  }
}

class Part {
  instance;
  values = new Map();
  live = true;

  apply(bytes) {
    let consumed = 0;
    let ended = false;
    while (consumed < bytes.length) {
      const { content, length, torn, refused } = unframed(bytes.subarray(consumed));
      if (torn) break;
      if (refused !== undefined) return { consumed, refused, ended };
      if (content.full) this.values.clear();
      this.instance = content.instance;
      for (const [name, value] of content.values) this.values.set(name, value);
      ended ||= content.ended;
      consumed += length;
    }
    return { consumed, refused: undefined, ended };
  }
}

/** What a collector has. `totals` is what is published. */
export class Collected {
  totals = {};
  parts = new Set();
  dead = new Map();
  isClosed = false;

  process() {
    const part = new Part();
    this.parts.add(part);
    return part;
  }

  fold(part) {
    if (!this.parts.delete(part)) throw new Error("folded twice");
    for (const [name, value] of part.values) if (!name.startsWith("live")) this.dead.set(name, (this.dead.get(name) ?? 0) + value);
  }

  drop(part) {
    if (!this.parts.delete(part)) throw new Error("dropped twice");
  }

  live(part, live) {
    part.live = live;
  }

  publish() {
    const totals = new Map(this.dead);
    for (const { values, live } of this.parts) {
      for (const [name, value] of values) if (live || !name.startsWith("live")) totals.set(name, (totals.get(name) ?? 0) + value);
    }
    this.totals = Object.fromEntries([...totals].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  *retired() {
    const all = [...this.dead];
    for (let from = 0; from === 0 || from < all.length; from += 50) {
      yield frame({ instance: "0000000000000000", full: from === 0, ended: false, values: all.slice(from, from + 50) });
    }
  }

  retire(bytes) {
    const part = new Part();
    const result = part.apply(bytes);
    this.dead = part.values;
    return result;
  }

  close() {
    this.isClosed = true;
  }
}
