// Collectors: callbacks that write ordinary cells when a scrape comes.
//
// A collector runs in the thread that registered it and nowhere else. A scrape in that thread runs it; a
// scrape in another one raises a word in the shared memory that the thread waits for without blocking, and
// waits itself for as long as that thread's slowest collector may take. Then it serves what is there. Each
// collector has a gauge that prints how long ago it last finished, from when it was registered on, and a counter
// of its failures: runs that threw or rejected, and every scrape that went without it because it was late. So an
// alert on either stays up for as long as a collector hangs. Whatever it does, the rest is served.
//
// A thread whose event loop is blocked cannot count what it is late for, and nobody else knows its collectors:
// only their ages tell. After some scrapes that waited for it in vain none does so until it has answered one; for a
// collector that hangs they wait as long as for one that asks for nothing.
//
// A process that others ask for what it counts runs its collectors, too, before it tells that: its values would be those of its own last scrape,
// and there may be none. But what reads other processes is run for a page alone; else each of them would ask all others whenever it is asked.

import { collectorFailedOnce, collectorLate, timeoutOutside } from "./errors.ts";
import { Groups } from "./groups.ts";
import { type Weak, weakly } from "./runtime.ts";
import type { CollectorOptions } from "./options.ts";
import type { Core } from "./core.ts";

/** What a collector reports by. None of these may throw, but `given`. */
export interface CollectorMetrics {
  /** What its callback returned: constant metrics, or nothing. */
  given(collector: object, result: unknown): void;
  /** It was ended, or failed: what it gave is over. */
  over(collector: object): void;
  failed(name: string): void;
  /** From now on its values are as old as this moment is. */
  finished(name: string): void;
  /** It was ended, and no other one has its name. */
  gone(name: string): void;
}

/** What collectors are run for: a page, or an image of what this process counts. */
export type Purpose = "page" | "image";

/** The word that threads wait for has a count of each in it. Differences of two of its values are exact. */
const WISHES = { page: 0x10000, image: 1 } as const;
/** A process that is scraped and asks all others hears of it, too: it has just run its own. */
const OWN_WISH_MS = 20;

interface Collector {
  readonly name: string;
  /** Whether it reads what other processes count. */
  readonly gathers: boolean;
  readonly onError: ((error: unknown) => void) | undefined;
  /** How long a scrape waits for it, in milliseconds. */
  readonly timeout: number;
  /** Whether its first failure was told. */
  told: boolean;
  readonly callback: () => unknown;
  /** True while it runs: a second scrape waits for the same run. */
  running: boolean;
  /** Whether its age is told yet. */
  aging: boolean;
  /** How many scrapes in a row waited for it in vain. */
  missed: number;
  /** Who waits for its end. A wait that was given up leaves nothing here, however long the run hangs. */
  readonly waiting: Set<() => void>;
}

/** A scrape waits for a collector no longer than this, unless it asks for more. */
const TIMEOUT_SECONDS = 0.05;
/** A scrape that takes longer was given up by whoever asked: Prometheus does after 10 s, unless told otherwise. */
const TIMEOUT_SECONDS_MOST = 60;
/** So many scrapes in a row wait in vain for as long as a collector asks. */
const MISSED_MOST = 3;
const POLL_MS = 2;
/** The longer it took, the less often a scrape looks: 3 % more of it. */
const POLL_SHARE = 1 / 32;

