// One process that a collector asks: what it has of it, and what the two of them wait for.

import type { ApplyResult, ImageProcess, ImageReader } from "./image.ts";
import { type ClusterHost, Hearing, isBytes, type Peer, say, type Word } from "./cluster-channel.ts";
import { workerRefused } from "./cluster-refused.ts";
import { shown } from "../errors.ts";

/** As collectors: so many scrapes in a row wait in vain. */
export const MISSES_MOST = 3;
/** So many images of one process are refused before it is asked no more. */
const REFUSALS_MOST = 3;
/** After its end, for what is still in its channel: somebody else may hold that open. */
const CLOSING_MS = 5000;
/** Of the words of a child, which may be anybody's: what is more is no word of ours. */
const HELLO_LENGTH_MOST = 64;
const FAILED_LENGTH_MOST = 500;
const FRAMES_MOST = 65536;
/** The core's 4 MiB of a frame, as base64. */
const FRAME_LENGTH_MOST = 5592408;
const PROBE = new Uint8Array(1);

/** What the members of a collector have in common. */
export interface Company {
  readonly reader: ImageReader;
  readonly host: ClusterHost;
  readonly name: string;
  readonly counts: { frames: number; bytes: number; refused: number };
  /** It answered, or will not. */
  settled(member: Member): void;
  /** It is dead, and all that it said is applied. */
  ended(member: Member): void;
  /** That image will not change any more. */
  left(process: ImageProcess): void;
  refused(error: Error): void;
}

/** What is no word of ours in it, by its name. */
function nonsenseIn({ hello, answer, failed, frames }: Word): string | undefined {
  if (typeof (hello ?? "") !== "string" || (hello?.length ?? 0) > HELLO_LENGTH_MOST) return "hello";
  if (typeof (answer ?? 0) !== "number") return "answer";
  if (typeof (failed ?? "") !== "string") return "failed";
  const some = frames ?? [];
  if (!Array.isArray(some) || some.length > FRAMES_MOST || some.some((frame) => frame?.length > FRAME_LENGTH_MOST)) return "frames";
  return undefined;
}

export class Member {
  readonly peer: Peer;
  readonly #company: Company;
  readonly #hearing: Hearing;
  /** It says hello before it can be asked. */
  #young: boolean;
  readonly #onDisconnect = () => this.#closed();
  readonly #onExit = () => this.#exited();
  #process: ImageProcess | undefined;
  /** Whether it ever said anything to us. */
  known = false;
  /** Scrapes in a row that waited for it in vain. */
  misses = 0;
  /** A wish is on its way. There is one at a time: a process that is blocked for long finds no heap of them. */
  #asked = 0;
  #wishes = 0;
  /** That wish is older than the scrape that waits: what it brings may be older, too. */
  #stale = false;
  #whole = true;
  #refusals = 0;
  /** Whether the frames of the message before were. */
  #taken = true;
  #told = false;
  #last = false;
  #dead = false;
  #cancel: () => void = () => undefined;
  /** When its image was last known to be what it stands at. */
  #heard = performance.now();

