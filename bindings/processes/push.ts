// Pushes: a process that nobody can scrape hands its image to a receiver over HTTP. Made for isolates of the edge, which
// have no timers of their own, no files, and die without a word; any process may use it.
//
// A push is one walk of the registry: what changed since the last sequence that the receiver said it has, up to its end.
// Nothing is taken for received before the receiver says so. What failed is dropped and walked again with the next
// push, from the same sequence on, so that a newer state goes out and not an old one. Values in an image are what series
// stand at, so whatever of it arrives twice, late, or not at all counts once; receive.ts has the other half.
//
// Where the receiver has lost what the body builds upon, the whole image follows in the same push. Where it has folded
// this process, for it was silent so long that it was taken for dead, the writer begins anew under another name.
//
// Pushes of one pusher never overlap: push-turn.ts. Calls that come sooner than `leastSeconds` after the last push began wait until
// that is over, and the first of them that wakes pushes for all.
//
// A body is limited, and a push is one body: an image that does not fit goes out part by part, a part a push.

import { frontOf } from "./frames.ts";
import { type Bytes, framesWithin, gzipped, joined } from "./push-body.ts";
import { type Answered, posted } from "./push-post.ts";
import { foldedAsked } from "./push-folded.ts";
import { LastWord } from "./push-last.ts";
import { hears } from "./push-told.ts";
import { type Lease, Pauses, Turns } from "./push-turn.ts";
import {
  imageTorn,
  imageUnwritten,
  pushAbandoned,
  pushClosed,
  pushedAgain,
  pushedAnew,
  pushedAnewToo,
  pushFailed,
  pushRefused,
  pushTooLarge,
  receiptBehind,
  receiptInvalid,
} from "./push-worded.ts";
import {
  IMAGE_TYPE,
  INSTANCE_HEADER,
  type Receipt,
  type Share,
  SHARE_HEADER,
  SILENT_HEADER,
  type State,
  FOLDED,
  STATE_HEADER,
  stateText,
  STATUS_BEHIND,
  STATUS_FOLDED,
} from "./push-wire.ts";
import {
  PUSH_BYTES_LEAST,
  type PushCall,
  pushChecked,
  type PushCounts,
  type PusherOptions,
  type PusherSettings,
  type PushResult,
  settingsOf,
} from "./push-settings.ts";
import type { PushedWriter } from "./push-writer.ts";

export type { PushCounts, PusherOptions, PushInit, PushResponse, PushResult } from "./push-settings.ts";

/** A body, the whole image after 409, that of a new instance after 410. */
const ROUNDS = 3;

/** A receiver may be started anew in the middle of a whole image; so often in succession it is not. */
const TORN_MOST = 3;

/** One sequence on its way. */
interface Sequence {
  readonly frames: readonly Bytes[];
  readonly instance: string;
  readonly number: number;
  readonly share: Share;
  readonly ended: boolean;
  /** Up to where a last word before this one went, that said the same. */
  readonly state: State | undefined;
  /** The last call of `push` whose counts are in it. */
  readonly call: number;
  /** So many frames have arrived. */
  at: number;
}

/** Pushes the images of one writer, one request at a time: what is not answered is said again, and whoever lacks something is told all. */
export class ImagePusher {
  readonly #writer: PushedWriter;
  readonly #settings: PusherSettings;
  #maxBytes: number;
  /** The last sequence that the receiver has, and since when. */
  #sequence = 0;
  #receivedAt: number | undefined;
  /** Since when something of it may be there: the answer to the first push of all may have been lost. */
  #triedAt: number | undefined;
  #state: State | undefined;
  /** How often the receiver had not the beginning of a whole image since one came to its end. */
  #torn = 0;
  #full = true;
  #baseline = false;
  /** What its process was called in the last walk. */
  #named: string | undefined;
  readonly #lastWord = new LastWord();
  #under: Sequence | undefined;
  #calls = 0;
  #covered = 0;
  #result: PushResult | undefined;
  /** The last call whose counts were in a push that failed. */
  #failedUpTo = 0;
  #failedResult: PushResult | undefined;
  readonly #turns: Turns;
  readonly #pauses: Pauses;
  #told: string | undefined;
  #ending = false;
  #ended = false;
  #closed = false;
  #counts = { pushes: 0, failures: 0, bytes: 0, behind: 0, anew: 0 };

