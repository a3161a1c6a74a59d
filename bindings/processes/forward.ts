// Hands on what a receiver took in to the next one, so that collectors form a tree and its root shows what all processes under it have
// counted.
//
// Nothing is summed on the way. Every process keeps its name up the tree, and its bodies go on as they were acknowledged here, those of
// many in one request. So what a collector has of a process is the newest that it heard, whatever it heard before, however often, and by
// which ways: merging is associative, commutative and idempotent, and a collector in the middle that is started anew doubles nothing.
// What waits, and what becomes of it when it is not taken, stands in forward-outbox.ts.
//
// Whoever handed something on is told along with it, so what comes back in a circle is refused, and goes no further.
//
// Requests begin by a timer that keeps no process alive, and where `handOn` is called; they never overlap (push-turn.ts). On failures
// they pause, longer each time.

import { ENTRIES_MOST, answersIn, IMAGES_TYPE, rowOf, STATUS_LOOP } from "./forward-wire.ts";
import { Outbox } from "./forward-outbox.ts";
import type { ForwardCounts, ForwardResult, ForwardSettings } from "./forward-settings.ts";
import {
  answersInvalid,
  entryRefused,
  entryTooLarge,
  forwardAbandoned,
  forwardFailed,
  forwardRefused,
  forwardsAgain,
  lastLost,
  leftBehind,
  somePausing,
  someRefused,
  waitingDropped,
} from "./forward-worded.ts";
import { idNew } from "./names.ts";
import { gzipped } from "./push-body.ts";
import { type Answered, posted } from "./push-post.ts";
import { PUSH_BYTES_LEAST } from "./push-settings.ts";
import { hears } from "./push-told.ts";
import { STATUS_BEHIND, STATUS_FOLDED } from "./push-wire.ts";
import { later } from "./later.ts";
import { type Lease, Pauses, Turns } from "./push-turn.ts";
import type { News, Push, Upstream } from "./receive-settings.ts";

/** While it is closed it tries again so often. */
const CLOSING_MS = 250;
/** Where nothing could be sent it is looked again as late at the soonest. */
const AGAIN_SECONDS = 1;
/** Different things that are told of single processes. */
const TOLD_MOST = 20;

/** What a receiver shows of its handing on. */
export interface Forwarding {
  /**
   * Hands on what waits, for runtimes without timers, as at the end of a request on the edge: `ctx.waitUntil(receive.forwarding.handOn())`.
   * Never rejects. Where a request is under way, waits for it first.
   */
  handOn(): Promise<ForwardResult>;
  readonly counts: ForwardCounts;
}

/** Hands on behind what was kept is loaded; `isKept`: by itself, too, for nobody may push or scrape for long. */
export function loading(forwarder: Forwarder, loaded: () => Promise<unknown>, isKept: boolean): Forwarding {
  const handOn = async () => {
    await loaded();
    return forwarder.handOn();
  };
  try {
    if (isKept) later(1000 * AGAIN_SECONDS, () => void loaded());
  } catch {
    // Where no timer may begin, the first request does it.
  }
  return {
    handOn,
    get counts() {
      return forwarder.counts;
    },
  };
}