  /** `young` is just being started: it says hello when it has come to it, and is neither asked nor waited for until then. */
  constructor(company: Company, peer: Peer, young: boolean) {
    this.#company = company;
    this.peer = peer;
    this.#young = young;
    this.#hearing = new Hearing(peer, company.name, (word) => this.#hears(word), false);
    peer.on("disconnect", this.#onDisconnect);
    peer.on("exit", this.#onExit);
    if (!young) this.ask();
  }

  get process(): ImageProcess | undefined {
    return this.#process;
  }

  /** Whether an answer is under way. */
  get asked(): boolean {
    return this.#asked !== 0;
  }

  /** How old its image is, in seconds. */
  get ageSeconds(): number {
    return (performance.now() - this.#heard) / 1000;
  }

  ask(): void {
    this.#stale = this.asked;
    if (this.#young || this.asked || this.#refusals >= REFUSALS_MOST || this.peer.connected !== true) return;
    const process = this.#process;
    const since = this.#whole || process === undefined ? 0 : process.sequence;
    const wish = { number: ++this.#wishes, instance: process?.instance, since, bytes: PROBE };
    if (say(this.peer, this.#company.name, { wish })) this.#asked = wish.number;
  }

  /** Asks once more where what was answered just now was asked for before the scrape that waits; false where that is not so. */
  askedAgain(): boolean {
    if (this.#stale) this.ask();
    return this.asked;
  }

  /** Never throws: it is called by the channel, and a throw would end this process for what a child said. */
  #hears(word: Word): void {
    try {
      const nonsense = nonsenseIn(word);
      if (nonsense === undefined) this.#understands(word);
      else this.#refuse(`it said ${nonsense} with ${shown(word[nonsense as keyof Word])}`);
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error));
    }
  }

  #understands({ hello, frames, answer, failed }: Word): void {
    this.known = true;
    this.#young = false;
    if (typeof hello === "string") {
      this.#begins(hello);
      return;
    }
    if (typeof failed === "string") this.#refuse(failed.slice(0, FAILED_LENGTH_MOST));
    const before = this.#process?.sequence;
    // The last message of an answer may have no frames: then those before it decide.
    const taken = typeof failed !== "string" && ((frames?.length ?? 0) === 0 ? this.#taken : this.#takes(frames!));
    this.#taken = taken;
    if (answer !== undefined && answer === this.#asked) this.#answered(taken);
    else if (this.#process?.sequence !== before) this.#heard = performance.now();
  }

  #begins(instance: string): void {
    const process = this.#process;
    // It left the memory that it counted in.
    if (process?.instance !== undefined && process.instance !== instance) {
      this.#process = undefined;
      this.#company.left(process);
    }
    // What was asked before it listened is lost, or answered beside.
    this.#asked = 0;
    this.#last = false;
    this.#whole = true;
    this.#heard = performance.now();
    this.misses = 0;
    this.ask();
  }

  #answered(taken: boolean): void {
    this.#asked = 0;
    this.#taken = true;
    this.misses = 0;
    if (taken) {
      this.#heard = performance.now();
      this.#whole = false;
      this.#refusals = 0;
    } else if (!this.#whole) {
      // The whole image may still come in time.
      this.#whole = true;
      this.ask();
      if (this.asked) return;
    } else {
      this.#refusals++;
      if (this.#refusals >= REFUSALS_MOST) say(this.peer, this.#company.name, { bye: true });
    }
    this.#company.settled(this);
  }

  /** Applies frames; false from the first one on that cannot be. */
  #takes(frames: readonly unknown[]): boolean {
    const { reader, host, counts } = this.#company;
    for (const frame of frames) {
      if (typeof frame !== "string" && !isBytes(frame)) continue;
      const bytes = typeof frame === "string" ? host.coding.bytes(frame) : frame;
      counts.frames++;
      counts.bytes += bytes.length;
      let result: ApplyResult;
      try {
        this.#process ??= reader.process(undefined, `process ${this.peer.pid ?? "without an id"}`);
        result = this.#process.apply(bytes);
      } catch (error) {
        this.#refuse(error instanceof Error ? error.message : String(error));
        return false;
      }
      if (result.ended) this.#last = true;
      if (result.behind) return this.#behind();
      if (result.consumed !== bytes.length) {
        this.#refuse(result.refused ?? "a frame is cut off");
        return false;
      }
    }
    return true;
  }

  /** Pushes from before the first answer are no loss: it holds them. */
  #behind(): boolean {
    if (!this.asked) {
      this.#whole = true;
      this.ask();
    }
    return false;
  }

  #refuse(why: string): void {
    this.#company.counts.refused++;
    if (this.#told) return;
    this.#told = true;
    this.#company.refused(workerRefused(this.peer.pid, why));
  }

  /** All that it said was heard: Node tells it after the last message. */
  #closed(): void {
    this.#asked = 0;
    this.#company.settled(this);
    if (this.#dead || this.#last) this.#company.ended(this);
  }

  /** `exit` may come while messages are still in the channel. */
  #exited(): void {
    this.#dead = true;
    if (this.peer.connected === true) this.#cancel = this.#company.host.later(CLOSING_MS, () => this.#closed());
    else this.#closed();
  }

  /** Leaves nothing of us with the process. */
  leave(): void {
    this.#cancel();
    this.#hearing.end();
    this.peer.off("disconnect", this.#onDisconnect);
    this.peer.off("exit", this.#onExit);
  }
}
