// Collects what the processes counted that this one started, over the channels it has to them.
//
// All are asked at once and waited for together, a bounded time: who is busy answers late, and its last image is what the
// scrape shows. Whoever never answered has no part in it; it may not use the library. What a dead one counted goes to
// the retired when both its end and that of its channel are known: the one may come before the last message, the other
// of a process that lives on.

import type { ImageProcess, ImageReader } from "./image.ts";
import { type ClusterHost, type Peer, say } from "./cluster-channel.ts";
import { clusterHidden, noChild } from "./cluster-refused.ts";
import { warned } from "./line.ts";
import { type Company, Member, MISSES_MOST } from "./cluster-member.ts";

/** With what it takes to show it that makes 50. */
const WAIT_MS = 45;

/** A worker of node:cluster. */
export interface ClusterMember {
  readonly process: Peer;
}

/** node:cluster in the process that starts the others. */
export interface ClusterPrimary {
  readonly workers?: Readonly<Record<string, ClusterMember | undefined>> | undefined;
  on(event: "fork", listener: (worker: ClusterMember) => void): unknown;
  off(event: "fork", listener: (worker: ClusterMember) => void): unknown;
}

/** What the primary knows of its workers, by now. */
export interface ClusterStatistics {
  /** Living processes that use the library. */
  readonly workers: number;
  /** Of those, how many the last scrape went without. */
  readonly late: number;
  /** How often that was so. */
  readonly lateTotal: number;
  /** Of the oldest image of a living one. */
  readonly oldestSeconds: number;
  /** Received. */
  readonly frames: number;
  readonly bytes: number;
  /** Images that could not be read. */
  readonly refused: number;
}

/** Readers that show what they have in slices. */
interface SlicedReader extends ImageReader {
  published?(pause: () => Promise<void>): Promise<void>;
}

export interface ClusterCollectorOptions {
  /** Tells it from collectors for other registries. */
  readonly name?: string | undefined;
  /** Hears of images that cannot be read, once a process. Without it the first is warned of. */
  readonly onRefused?: ((error: Error) => void) | undefined;
}

export class ClusterCollector {
  readonly #company: Company;
  readonly #members = new Map<Peer, Member>();
  /** Dead ones that could not be folded for want of memory. */
  readonly #unfolded = new Set<ImageProcess>();
  readonly #onRefused: ((error: Error) => void) | undefined;
  readonly #unwatch = new Map<ClusterPrimary, () => void>();
  #waiting = new Set<Member>();
  #wake: () => void = () => undefined;
  #round: Promise<void> | undefined;
  #late = 0;
  #lateTotal = 0;
  #told = false;
  /** Whether it was told that something cannot be shown. */
  #short = false;
  #closed = false;

  constructor(reader: ImageReader, host: ClusterHost, options: ClusterCollectorOptions = {}) {
    this.#onRefused = options.onRefused;
    this.#company = {
      reader,
      host,
      name: options.name ?? "",
      counts: { frames: 0, bytes: 0, refused: 0 },
      settled: (member) => {
        if (!this.#waiting.has(member) || member.askedAgain()) return;
        if (this.#waiting.delete(member) && this.#waiting.size === 0) this.#wake();
      },
      ended: (member) => this.#ended(member),
      left: (process) => this.#fold(process),
      refused: (error) => this.tell(error),
    };
  }

  get statistics(): ClusterStatistics {
    const known = [...this.#members.values()].filter((member) => member.known);
    return {
      workers: known.length,
      late: this.#late,
      lateTotal: this.#lateTotal,
      oldestSeconds: known.reduce((oldest, { ageSeconds }) => Math.max(oldest, ageSeconds), 0),
      ...this.#company.counts,
    };
  }

  /** Of those that it has something of. */
  instances(): (string | undefined)[] {
    return [...this.#members.values()].map(({ process }) => process?.instance);
  }

  /** Collects from the workers of a cluster, those that are there and those that come. */
  watch(cluster: ClusterPrimary): void {
    if (this.#closed || this.#unwatch.has(cluster)) return;
    const born = ({ process }: ClusterMember) => this.#join(process, true);
    cluster.on("fork", born);
    this.#unwatch.set(cluster, () => cluster.off("fork", born));
    for (const worker of Object.values(cluster.workers ?? {})) if (worker !== undefined) this.#join(worker.process, false);
  }

  /** Collects from a process that child_process.fork returned, or from a worker of node:cluster. Once is enough. */
  add(child: Peer | ClusterMember): void {
    const peer = (child as Partial<ClusterMember> | null | undefined)?.process ?? (child as Peer | null | undefined);
    if (typeof peer?.on !== "function" || typeof peer?.send !== "function") throw noChild(child);
    if (!this.#closed) this.#join(peer, false);
  }

  #join(peer: Peer, young: boolean): void {
    // One that came and went before it was told of has nothing to say, and its end was told.
    if (this.#members.has(peer) || peer.connected !== true) return;
    this.#members.set(peer, new Member(this.#company, peer, young));
  }

  /** Asks all of them and shows what there is. Who comes while that goes on takes part in it. Never rejects. */
  scrape(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#round ??= this.#scraped().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #scraped(): Promise<void> {
    const { reader, host } = this.#company;
    const asked = [...this.#members.values()];
    for (const member of asked) member.ask();
    await this.#answers(asked.filter((member) => member.asked && member.misses < MISSES_MOST));
    if (this.#closed) return;
    this.#late = 0;
    for (const member of this.#members.values()) if (member.known && member.asked) this.#late++;
    this.#lateTotal += this.#late;
    for (const process of this.#unfolded) this.#fold(process);
    try {
      const sliced: SlicedReader = reader;
      if (sliced.published === undefined) reader.publish();
      else await sliced.published(() => host.pause());
    } catch (error) {
      this.#hidden(error);
    }
  }

  async #answers(awaited: readonly Member[]): Promise<void> {
    if (awaited.length === 0) {
      // What is there already is taken in.
      await this.#company.host.pause();
      return;
    }
    this.#waiting = new Set(awaited);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    for (const member of this.#waiting) member.misses++;
    this.#waiting.clear();
  }

  #ended(member: Member): void {
    member.leave();
    this.#members.delete(member.peer);
    if (member.process !== undefined) this.#fold(member.process);
  }

  #fold(process: ImageProcess): void {
    const { reader } = this.#company;
    try {
      // Of one that did not come to the end of its first image nothing is shown.
      if (process.sequence === 0) reader.drop(process);
      else reader.fold(process);
      this.#unfolded.delete(process);
    } catch (error) {
      this.#unfolded.add(process);
      this.#hidden(error);
    }
  }

  #hidden(error: unknown): void {
    if (this.#short || this.#closed) return;
    this.#short = true;
    this.tell(clusterHidden(error));
  }

  /** Tells of what is not taken. */
  tell(error: Error): void {
    const first = !this.#told;
    this.#told = true;
    try {
      if (this.#onRefused !== undefined) this.#onRefused(error);
      else if (first) warned(error);
    } catch {
      // Whoever hears of it has no part in the scrape.
    }
  }

  /** Leaves the processes alone and takes what they counted from the page. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake();
    for (const unwatch of this.#unwatch.values()) unwatch();
    for (const member of this.#members.values()) {
      say(member.peer, this.#company.name, { bye: true });
      member.leave();
    }
    this.#members.clear();
    this.#unfolded.clear();
    this.#company.reader.close();
  }
}