function timeoutOf({ timeoutSeconds }: CollectorOptions): number {
  const seconds = timeoutSeconds ?? TIMEOUT_SECONDS;
  if (!(seconds > 0 && seconds <= TIMEOUT_SECONDS_MOST)) throw timeoutOutside(seconds, TIMEOUT_SECONDS_MOST);
  return Math.ceil(seconds * 1000);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Tells of a failure: whoever asked for it, else the console, once. Never throws. */
function tell(collector: Collector, error: unknown): void {
  const first = !collector.told;
  collector.told = true;
  try {
    if (collector.onError !== undefined) collector.onError(error);
    else if (first) console.warn(collectorFailedOnce(collector.name), error);
  } catch {}
}

/** Whose callbacks are on the stack: a scrape that one asks for waits for neither, nor for other threads longer than the least. */
const calling = new Set<Collector>();

/** Starts a collector unless it still runs. */
function run(collector: Collector, metrics: CollectorMetrics, isEnded: () => boolean): void {
  if (collector.running) return;
  // Before the callback: one that asks for a scrape must not be started by it.
  collector.running = true;
  const left = () => {
    collector.running = false;
    collector.missed = 0;
    for (const wake of collector.waiting) wake();
  };
  const finished = (result: unknown) => {
    if (isEnded()) {
      left();
      return;
    }
    try {
      metrics.given(collector, result);
    } catch (error) {
      failed(error);
      return;
    }
    metrics.finished(collector.name);
    left();
  };
  const failed = (error: unknown) => {
    // What it returned before would look as if it were of now.
    metrics.over(collector);
    metrics.failed(collector.name);
    tell(collector, error);
    left();
  };
  let result: unknown;
  let pending: boolean;
  try {
    calling.add(collector);
    result = collector.callback();
    pending = isThenable(result);
  } catch (error) {
    failed(error);
    return;
  } finally {
    calling.delete(collector);
  }
  if (!pending) {
    finished(result);
    return;
  }
  // A promise of our own: it settles once, whatever a foreign `then` does.
  new Promise((resolve) => resolve(result)).then(finished, failed);
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The collectors of one registry in this thread. */
export class Collectors {
  readonly weak: Weak<this> = weakly(this);
  /** Whether others than the program's objects lead to its registry: then it lives on without them. */
  held: boolean;
  /** When they were last begun to be run, in milliseconds of `performance.now()`. */
  began = 0;
  #pageBegan = -Infinity;
  readonly #all = new Set<Collector>();
  readonly #metrics: CollectorMetrics;

  constructor(metrics: CollectorMetrics, held: boolean) {
    this.#metrics = metrics;
    this.held = held;
  }

  get size(): number {
    return this.#all.size;
  }

  /** How long the slowest of them may take, in milliseconds. */
  get wait(): number {
    let most = 0;
    for (const { timeout } of this.#all) most = Math.max(most, timeout);
    return most;
  }

  add(callback: () => unknown, options: CollectorOptions, gathers: boolean): () => void {
    const collector: Collector = {
      gathers,
      name: String(options.name ?? this.#unnamed()),
      onError: options.onError ?? undefined,
      timeout: timeoutOf(options),
      told: false,
      callback,
      running: false,
      aging: false,
      missed: 0,
      waiting: new Set(),
    };
    this.#all.add(collector);
    return () => {
      if (!this.#all.delete(collector)) return;
      for (const wake of collector.waiting) wake();
      this.#metrics.over(collector);
      if (!this.#named(collector.name)) this.#metrics.gone(collector.name);
    };
  }

  /** Lets nobody wait for them any more. */
  giveUp(): void {
    for (const { waiting } of this.#all) for (const wake of waiting) wake();
  }

  #named(name: string): boolean {
    for (const collector of this.#all) if (collector.name === name) return true;
    return false;
  }

  /** The lowest number that is free: who comes and goes leaves no trace. */
  #unnamed(): string {
    for (let number = 1; ; number++) if (!this.#named(`collector_${number}`)) return `collector_${number}`;
  }

  /** Lets the ages of new collectors begin: one that never ends, or is never reached, shows by it. */
  begin(): void {
    // In workerd's global scope the clock stands at 0: there it is the first run that begins it.
    if (Date.now() === 0) return;
    for (const collector of this.#all) {
      if (collector.aging) continue;
      collector.aging = true;
      this.#metrics.finished(collector.name);
    }
  }

  /** Runs all that are for it; resolves when each is done or its time is up. */
  async run(purpose: Purpose): Promise<void> {
    const now = performance.now();
    const isPage = purpose === "page";
    const asked = [...this.#all].filter(({ gathers }) => isPage || !gathers);
    if (isPage || now - this.#pageBegan >= OWN_WISH_MS) {
      this.began = now;
      this.begin();
      for (const collector of asked) run(collector, this.#metrics, () => !this.#all.has(collector));
    }
    if (isPage) this.#pageBegan = now;
    const running = asked.filter((collector) => collector.running && !calling.has(collector));
    await Promise.all(running.map((collector) => this.#ended(collector)));
  }

  #ended(collector: Collector): Promise<void> {
    // One that hangs is a failure of every scrape, and costs the first few of them more than the least.
    const most = collector.missed < MISSED_MOST ? collector.timeout : Math.min(collector.timeout, TIMEOUT_SECONDS * 1000);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        collector.missed++;
        this.#metrics.failed(collector.name);
        tell(collector, collectorLate(collector.name, most));
        done();
      }, most);
      function done(): void {
        clearTimeout(timer);
        collector.waiting.delete(done);
        resolve();
      }
      collector.waiting.add(done);
    });
  }
}

/** Answers the scrapes of other threads for all registries of one core. Keeps no process alive. */
export class Answerer {
  readonly #core: Core;
  readonly #groups: () => Iterable<Collectors>;
  #listening = false;
  /** The last wish for which all collectors ran, or which came before there were any. */
  #answered = 0;
  /** The wishes since then that this thread made itself: for those, whoever asked ran the collectors they are for. */
  #own = 0;

  constructor(core: Core, groups: () => Iterable<Collectors>) {
    this.#core = core;
    this.#groups = groups;
  }

  #count(): number {
    let count = 0;
    for (const group of this.#groups()) count += group.size;
    return count;
  }

  /** Tells the memory how many collectors there are; begins to listen with the first. */
  changed(): void {
    this.#core.ready();
    for (const group of this.#groups()) group.begin();
    const begins = !this.#listening;
    if (begins) {
      this.#answered = Atomics.load(this.#words(), 0);
      this.#own = 0;
    }
    // A slot that is claimed anew, after a leave or a false death, does not know of them.
    this.#core.claimed = () => this.#tell();
    this.#tell();
    if (!begins || this.#core.memory.buffer instanceof ArrayBuffer) return;
    this.#listening = true;
    // A memory that is used up does not take the process along: scrapes then find old values.
    this.#listen().catch(() => {
      this.#listening = false;
    });
  }

  #tell(): void {
    let wait = 0;
    for (const group of this.#groups()) wait = Math.max(wait, group.wait);
    this.#core.verbs.writerCollected(this.#count(), this.#answered, wait);
  }

  #words(): Int32Array {
    return new Int32Array(this.#core.memory.buffer, this.#core.verbs.scrapeWantedAddress(), 1);
  }

  async #listen(): Promise<void> {
    while (this.#count() > 0) {
      const waiting = Atomics.waitAsync(this.#words(), 0, this.#answered);
      if (waiting.async) await waiting.value;
      const seen = Atomics.load(this.#words(), 0);
      const own = this.#own;
      this.#own = 0;
      // A collector that runs for a scrape of this thread is not started again, only waited for.
      const others = (seen - this.#answered - own) | 0;
      if (others !== 0) await this.#run(others >>> 16 === 0 ? "image" : "page");
      this.#answered = seen;
      this.#core.ready();
      this.#tell();
    }
    this.#listening = false;
  }

  /** On its own: what waits for the next wish must not hold a registry that is dropped meanwhile. */
  async #run(purpose: Purpose): Promise<void> {
    await Promise.all([...this.#groups()].map((group) => group.run(purpose)));
  }

  /** Asks the collectors of all other threads and waits for them, for each thread no longer than it said. */
  async ask(purpose: Purpose): Promise<void> {
    const { verbs } = this.#core;
    if (this.#core.memory.buffer instanceof ArrayBuffer) return;
    this.#core.ready();
    if (verbs.writersCollecting() === 0) return;
    const wish = WISHES[purpose];
    const wanted = (Atomics.add(this.#words(), 0, wish) + wish) | 0;
    this.#own += wish;
    Atomics.notify(this.#words(), 0);
    const from = performance.now();
    // A collector that asks may be what the others wait for.
    const most = calling.size > 0 ? TIMEOUT_SECONDS * 1000 : Infinity;
    for (let waited = 0; verbs.writersAwaited(wanted, waited) > 0; waited = performance.now() - from) {
      if (waited > most) return;
      await delay(Math.max(POLL_MS, waited * POLL_SHARE));
    }
    verbs.writersMissed(wanted);
  }
}

/** One for each core: all registries of a thread in that memory answer together. */
const answerers = new WeakMap<Core, { answerer: Answerer; groups: Groups<Collectors> }>();

export function answererOf(core: Core): { answerer: Answerer; groups: Groups<Collectors> } {
  let there = answerers.get(core);
  if (there === undefined) {
    const groups = new Groups<Collectors>();
    there = { answerer: new Answerer(core, () => groups), groups };
    answerers.set(core, there);
  }
  return there;
}
