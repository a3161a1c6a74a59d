// One soak: a service with threads and processes under a steady load, series that come and go, threads and processes that die at
// random, a scrape every second. Gives what is known at the end; report.mjs judges it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runtimes, version } from "../../scripts/runtimes.mjs";
import { amounts, FIGURES } from "./amounts.mjs";
import { chance } from "./chance.mjs";
import { Page } from "./figures.mjs";
import { Ledger } from "./ledger.mjs";
import { Member } from "./members.mjs";
import { isThere, Prometheus } from "./prometheus.mjs";
import { Service } from "./service-process.mjs";

const FLAGS = { node: ["--no-warnings"], "node-current": ["--no-warnings"], deno: ["run", "-A", "--no-lock", "--quiet"], bun: ["run"] };
const ROUTES = ["/", "/users", "/orders", "/search"];
const THREADS = 3;
const PROCESSES = 3;
const REQUEST_MILLISECONDS = 10;
const BATCH_MILLISECONDS = 50;
const SESSION_MILLISECONDS = 100;
const SCRAPE_MILLISECONDS = 1_000;
/** So many sessions have requests; one that is so many older is ended by hand. */
const SESSIONS_OPEN = 20;
/** One that had none for so long has no more: it may be about to end by itself, and what ended must not come back. */
const SESSION_IDLE_MILLISECONDS = 1_000;
/** Between two deaths of a kind, and before who died is replaced, in seconds. */
const DEATHS = [0.4, 3];
const REPLACED = [0, 0.3];
/** How long one that is starting is given until it is looked at again. */
const START_MILLISECONDS = 20;
/** Pages are compared until two agree about who died, since another thread may have begun one before. */
const PAGES_MOST = 50;

class Soak {
  #chance;
  #ledger = new Ledger();
  #answers = { 200: 0, 503: 0 };
  #under = new Map();
  #sessions = [];
  #open = new Set(Array.from({ length: THREADS }, (_, i) => `thread-${i}`));
  #members = new Map();
  #nextId = 1;
  #lastPage;
  #over = new AbortController();
  #failures = [];
  #samples = [];
  #scrapes = [];
  #deaths = { threads: 0, processes: 0 };

  constructor(options) {
    this.options = options;
    this.#chance = chance(options.seed);
  }

