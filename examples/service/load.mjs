// Real HTTP load over loopback: a bounded number of callers, each of which sends, waits for the whole answer and
// sends again. What is counted here is what the service's own counts are held against.
import { Pool } from "undici";

/** Enough to keep every worker's hands full on a machine with few processors. */
const CALLER_COUNT = 32;

/** A service that answers nothing any more is not asked for ever. */
const MAX_FAILURES = 1_000;

/** The share of each request in a hundred, and how it is made from a random number below 1. */
const MIX = [
  [28, (random) => ({ path: `/hash?bytes=${between(50_000, 500_000, random)}` })],
  [14, (random) => ({ method: "POST", path: "/hash", body: "x".repeat(between(100, 20_000, random)) })],
  [26, (random) => ({ path: `/sort?count=${between(200, 4_000, random)}` })],
  [22, (random) => ({ path: `/primes?below=${between(1_000, 20_000, random)}` })],
  [3, () => ({ path: "/primes?below=many" })],
  [2, () => ({ path: "/sort?count=999999999" })],
  [2, () => ({ path: "/hash?bytes=8&algorithm=unheard-of" })],
  [3, () => ({ path: "/nowhere" })],
];

/** Some 0.8 s of work: a thread that has it is busy for long enough to be caught. */
const LONG = { path: "/primes?below=3000000" };

export class Load {
  #pool;
  #random = randomNumbers(2_026);
  #callers = [];
  #ended = false;

  sent = 0;
  /** status -> { count, length }, of the answers that arrived whole. */
  answers = new Map();
  /** What went wrong on the way; a good run has none. */
  failures = [];

  constructor(origin) {
    this.#pool = new Pool(origin, { connections: CALLER_COUNT + 1 });
  }

  get answered() {
    let total = 0;
    for (const { count } of this.answers.values()) total += count;
    return total;
  }

  start() {
    for (let count = 0; count < CALLER_COUNT; count++) this.#callers.push(this.#call());
  }

  /** One request that keeps a worker busy for long; counted like every other. */
  sendLong() {
    this.#callers.push(this.#send(LONG));
  }

  /** Lets every caller finish what it has sent. */
  async finish() {
    this.#ended = true;
    await Promise.all(this.#callers);
    await this.#pool.close();
  }

  /** Gives up what is on its way. */
  async abandon() {
    this.#ended = true;
    await this.#pool.destroy();
    await Promise.all(this.#callers);
  }

  async #call() {
    while (!this.#ended && this.failures.length < MAX_FAILURES) await this.#send(this.#choose());
  }

  async #send({ method = "GET", path, body }) {
    this.sent += 1;
    try {
      const response = await this.#pool.request({ method, path, body });
      const { byteLength } = await response.body.arrayBuffer();
      const answer = this.answers.get(response.statusCode) ?? { count: 0, length: 0 };
      this.answers.set(response.statusCode, { count: answer.count + 1, length: answer.length + byteLength });
    } catch (error) {
      this.failures.push(error);
    }
  }

  #choose() {
    let share = this.#random() * 100;
    const [, make] = MIX.find(([weight]) => (share -= weight) < 0) ?? MIX[0];
    return make(this.#random());
  }
}

function between(low, high, random) {
  return Math.floor(low + (high - low) * random);
}

/** mulberry32: the same requests in every run, which Math.random can't promise. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
