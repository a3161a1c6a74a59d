// What the probe and its thread share: whether it is to end, and the families that it registers. A message is lost where the thread is
// terminated behind it, and so is what would be said behind the registering: the family would stay, and refuse the next probe.

/** Not 0 when the thread is to end; then how many bytes of names follow. */
const STOP = 0;
const LENGTH = 1;
const HEAD_BYTES = 8;
/** All families have 4 kB of names and helps. */
const NAMES_BYTES = 16_384;
const SEPARATOR = "\n";
const BETWEEN = "\t";
const REFUSED = "-";

export class Ledger {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory = new SharedArrayBuffer(HEAD_BYTES + NAMES_BYTES)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, HEAD_BYTES / Int32Array.BYTES_PER_ELEMENT);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1);
  }

  /** Says that the thread is about to register a family of this help, or that the registry did not take it. Whole, or not yet. */
  said(family: string, help: string, isRefused = false): void {
    const length = Atomics.load(this.#words, LENGTH);
    const entry = new TextEncoder().encode(`${isRefused ? REFUSED : ""}${family}${BETWEEN}${help}${SEPARATOR}`);
    if (length + entry.length > NAMES_BYTES) return;
    new Uint8Array(this.memory, HEAD_BYTES).set(entry, length);
    Atomics.store(this.#words, LENGTH, length + entry.length);
  }

  /** Helps of the families that the thread registered, by their names; of the last one it may not have come to it. */
  families(): Map<string, string> {
    const bytes = new Uint8Array(this.memory, HEAD_BYTES, Atomics.load(this.#words, LENGTH));
    const families = new Map<string, string>();
    // No text is decoded from memory that threads share.
    for (const entry of new TextDecoder().decode(bytes.slice()).split(SEPARATOR).slice(0, -1)) {
      const [family, help] = entry.split(BETWEEN) as [string, string];
      if (family.startsWith(REFUSED)) families.delete(family.slice(REFUSED.length));
      else families.set(family, help);
    }
    return families;
  }
}