export class Forwarder implements Upstream {
  readonly #settings: ForwardSettings;
  readonly #outbox: Outbox;
  readonly #turns: Turns;
  readonly #pauses: Pauses;
  readonly #onError: (error: Error) => void;
  #maxBytes: number;
  #id: string | undefined;
  #timer: unknown;
  #handedOn = 0;
  #failures = 0;
  readonly #told = new Set<string>();
  readonly #toldRefused = new Set<string>();
  /** How requests fail since the last success. */
  #failing: string | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(settings: ForwardSettings, seconds: () => number, onError: (error: Error) => void) {
    const { url, maxBytes, maxWaitingBytes } = settings;
    this.#settings = settings;
    this.#onError = onError;
    this.#maxBytes = maxBytes;
    this.#turns = new Turns(seconds);
    this.#pauses = new Pauses(seconds);
    const refused = (status: number, why: string) => {
      // What comes back in a circle was to be refused: nothing is missing there.
      if (status !== STATUS_LOOP) this.#failures++;
      this.#tellRefused(status, why);
    };
    const dropped = (last: boolean) => {
      this.#failures++;
      this.#tell(waitingDropped(url, maxWaitingBytes, last));
    };
    // It is in the count as what was refused.
    const lost = (status: number) => this.#tell(lastLost(url, status));
    this.#outbox = new Outbox({ maxWaitingBytes, seconds, refused, dropped, lost });
  }

  /** Another one in each collector, at each start. */
  get id(): string {
    // Not in the constructor: where a receiver is made there may be no randomness yet.
    return (this.#id ??= idNew());
  }

  get counts(): ForwardCounts {
    const { count, bytes } = this.#outbox;
    return { handedOn: this.#handedOn, failures: this.#failures, waiting: count, waitingBytes: bytes };
  }

  took(push: Push, news: News, ended: boolean): boolean {
    const taken = this.#outbox.took(push, news, ended);
    this.#later();
    return taken;
  }

  holds(instance: string): boolean {
    return this.#outbox.holds(instance);
  }

  wantsWhole(instance: string): boolean {
    return this.#outbox.wantsWhole(instance);
  }

  died(instance: string): void {
    this.#outbox.died(instance);
  }

  forgot(instance: string): void {
    this.#outbox.forgot(instance);
  }

  folded(): readonly string[] {
    return this.#outbox.folded();
  }

  /** Hands on by a timer, where something waits and none is set. */
  #later(leastSeconds = 0): void {
    if (this.#timer !== undefined || this.#closing !== undefined || this.#outbox.count === 0) return;
    const { everySeconds } = this.#settings;
    const seconds = Math.max(leastSeconds, this.#pauses.seconds, this.#turns.soon(everySeconds, everySeconds));
    this.#timer = later(Math.ceil(seconds * 1000), () => {
      this.#timer = undefined;
      this.handOn()
        .then(({ outcome }) => this.#later(outcome === "sent" ? 0 : AGAIN_SECONDS))
        .catch((error: unknown) => this.#tell(forwardFailed(this.#settings.url, error)));
    });
  }

  async handOn(): Promise<ForwardResult> {
    for (let times = 0, wait; (wait = this.#turns.wait(times, 0)) !== undefined; times++) await wait;
    if (this.#closed) return { outcome: "nothing" };
    // There may be no other time to say the last.
    if (this.#pauses.seconds > 0 && this.#closing === undefined) return { outcome: "paused" };
    // What has arrived of one that never came back nobody knows: it is sent again.
    if (this.#turns.isAbandoned) this.#failed(forwardAbandoned(this.#settings.url), 0);
    const lease = this.#turns.begun();
    try {
      return await this.#handedOnAll(lease);
    } catch (error) {
      // Another way there may answer anything: nobody waits for a timer, and nobody who closes it would catch it.
      return this.#turns.is(lease) ? this.#failed(forwardFailed(this.#settings.url, error), 0) : { outcome: "failed" };
    } finally {
      this.#turns.ended(lease);
    }
  }

  /** What comes meanwhile goes with the next ones. */
  async #handedOnAll(lease: Lease): Promise<ForwardResult> {
    const { url, timeoutSeconds } = this.#settings;
    const upTo = this.#outbox.count;
    let refused = 0;
    for (let sent = 0; ;) {
      const items = sent < upTo ? this.#outbox.batch(this.#maxBytes, ENTRIES_MOST / 4) : [];
      if (items.length === 0) return this.#outcomeOf(url, sent, refused);
      this.#turns.extended(lease, timeoutSeconds);
      let answer: Answered;
      try {
        const body = rowOf(items.map((item) => this.#outbox.sent(item, this.id)));
        answer = await posted(this.#settings, IMAGES_TYPE, body, await gzipped(body), {});
      } catch (error) {
        return this.#turns.is(lease) ? this.#failed(forwardFailed(url, error), 0) : { outcome: "failed" };
      }
      if (!this.#turns.is(lease)) return { outcome: "failed" };
      const { status, said, retrySeconds } = answer;
      if (status === 413 && items.length === 1) {
        refused++;
        this.#outbox.answered(items, [{ status, why: entryTooLarge(items[0]!.body.length) }]);
      } else if (status === 413) {
        if (this.#maxBytes === PUSH_BYTES_LEAST) return this.#failed(forwardRefused(url, status, said), retrySeconds);
        this.#maxBytes = Math.max(PUSH_BYTES_LEAST, this.#maxBytes / 2);
        this.#tell(forwardRefused(url, status, said));
        continue;
      } else if (status === 200) {
        const answers = answersIn(said, items.length);
        if (answers === undefined) return this.#failed(answersInvalid(url), retrySeconds);
        this.#handedOn += answers.filter((each) => each.status === 200).length;
        refused += answers.filter((each) => each.status !== 200 && each.status !== STATUS_LOOP).length;
        this.#failures += answers.filter((each) => each.status === STATUS_BEHIND || each.status === STATUS_FOLDED).length;
        this.#outbox.answered(items, answers);
        this.#pauses.succeeded();
        if (this.#failing !== undefined) hears("a receiver", this.#onError, forwardsAgain(url));
        this.#failing = undefined;
      } else {
        return this.#failed(forwardRefused(url, status, said), retrySeconds);
      }
      sent += items.length;
    }
  }

  #outcomeOf(url: string, sent: number, refused: number): ForwardResult {
    if (refused > 0) return { outcome: "failed", error: someRefused(url, refused, sent) };
    const { pausing } = this.#outbox;
    if (pausing === 0) return { outcome: sent === 0 ? "nothing" : "sent" };
    return sent === 0 ? { outcome: "paused" } : { outcome: "failed", error: somePausing(url, pausing) };
  }

  /** Hands on what waits, for as long as it was told at the most; then nothing any more. Never rejects. */
  close(): Promise<void> {
    return (this.#closing ??= this.#ended());
  }

  async #ended(): Promise<void> {
    const { url, closeSeconds } = this.#settings;
    clearTimeout(this.#timer as Parameters<typeof clearTimeout>[0]);
    const until = performance.now() + closeSeconds * 1000;
    // As the one who closes it comes first: `close` has answered before anything is sent.
    await Promise.resolve();
    while (this.#outbox.count > 0) {
      const left = until - performance.now();
      if (left <= 0) break;
      // A request that hangs is not waited for beyond it.
      let timer: unknown;
      const over = new Promise((resolve) => (timer = setTimeout(resolve, left)));
      await Promise.race([this.handOn(), over]);
      clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
      if (this.#outbox.count > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(CLOSING_MS, left)));
    }
    this.#closed = true;
    this.#turns.givenUp();
    if (this.#outbox.count > 0) this.#tell(leftBehind(url, this.#outbox.count, closeSeconds));
  }

  #failed(error: Error, retrySeconds: number): ForwardResult {
    this.#failures++;
    this.#pauses.failed(retrySeconds);
    if (this.#failing !== error.message) hears("a receiver", this.#onError, error);
    this.#failing = error.message;
    return { outcome: "failed", error };
  }

  /** Once each, whatever numbers stand in it. */
  #tell(error: Error): void {
    const kind = error.message.replace(/\d{4,}/g, "0");
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    hears("a receiver", this.#onError, error);
  }

  /** The same of what the next collector says of single processes: it may say a thousand things. */
  #tellRefused(status: number, why: string): void {
    const error = entryRefused(this.#settings.url, status, why);
    if (this.#toldRefused.size === TOLD_MOST) return;
    this.#toldRefused.add(error.message.replace(/\d{4,}/g, "0"));
    this.#tell(error);
  }
}
