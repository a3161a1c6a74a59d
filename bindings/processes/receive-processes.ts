// What a receiver knows of the processes that push to it: who they are, when each was heard of, whose counts were folded.
//
// A process that was silent for `deadAfterSeconds` is taken for dead: gauges of the living forget it, its counts stay.
// Silent for `foldAfterSeconds`, or earlier where its place is needed, it is folded into the retired, and so is one that
// said that it ends. Names of folded ones are remembered: whoever comes back under one must begin anew, or what it counted would
// be there twice. Of so many names the oldest are forgotten; who comes back after so long silence that its name may be
// among those is sent to begin anew, too.
//
// Pushes are worked off in batches: all that wait are applied, what is to be kept is made durable by one change, then answered.
// What they changed is shown before a scrape, and else once a second at the most: showing a series adds up what all processes
// have of it. So nothing is seen on a page that a crash could take back. There are no timers: whoever is dead is noticed with
// the next push or scrape.
//
// Where a collector further up is handed on to, it hears of all that is taken in. One that has ended is folded when its last word has
// arrived there, for until then a store has its bodies; one that was folded there is folded here, too, and so begins anew for both.

import { currentRuntime } from "../runtime.ts";
import { areOf, frontOf } from "./frames.ts";
import { type Bytes, joined } from "./push-body.ts";
import { hears } from "./push-told.ts";
import { STATUS_BEHIND } from "./push-wire.ts";
import { type Answer, type Push, type ReceivedSettings, type ReceiverCounts, type SlicedReader, sweepSeconds } from "./receive-settings.ts";
import { RETIRED_KEY, sortedOut, wholeFirst } from "./receive-keep.ts";
import { FoldedNames, Kept } from "./receive-kept.ts";
import { Known, keptPush } from "./receive-known.ts";
import { Start } from "./receive-start.ts";
import {
  BEHIND,
  CUT_SHORT,
  INSTANCE_FOREIGN,
  keptRefused,
  NOT_KEPT,
  notApplied,
  notKept,
  notLoaded,
  OVER,
  processesTooMany,
  textOf,
  WAITS,
  WHOLE_WANTED,
} from "./receive-worded.ts";

interface Waiting {
  readonly push: Push | undefined;
  readonly answered: (answer: Answer) => void;
}

/** Without scrapes it is shown so often, for who reads values by other ways. */
const SHOW_SECONDS = 1;
/** Of bodies that wait for a store that does not answer: whoever pushes says it again. */
const WAITING_BYTES_MOST = 67108864;

const WHOLE_TOO: Answer = { status: STATUS_BEHIND, why: WHOLE_WANTED };

export class Received {
  readonly #reader: SlicedReader;
  readonly #settings: ReceivedSettings;
  /** Whether nothing shows any more what is taken in. */
  readonly #isOver: () => boolean;
  readonly #known = new Map<string, Known>();
  readonly #folded: FoldedNames;
  readonly #kept: Kept;
  readonly #start: Start;
  #sweptAt = -Infinity;
  #shownAt = -Infinity;
  #retiredChanged = false;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #working = false;
  /** Those that were folded further up, and not here yet, for want of memory. */
  readonly #above = new Set<string>();
  /** Whether keeping failed, and nothing was kept since. */
  #failing = false;
  readonly #told = new Set<string>();
  #pushes = 0;
  #refused = 0;
  #refusedImages = 0;

  constructor(reader: SlicedReader, settings: ReceivedSettings, isOver: () => boolean) {
    this.#reader = reader;
    this.#settings = settings;
    this.#isOver = isOver;
    this.#kept = new Kept(settings.store);
    this.#folded = new FoldedNames(this.#kept);
    this.#start = new Start(settings);
  }

