// A Durable Object's storage as a receiver's store. Puts and deletes that begin in one turn of the event loop are written
// as one; a value of any size is several keys, for a key holds 128 KiB at the most.

const PART_BYTES = 98304;
/** So many keys one call takes. */
const KEYS_MOST = 128;

function* batches(list) {
  for (let at = 0; at < list.length; at += KEYS_MOST) yield list.slice(at, at + KEYS_MOST);
}

export class ObjectStore {
  #storage;
  /** How many keys each value has. */
  #parts = new Map();

  constructor(storage) {
    this.#storage = storage;
  }

  async load() {
    const found = new Map();
    // Keys come sorted, and so do the parts of a value.
    for (const [name, bytes] of await this.#storage.list()) {
      const key = name.slice(0, name.lastIndexOf(":"));
      found.set(key, [...(found.get(key) ?? []), bytes]);
    }
    this.#parts = new Map([...found].map(([key, parts]) => [key, parts.length]));
    const whole = await Promise.all([...found].map(async ([key, parts]) => [key, new Uint8Array(await new Blob(parts).arrayBuffer())]));
    return new Map(whole);
  }

  async change(put, remove) {
    const entries = [];
    const names = [];
    const removed = (key, from) => {
      for (let part = from; part < (this.#parts.get(key) ?? 0); part++) names.push(nameOf(key, part));
    };
    for (const [key, bytes] of put) {
      const count = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
      for (let part = 0; part < count; part++) entries.push([nameOf(key, part), bytes.slice(part * PART_BYTES, (part + 1) * PART_BYTES)]);
      removed(key, count);
      this.#parts.set(key, count);
    }
    for (const key of remove) {
      removed(key, 0);
      this.#parts.delete(key);
    }
    // No await in between: that is what makes it one change.
    const writes = [];
    for (const batch of batches(entries)) writes.push(this.#storage.put(Object.fromEntries(batch)));
    for (const batch of batches(names)) writes.push(this.#storage.delete(batch));
    await Promise.all(writes);
    await this.#storage.sync();
  }
}

function nameOf(key, part) {
  return `${key}:${String(part).padStart(6, "0")}`;
}