  async run() {
    const { runtime, seconds, progress } = this.options;
    const dir = join(mkdtempSync(join(tmpdir(), "tallystick-soak-")), "spool");
    this.how = { binary: runtimes()[runtime], flags: FLAGS[runtime], dir };
    let prometheus;
    try {
      this.service = await Service.start({ ...this.how, threads: THREADS });
      for (const slot of this.#open) this.#ledger.open(slot, FIGURES);
      for (let i = 0; i < PROCESSES; i++) {
        this.#ledger.open(`process-${i}`, FIGURES, { whole: true });
        this.#join(`process-${i}`);
      }
      if (this.options.prometheus !== false && isThere()) prometheus = await Prometheus.start(this.service.metrics);
      this.began = Date.now();
      const loops = [
        this.#every(REQUEST_MILLISECONDS, () => void this.#request()),
        this.#every(BATCH_MILLISECONDS, () => this.#batches()),
        this.#every(SESSION_MILLISECONDS, () => this.#session()),
        this.#every(SCRAPE_MILLISECONDS, () => this.#look()),
        this.#every(10_000, () => progress(this.#told())),
        this.#dying("threads", () => this.#threadDies()),
        this.#dying("processes", () => this.#processDies()),
      ];
      await Promise.race([sleep(seconds * 1000), ...loops]);
      this.#over.abort();
      await Promise.all(loops);
      return await this.#end(prometheus);
    } finally {
      this.#over.abort();
      await prometheus?.stop();
      await Promise.all([...this.#members.values()].map((member) => member.kill()));
      await this.service?.stop();
      rmSync(join(dir, ".."), { recursive: true, force: true });
    }
  }

  get #isOver() {
    return this.#over.signal.aborted;
  }

  /** Until then, or until it is over. */
  #rest(milliseconds) {
    return sleep(Math.max(milliseconds, 0), undefined, { signal: this.#over.signal }).catch(() => {});
  }

  /** At a steady pace: what is late is not made up for. */
  async #every(milliseconds, act) {
    for (let due = performance.now(); !this.#isOver;) {
      await act();
      due = Math.max(due + milliseconds, performance.now());
      await this.#rest(due - performance.now());
    }
  }

  /** At random, and once at least, however short it is. */
  async #dying(kind, die) {
    for (;;) {
      await this.#rest(this.#chance.between(...DEATHS) * 1000);
      if (this.#isOver && this.#deaths[kind] > 0) return;
      await die();
    }
  }

  #told() {
    const { length } = this.#samples;
    const last = this.#samples[length - 1];
    const dead = `${this.#deaths.threads} threads and ${this.#deaths.processes} processes died`;
    return last === undefined ? "begins" : `${last.series} series, ${(last.rss / 2 ** 20).toFixed(0)} MiB, ${length} scrapes, ${dead}`;
  }

  #some() {
    const route = ROUTES[this.#chance.below(ROUTES.length)];
    return { route, times: 1 + this.#chance.below(100), size: 1 + this.#chance.below(2000) };
  }

  async #request() {
    const slots = [...this.#open];
    if (slots.length === 0) return;
    const slot = slots[this.#chance.below(slots.length)];
    const least = performance.now() - SESSION_IDLE_MILLISECONDS;
    const sessions = this.#sessions.slice(-SESSIONS_OPEN).filter(({ lastMilliseconds }) => lastMilliseconds > least);
    if (sessions.length === 0) return;
    const session = sessions[this.#chance.below(sessions.length)];
    const request = { ...this.#some(), session: session.name, sent: Date.now() };
    const id = this.#nextId++;
    this.#ledger.sent(slot, id, amounts(request));
    session.underWay++;
    const answered = this.#answered(slot, id, request);
    this.#under.set(id, { slot, answered });
    await answered;
    session.underWay--;
    session.lastMilliseconds = performance.now();
    this.#under.delete(id);
  }

  /** Resolves once a request was answered, whatever the answer. */
  async #answered(slot, id, request) {
    try {
      const { status } = await this.service.ask("/work", { slot, ...request });
      this.#answers[status]++;
      if (status === 200) this.#ledger.acknowledged(slot, id);
    } catch (error) {
      this.#failures.push(`A request: ${error.message}`);
    }
  }

  #batches() {
    for (const member of this.#members.values()) {
      if (member.isIdle) member.tell(this.#nextId, { ...this.#some(), session: undefined, open: `open-${this.#nextId++}` });
    }
  }

  /** One more session, and the end of the oldest: its counters by hand, its histogram by the clock. */
  async #session() {
    this.#sessions.push({ name: `session-${this.#nextId++}`, underWay: 0, lastMilliseconds: performance.now() });
    const [oldest] = this.#sessions;
    if (this.#sessions.length < SESSIONS_OPEN * 2 || oldest.underWay > 0) return;
    this.#sessions.shift();
    await this.service.ask("/forget", { session: oldest.name });
  }

  async #threadDies() {
    const slots = [...this.#open];
    const slot = slots[this.#chance.below(slots.length)];
    this.#open.delete(slot);
    await this.service.ask("/end", { slot });
    await Promise.all([...this.#under.values()].filter((each) => each.slot === slot).map(({ answered }) => answered));
    await this.#died(slot);
    this.#deaths.threads++;
    await sleep(this.#chance.between(...REPLACED) * 1000);
    await this.service.ask("/start", { slot });
    this.#open.add(slot);
  }

  async #processDies() {
    const slots = [...this.#members.keys()];
    const slot = slots[this.#chance.below(slots.length)];
    const member = this.#members.get(slot);
    if (!member.isReady) return void (await sleep(START_MILLISECONDS));
    this.#members.delete(slot);
    await member.kill();
    await this.#died(slot);
    this.#deaths.processes++;
    await sleep(this.#chance.between(...REPLACED) * 1000);
    this.#join(slot);
  }

  #join(slot) {
    this.#members.set(slot, new Member({ ...this.how, slot, ledger: this.#ledger }));
  }

  /** Two pages in a row that were begun behind the death and agree about who died. */
  async #died(slot) {
    const read = async () => new Page(await this.service.page());
    let page = await read();
    for (let i = 0; i < PAGES_MOST; i++) {
      const before = page;
      page = await read();
      if (i > 0 && FIGURES.every((name) => before.figure(name, slot) === page.figure(name, slot))) break;
    }
    this.#ledger.died(slot, (name) => page.figure(name, slot));
  }

  /** A scrape, and what the service says of itself. */
  async #look() {
    const from = performance.now();
    let text;
    try {
      text = await this.service.page();
    } catch (error) {
      this.#failures.push(`A scrape: ${error.message}`);
      return;
    }
    const scrapeMilliseconds = performance.now() - from;
    this.#scrapes.push(scrapeMilliseconds);
    const page = new Page(text);
    const lower = this.#lastPage === undefined ? [] : page.lowerThan(this.#lastPage);
    this.#failures.push(...lower.map((each) => `Lower: ${each}`));
    this.#lastPage = page;
    const state = await this.service.ask("/state");
    this.state = state;
    this.#samples.push({
      seconds: (Date.now() - this.began) / 1000,
      rss: state.rss,
      used: state.used,
      processes: state.processes,
      stallMilliseconds: state.stalls.since,
      series: page.seriesCount,
      pageBytes: text.length,
      scrapeMilliseconds,
    });
  }

  async #end(prometheus) {
    await Promise.all([...this.#under.values()].map(({ answered }) => answered));
    const codes = await Promise.all([...this.#members.values()].map((member) => member.end()));
    this.#failures.push(...codes.filter((code) => code !== 0).map((code) => `A process ended with code ${code}`));
    this.#members.clear();
    await this.#look();
    await this.#look();
    const page = this.#lastPage;
    const answered = Object.entries(this.#answers).map(([status, sent]) => {
      const counted = page.figure("answers", status);
      return { slot: "client", name: `answers ${status}`, sent, counted, open: 0, right: sent === counted };
    });
    const judged = await prometheus?.judge();
    const { runtime, seed } = this.options;
    return {
      runtime: `${runtime} ${/\d+\.\d+\.\d+/.exec(version(runtime))[0]}`,
      seed,
      seconds: (Date.now() - this.began) / 1000,
      rows: [...this.#ledger.rows((name, slot) => page.figure(name, slot)), ...answered],
      deaths: { ...this.#deaths, undecided: this.#ledger.undecided },
      wrong: [...this.#ledger.wrong, ...this.#failures, ...this.state.said],
      prometheus: judged,
      scrapes: this.#scrapes,
      stalls: this.state.stalls,
      samples: this.#samples,
    };
  }
}

/** `{ runtime, seconds, seed, prometheus, progress }`: without `prometheus: false` it scrapes where it is installed. */
export const soak = (options) => new Soak(options).run();