  /** Of one writer, whose frames nobody else takes. Throws for what can never be pushed to. */
  constructor(writer: PushedWriter, options: PusherOptions) {
    this.#settings = settingsOf(options);
    this.#maxBytes = this.#settings.maxBytes;
    this.#turns = new Turns(this.#settings.seconds);
    this.#pauses = new Pauses(this.#settings.seconds);
    this.#writer = writer;
  }

  get counts(): PushCounts {
    return { ...this.#counts };
  }

  /**
   * Whether a push should begin now: none runs, none must wait, and the last one began `seconds` ago at least, and the pusher's
   * `leastSeconds`. So a handler of requests needs no timer: `if (pusher.due(5)) ctx.waitUntil(pusher.push())`.
   */
  due(seconds: number): boolean {
    if (this.#ended || this.#turns.isTaken || this.#pauses.seconds > 0) return false;
    return this.#turns.soon(Math.max(seconds, this.#settings.leastSeconds)) === 0;
  }

  /**
   * Pushes what changed since the receiver last said what it has. Never rejects. Where one runs already, waits for it and then pushes
   * what came since: once, for all that wait. So it does where the last one began less than `leastSeconds` ago, by a timer that
   * keeps no process alive. With `ended` the whole rest is pushed at once, also where pushes pause or have to wait, and nothing after it.
   * Throws a TypeError for other options.
   */
  push(options: PushCall = {}): Promise<PushResult> {
    pushChecked(options);
    return this.#pushes(options);
  }

  async #pushes(options: PushCall): Promise<PushResult> {
    const call = ++this.#calls;
    this.#ending ||= options.ended === true;
    // Who says the last tries it once more, and at once.
    const isAnswered = () => this.#covered >= call || (options.ended !== true && this.#failedUpTo >= call);
    // There may be no other time to say the last.
    const soon = () => (options.ended === true || this.#ended ? 0 : this.#turns.soon(this.#settings.leastSeconds));
    let wait: Promise<unknown> | undefined;
    for (let times = 0; !isAnswered() && (wait = this.#turns.wait(times, soon())) !== undefined; times++) await wait;
    if (isAnswered()) return this.#covered >= call ? this.#result! : this.#failedResult!;
    if (this.#ended) return { ...this.#resultOf("nothing", 0), error: pushClosed(this.#closed) };
    if (this.#pauses.seconds > 0 && options.ended !== true) return this.#resultOf("paused", 0);
    // What has arrived of one that never came back nobody knows: it is walked again.
    if (this.#turns.isAbandoned) this.#failure(pushAbandoned(this.#settings.url), 0);
    const lease = this.#turns.begun();
    try {
      return await this.#pushed(lease);
    } finally {
      this.#turns.ended(lease);
    }
  }

  /**
   * Gives back what it remembers of the registry; a push with `ended` does so by itself. Nothing is pushed any more: what runs
   * is given up, and what was not pushed stays unsaid.
   */
  close(): void {
    if (this.#ended) return;
    this.#closed = true;
    this.#turns.givenUp();
    this.#under = undefined;
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#writer.close?.();
  }

  #resultOf(outcome: PushResult["outcome"], bytes: number): PushResult {
    return { outcome, sequence: this.#sequence, bytes, more: this.#under !== undefined, pauseSeconds: this.#pauses.seconds };
  }

  async #pushed(lease: Lease): Promise<PushResult> {
    let bytes = 0;
    let round = 1;
    if (this.#under === undefined && this.#writer.collected !== undefined) {
      this.#turns.extended(lease, this.#settings.timeoutSeconds);
      await this.#writer.collected();
      if (!this.#turns.is(lease)) return this.#resultOf("failed", bytes);
    }
    for (;;) {
      this.#turns.extended(lease, this.#settings.timeoutSeconds);
      let under: Sequence | undefined;
      try {
        under = this.#under ??= this.#walked();
      } catch (error) {
        this.#full = true;
        return this.#failure(imageUnwritten(error), bytes);
      }
      const silent = this.#since(this.#receivedAt);
      const idle = silent !== undefined && silent < this.#settings.idleSeconds;
      if (under === undefined && idle) return this.#success("nothing", bytes, this.#calls);
      const count = under === undefined ? 0 : framesWithin(under.frames, under.at, this.#maxBytes);
      const body = under === undefined ? new Uint8Array(0) : joined(under.frames.slice(under.at, under.at + count));
      const call = this.#calls;
      let answer: Answered;
      try {
        const packed = await gzipped(body);
        if (!this.#turns.is(lease)) return this.#resultOf("failed", bytes);
        bytes += (packed ?? body).length;
        this.#counts.bytes += (packed ?? body).length;
        answer = await this.#sent(body, packed, under, silent);
      } catch (error) {
        if (!this.#turns.is(lease)) return this.#resultOf("failed", bytes);
        return this.#failure(pushFailed(this.#settings.url, error), bytes);
      }
      if (!this.#turns.is(lease)) return this.#resultOf("failed", bytes);
      if (answer.status === 200) {
        const error = this.#received(answer, under, count);
        if (error !== undefined) return this.#failure(error, bytes);
        if (this.#ending && !this.#ended) continue;
        if (under === undefined) return this.#success("nothing", bytes, call);
        return this.#success("sent", bytes, this.#under === undefined ? under.call : 0);
      }
      const { status, retrySeconds } = answer;
      // What was counted is in nobody's hands where one that is no receiver's is believed.
      if (status === STATUS_FOLDED && answer.said.trim() !== FOLDED) {
        return this.#failure(receiptInvalid(this.#settings.url, status), bytes, retrySeconds);
      }
      if ((status !== STATUS_BEHIND && status !== STATUS_FOLDED) || round === ROUNDS) {
        return this.#failure(this.#refused(answer, count > 1 ? undefined : body.length), bytes, retrySeconds);
      }
      // The rest of a whole image, and who has its beginning is another one: where they take turns it never comes to its end.
      const isTorn = status === STATUS_BEHIND && under?.share === "full" && under.at > 0;
      this.#torn = isTorn ? this.#torn + 1 : this.#torn;
      this.#startedOver(status);
      if (isTorn && this.#torn >= TORN_MOST) return this.#failure(imageTorn(this.#settings.url, this.#torn), bytes);
      round++;
    }
  }

  /** Walks the registry; undefined where nothing changed. */
  #walked(): Sequence | undefined {
    const { instance } = this.#writer;
    const baseline = this.#baseline;
    const full = this.#full;
    const ended = this.#ending;
    const call = this.#calls;
    const said = ended ? this.#lastWord.said(this.#writer) : undefined;
    const frames: Bytes[] = [];
    const walk = this.#writer.frames(full ? { full, ended, baseline: this.#baseline } : { full, ended, since: this.#sequence });
    for (const frame of walk) {
      // It has its new name from the first step on, whatever becomes of the walk.
      if (this.#writer.instance !== instance) this.#baseline = false;
      // A step may have looked in vain for what changed.
      if (frame.length > 0) frames.push(frame.slice());
    }
    if (frames.length === 0) return undefined;
    const front = frontOf(frames[0]!);
    if (!baseline && this.#named !== undefined && this.#named !== this.#writer.instance) this.#renamed(front?.baseline !== 0);
    this.#named = this.#writer.instance;
    // A writer may tell all where it was asked for less.
    const share = full || front?.isFull === true ? "full" : "changes";
    const state = ended ? this.#lastWord.walked(this.#writer, frontOf(frames.at(-1)!), said) : undefined;
    return { frames, instance: this.#named, number: this.#writer.sequence, share, ended, state, call, at: 0 };
  }

  #since(at: number | undefined): number | undefined {
    return at === undefined ? undefined : Math.max(0, this.#settings.seconds() - at);
  }

  #sent(body: Bytes, packed: Bytes | undefined, under: Sequence | undefined, silent: number | undefined): Promise<Answered> {
    const headers: Record<string, string> = {
      [INSTANCE_HEADER]: under?.instance ?? this.#writer.instance,
      [SHARE_HEADER]: under?.share ?? ("nothing" satisfies Share),
    };
    // A receiver that was started anew may have got an older one since, late or by another way.
    const state = under === undefined ? this.#state : under.state;
    if (state !== undefined) headers[STATE_HEADER] = stateText(state);
    const untold = silent ?? this.#since(this.#triedAt);
    if (untold !== undefined) headers[SILENT_HEADER] = String(Math.ceil(untold));
    this.#triedAt ??= this.#settings.seconds();
    return foldedAsked((more) => posted(this.#settings, IMAGE_TYPE, body, packed, { ...headers, ...more }));
  }

  /** Takes in a receipt; what is wrong with it. */
  #received(answer: Answered, under: Sequence | undefined, count: number): Error | undefined {
    let receipt: Partial<Receipt>;
    try {
      receipt = JSON.parse(answer.said) as Partial<Receipt>;
    } catch {
      receipt = {};
    }
    const { sequence, full } = receipt ?? {};
    if (sequence === undefined || !Number.isSafeInteger(sequence)) return receiptInvalid(this.#settings.url, answer.status);
    if (under !== undefined) {
      under.at += count;
      if (under.at < under.frames.length) return this.#arrived();
    }
    const wanted = under?.number ?? this.#sequence;
    if (sequence < wanted) {
      this.#full = true;
      return receiptBehind(this.#settings.url, wanted, sequence);
    }
    this.#under = undefined;
    if (under !== undefined) this.#state = frontOf(under.frames.at(-1)!);
    this.#torn = 0;
    this.#sequence = wanted;
    // All of it was there by another pusher of the registry: changes would build upon what that has told.
    this.#full = full === true || sequence > wanted;
    if (under?.ended === true) this.#end();
    return this.#arrived();
  }

  #arrived(): undefined {
    this.#receivedAt = this.#settings.seconds();
    return undefined;
  }

  #startedOver(status: number): void {
    this.#under = undefined;
    this.#full = true;
    if (status === STATUS_BEHIND) {
      this.#counts.behind++;
      return;
    }
    this.#counts.anew++;
    this.#baseline = true;
    this.#forgotten();
    this.#tell(pushedAnew(this.#settings.url));
  }

  /** What it tells goes by another name: `anew` where another pusher of the registry was told to begin anew. */
  #renamed(anew: boolean): void {
    this.#forgotten();
    if (!anew) return;
    this.#counts.anew++;
    this.#tell(pushedAnewToo(this.#settings.url));
  }

  /** What was received went by another name. */
  #forgotten(): void {
    this.#sequence = 0;
    this.#state = undefined;
    this.#receivedAt = undefined;
    this.#triedAt = undefined;
  }

  /** `whole`: the bytes of a body that cannot be divided. */
  #refused({ status, said }: Answered, whole: number | undefined): Error {
    if (status === 413 && whole !== undefined) return pushTooLarge(this.#settings.url, whole);
    if (status === 413) this.#maxBytes = Math.max(PUSH_BYTES_LEAST, this.#maxBytes / 2);
    return pushRefused(this.#settings.url, status, said);
  }

  #success(outcome: "sent" | "nothing", bytes: number, covered: number): PushResult {
    if (outcome === "sent") this.#counts.pushes++;
    // The beginning of what is torn each time is no success.
    if (this.#torn < TORN_MOST) {
      this.#pauses.succeeded();
      if (this.#told !== undefined) this.#tell(pushedAgain(this.#settings.url));
      this.#told = undefined;
    }
    const result = this.#resultOf(outcome, bytes);
    this.#covered = Math.max(this.#covered, covered);
    this.#result = result;
    return result;
  }

  #failure(error: Error, bytes: number, retrySeconds = 0): PushResult {
    const covered = this.#under?.call ?? 0;
    this.#under = undefined;
    this.#counts.failures++;
    this.#pauses.failed(retrySeconds);
    if (this.#told !== error.message) this.#tell(error);
    this.#told = error.message;
    const result = { ...this.#resultOf("failed", bytes), error };
    // All that it would have answered: where pushes keep a distance, one of them alone could try it again each time.
    this.#failedUpTo = Math.max(this.#failedUpTo, covered);
    this.#failedResult = result;
    return result;
  }

  #tell(error: Error): void {
    hears("a pusher", this.#settings.onError, error);
  }
}
