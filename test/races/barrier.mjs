// Where two threads meet: both wait until the other one has come, and none sleeps where the other is about to come.

/** One that waits so long for the other hangs. */
const PATIENCE_MS = 30000;
/** Looks before it goes to sleep: waking up takes longer than any verb. */
const LOOKS = 20000;

const COME = 0;
const TURN = 1;
/** Behind these two a word for each of the two: whether it is in its verb, and whether it saw the other one in its own. */
const IN = 2;
const SAW = 4;
/** How often a verb began. */
const FIRST = 6;

export class Barrier {
  #words;

  constructor(buffer) {
    this.#words = new Int32Array(buffer);
  }

  static room() {
    return new SharedArrayBuffer(28);
  }

  meet() {
    const words = this.#words;
    const turn = Atomics.load(words, TURN);
    if (Atomics.add(words, COME, 1) === 1) {
      Atomics.store(words, COME, 0);
      Atomics.add(words, TURN, 1);
      Atomics.notify(words, TURN);
      return;
    }
    for (let i = 0; i < LOOKS; i++) if (Atomics.load(words, TURN) !== turn) return;
    if (Atomics.wait(words, TURN, turn, PATIENCE_MS) === "timed-out") throw new Error("The other thread hangs");
  }
}

/** Spins by which a side begins later or sooner the next time, so that both begin at once in the end. */
const STEP = 8;

/** One side of a race, 0 or 1. */
export class Side {
  #words;
  #side;
  #random;
  #late = 0;

  constructor(buffer, side, seed) {
    this.#words = new Int32Array(buffer);
    this.#side = side;
    this.#random = randomFrom(seed + side);
  }

  /** Runs a verb some time behind the barrier. */
  run(verb) {
    const other = IN + 1 - this.#side;
    jitter(this.#random, this.#late);
    const first = Atomics.add(this.#words, FIRST, 1) % 2 === 0;
    Atomics.store(this.#words, IN + this.#side, 1);
    const before = Atomics.load(this.#words, other);
    verb();
    Atomics.store(this.#words, SAW + this.#side, before | Atomics.load(this.#words, other));
    Atomics.store(this.#words, IN + this.#side, 0);
    this.#late = first ? this.#late + STEP : Math.max(0, this.#late - STEP);
  }
}

/** True where one of the two saw the other one; asked behind the barrier. */
export function overlapped(buffer) {
  const words = new Int32Array(buffer);
  return (words[SAW] | words[SAW + 1]) === 1;
}

/** Mulberry32: the same numbers for the same seed. */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Two to this are the most spins: some 2 µs, as long as what is raced with takes. */
const SPIN_BITS = 11;

/** Lets a time pass that is different by orders of magnitude. */
function jitter(random, late) {
  let spins = late + 2 ** (random() * SPIN_BITS);
  while (spins > 1) spins--;
  return spins;
}