  get counts(): ReceiverCounts {
    const living = [...this.#known.values()].filter((known) => !known.dead);
    const now = this.#settings.seconds();
    return {
      processes: this.#known.size,
      dead: this.#known.size - living.length,
      silentSeconds: living.reduce((most, { heard }) => Math.max(most, now - heard), 0),
      folded: this.#folded.size,
      pushes: this.#pushes,
      refused: this.#refused,
      refusedImages: this.#refusedImages,
    };
  }

  /** @internal One more that was refused before it came here; `image`: for what it is. */
  refused(image: boolean): void {
    this.#refused++;
    if (image) this.#refusedImages++;
  }

  /** Takes a push in. Without one looks for the dead, and shows what is there. */
  take(push: Push | undefined): Promise<Answer> {
    const bytes = push?.body.length ?? 0;
    if (this.#waiting.length > 0 && this.#waitingBytes + bytes > WAITING_BYTES_MOST) return Promise.resolve({ status: 503, why: WAITS });
    this.#waitingBytes += bytes;
    return new Promise((answered) => {
      this.#waiting.push({ push, answered });
      if (!this.#working) void this.#work();
    });
  }

  /** Loads what was kept, where that has not been done. */
  async loaded(): Promise<void> {
    if (!this.#start.isLoaded) await this.take(undefined);
  }

  async #work(): Promise<void> {
    this.#working = true;
    // Whoever comes within the same turn is of the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      this.#waitingBytes = 0;
      try {
        for (const { waiting, answer } of await this.#batch(batch)) waiting.answered(answer);
      } catch (error) {
        this.#tell(notApplied(error));
        for (const { answered } of batch) answered({ status: 503, why: textOf(error) });
      }
    }
    this.#working = false;
  }

  async #batch(batch: readonly Waiting[]): Promise<{ readonly waiting: Waiting; readonly answer: Answer }[]> {
    const all = (status: number, why: string) => batch.map((waiting) => ({ waiting, answer: { status, why } }));
    // Nor is anything kept: another receiver may have the store by now.
    if (this.#isOver()) return all(503, OVER);
    // What an earlier batch could not keep comes first: nothing is applied that builds upon it.
    const isReady = (await this.#load()) && (await this.#keep());
    if (!isReady) return all(503, this.#isOver() ? OVER : NOT_KEPT);
    if (this.#isOver()) return all(503, OVER);
    const answers = batch.map((waiting) => ({ waiting, answer: this.#guarded(waiting.push) }));
    if (!(await this.#keep())) return all(503, NOT_KEPT);
    // Without a store nobody has what was counted here just now.
    if (this.#isOver()) return this.#settings.store === undefined ? all(503, OVER) : answers;
    await this.#shown(batch.some(({ push }) => push === undefined));
    return answers;
  }

  /** Shows what changed. */
  async #shown(scraped: boolean): Promise<void> {
    const now = this.#settings.seconds();
    if (!scraped && Math.abs(now - this.#shownAt) < SHOW_SECONDS) return;
    this.#shownAt = now;
    try {
      if (this.#reader.published === undefined) this.#reader.publish();
      else await this.#reader.published(() => currentRuntime().pause());
    } catch (error) {
      // It is there and kept: the next time it is shown.
      this.#tell(notApplied(error));
    }
  }

  #guarded(push: Push | undefined): Answer {
    for (let most = 1; ; most *= 2) {
      try {
        return this.#taken(push);
      } catch (error) {
        // The memory is full: those who are dead make room for those who are not, and one of which nothing was taken in leaves it to others.
        const known = push === undefined ? undefined : this.#known.get(push.instance);
        if (known?.bodies.keys.length === 0) this.#forget(push!.instance, known);
        if (this.#foldDead(most, push?.instance)) continue;
        this.#tell(notApplied(error));
        this.#refused++;
        return { status: 503, why: textOf(error) };
      }
    }
  }

  #taken(push: Push | undefined): Answer {
    for (const instance of this.#settings.upstream?.folded() ?? []) this.#above.add(instance);
    for (const instance of this.#above) {
      const known = this.#known.get(instance);
      if (known === undefined || this.#fold(instance, known)) this.#above.delete(instance);
    }
    this.#sweep();
    if (push === undefined) return { status: 200, receipt: { sequence: 0 } };
    const answer = this.#answer(push);
    // What was asked for is to come, too: this one is here.
    if (answer.status === 200 || answer === WHOLE_TOO) this.#pushes++;
    else this.refused(answer.status === 400);
    return answer;
  }

  #answer(push: Push): Answer {
    const { instance, ageSeconds, body } = push;
    // Before any of it counts: whoever may push speaks for one process, and never for the retired.
    if (!areOf(body, instance)) return { status: 400, why: INSTANCE_FOREIGN };
    const isNew = !this.#known.has(instance);
    const refusal = isNew ? this.#refusal(push) : undefined;
    if (refusal !== undefined) return refusal;
    const { upstream, deadAfterSeconds } = this.#settings;
    const now = this.#settings.seconds();
    const known = this.#known.get(instance) ?? this.#made(instance, now - Math.min(ageSeconds, deadAfterSeconds));
    const { process } = known;
    const { result, news } = known.applied(body, now);
    // Nothing stays of whoever was refused before there was anything.
    if (process.instance !== instance || (isNew && result.refused !== undefined && !result.behind)) {
      this.#forget(instance, known);
      return result.behind ? { status: STATUS_BEHIND, why: BEHIND } : { status: 400, why: result.refused ?? INSTANCE_FOREIGN };
    }
    if (result.consumed > 0) this.#kept.took(known, push, result.consumed, news.completed, upstream === undefined ? undefined : now);
    // One of which there is nothing takes nobody's place.
    if (result.behind && known.bodies.keys.length === 0) this.#forget(instance, known);
    if (result.behind) return { status: STATUS_BEHIND, why: BEHIND };
    if (result.refused !== undefined || result.consumed < body.length) return { status: 400, why: result.refused ?? CUT_SHORT };
    this.#heard(known, ageSeconds);
    if (push.share === "nothing" && push.state !== undefined && known.lacks(push.state)) return { status: STATUS_BEHIND, why: BEHIND };
    if (upstream?.took(push, news, known.ended) === false) return WHOLE_TOO;
    return { status: 200, receipt: { sequence: process.sequence, ...(this.#wantsWhole(known) ? { full: true } : {}) } };
  }

  #made(instance: string, heard: number): Known {
    const known = new Known(this.#reader.process(), instance, heard);
    this.#known.set(instance, known);
    return known;
  }

  #wantsWhole({ bodies, process }: Known): boolean {
    const { store, upstream } = this.#settings;
    return (store !== undefined && bodies.isLong) || upstream?.wantsWhole(process.instance!) === true;
  }

  #heard(known: Known, ageSeconds: number): void {
    const { deadAfterSeconds } = this.#settings;
    const now = this.#settings.seconds();
    known.heardOf(ageSeconds, now, deadAfterSeconds);
    this.#died(known, known.ended || now - known.heard >= deadAfterSeconds);
    this.#kept.heardOf(known, sweepSeconds(this.#settings));
  }

  #died(known: Known, dead: boolean): void {
    if (known.dead !== dead) this.#reader.live(known.process, !dead);
    known.dead = dead;
  }

  /** Why a process that is not known is not taken in, if it is not. */
  #refusal(push: Push): Answer | undefined {
    const answer = this.#folded.answer(push, this.#settings.seconds());
    if (answer !== undefined) return answer;
    if (push.share !== "full") return { status: STATUS_BEHIND, why: BEHIND };
    const { maxProcesses } = this.#settings;
    if (this.#known.size >= maxProcesses) this.#foldDead(Math.max(1, Math.ceil(maxProcesses / 100)));
    return this.#known.size >= maxProcesses ? { status: 429, why: processesTooMany(maxProcesses) } : undefined;
  }

  #forget(instance: string, known: Known): void {
    this.#reader.drop(known.process);
    this.#known.delete(instance);
    this.#kept.removed(known.keys);
    this.#settings.upstream?.forgot(instance);
  }

  /** Looks for the dead. */
  #sweep(): void {
    const { deadAfterSeconds, foldAfterSeconds } = this.#settings;
    const now = this.#settings.seconds();
    if (Math.abs(now - this.#sweptAt) < sweepSeconds(this.#settings)) return;
    this.#sweptAt = now;
    for (const [instance, known] of this.#known) {
      const silent = now - known.heard;
      if (!known.dead && silent > deadAfterSeconds) {
        this.#died(known, true);
        this.#settings.upstream?.died(instance);
      }
      // A store has its bodies until then; where there is no more room it goes without.
      const isSilent = silent > foldAfterSeconds && !this.#start.mayReturn(known);
      const isOver = known.ended && Math.abs(now - known.endedAt) >= sweepSeconds(this.#settings);
      if ((isOver || isSilent) && this.#settings.upstream?.holds(instance) !== true) this.#fold(instance, known);
    }
  }

  /** Folds so many of the dead at the most, the longest silent first, and never `but`; false where it could fold nobody. */
  #foldDead(most: number, but?: string): boolean {
    let left = most;
    for (const [instance, known] of this.#start.dead(this.#known, but)) if (left > 0 && this.#fold(instance, known)) left--;
    return left < most;
  }

  /** Folds one; false where there is no memory for it: nothing has happened then. */
  #fold(instance: string, known: Known): boolean {
    if (known.bodies.keys.length === 0) {
      this.#forget(instance, known);
      return true;
    }
    const folded = known.folded();
    try {
      this.#reader.fold(known.process);
    } catch (error) {
      this.#tell(notApplied(error));
      return false;
    }
    this.#retiredChanged = true;
    this.#known.delete(instance);
    this.#kept.removed(known.keys);
    this.#folded.add(instance, folded, this.#settings.seconds());
    this.#settings.upstream?.forgot(instance);
    return true;
  }

  /** Makes durable what changed; false where it could not be: then it is tried again before anything else. */
  async #keep(): Promise<boolean> {
    const { store } = this.#settings;
    if (store === undefined) return true;
    try {
      if (this.#retiredChanged) {
        const frames: Uint8Array[] = [];
        for (const frame of this.#reader.retired()) frames.push(frame.slice());
        this.#kept.put(RETIRED_KEY, joined(frames));
        this.#retiredChanged = false;
      }
      await this.#kept.done();
    } catch (error) {
      if (!this.#failing) this.#tell(notKept(error));
      this.#failing = true;
      return false;
    }
    this.#failing = false;
    return true;
  }

  /** Takes in what was kept by one before; false where that cannot be read now. */
  async #load(): Promise<boolean> {
    if (this.#start.isLoaded) return true;
    const kept = await this.#start.kept((error) => this.#tell(notLoaded(error)));
    // It may have been closed meanwhile, and what it shows by is another receiver's.
    if (kept === undefined || this.#isOver()) return false;
    try {
      this.#loadedFrom(kept);
      this.#start.loaded();
    } catch (error) {
      // Half of it is nothing: a push to the other half would have its process begin anew.
      for (const { process } of this.#known.values()) this.#reader.drop(process);
      this.#known.clear();
      this.#start.failed();
      this.#tell(notLoaded(error));
    }
    return this.#start.isLoaded;
  }

  #loadedFrom(kept: ReadonlyMap<string, Uint8Array>): void {
    const nonsense = (key: string, why: string) => this.#tell(keptRefused(key, why));
    const { retired, bodies, folded, since, heard, said, forgotten } = sortedOut(kept, nonsense);
    const { refused } = this.#reader.retire(retired ?? new Uint8Array(0));
    if (refused !== undefined) nonsense(RETIRED_KEY, refused);
    this.#folded.loaded(folded, forgotten);
    for (const [instance, row] of bodies) {
      if (folded.has(instance)) continue;
      const now = this.#settings.seconds();
      const known = this.#made(instance, Math.min(now, heard.get(instance) ?? now));
      known.keptHeard = heard.get(instance) ?? -Infinity;
      const knownSeconds = since.has(instance) ? now - since.get(instance)! : undefined;
      const fronted = row.map(([key, bytes]) => ({ key, bytes, front: frontOf(bytes) }));
      for (const { key, bytes, front } of fronted) known.bodies.loaded(key, bytes.length, front);
      for (const { key, bytes, front } of wholeFirst(fronted)) {
        if (!areOf(bytes, instance)) {
          nonsense(key, INSTANCE_FOREIGN);
          continue;
        }
        // What was refused when it came is refused again, and led to nothing then; but for one of another version.
        const { result, news } = known.applied(bytes as Bytes, now);
        if (result.refused !== undefined && !result.behind) nonsense(key, result.refused);
        // Else each process of more than a little would be asked for its whole image, by each new start.
        if (news.completed && front !== undefined) known.bodies.reckoned(key, front, news.baseline);
        if (news.front === undefined) continue;
        this.#settings.upstream?.took(keptPush(instance, news.front, bytes as Bytes, knownSeconds, said.get(instance)), news, known.ended);
      }
      this.#died(known, known.ended || now - known.heard > this.#settings.deadAfterSeconds);
      if (known.dead) this.#settings.upstream?.died(instance);
    }
  }

  #tell(error: Error): void {
    if (this.#told.has(error.message)) return;
    this.#told.add(error.message);
    hears("a receiver", this.#settings.onError, error);
  }
}
