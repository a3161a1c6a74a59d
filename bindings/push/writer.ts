// A sender of remote write, in whichever runtime: rounds of samples into a queue, and the queue to the receiver.

import type { Batch, Version } from "./batch.ts";
import { Batch1 } from "./batch-1.ts";
import { Batch2, TYPE_INFO, TYPE_STATESET } from "./batch-2.ts";
import { Delivery, type Outcome } from "./delivery.ts";
import { later } from "../processes/later.ts";
import { listener } from "../processes/line.ts";
import { nextRound } from "./next-round.ts";
import { OwnOfRemoteWrite } from "./own.ts";
import { MemoryShelf, Queue, type Shelf, type Waiting } from "./queue.ts";
import { ANSWER_BYTES, answered, type Bytes, type SendFetch } from "./request.ts";
import { type Made, Rounds } from "./rounds.ts";
import { snappy, unsnappy } from "./snappy.ts";
import { secondAsFirst } from "./transcode.ts";
import { Lease, Turns } from "./turns.ts";
import type { Way } from "./way.ts";
import {
  closedAlready,
  diskFailed,
  diskUnread,
  fileGone,
  fileUnreadable,
  letGo,
  olderVersion,
  queueFull,
  queueOld,
  type SendError,
} from "./worded.ts";
import type { RemoteWriteOptions, WriteSettings } from "./write-settings.ts";
import { isOlder, outcomeOf } from "./written.ts";

/** Since it was made. */
export interface RemoteWriteStatistics {
  /** Samples and native histograms that the receiver took, and that it will never have. */
  readonly sent: number;
  readonly dropped: number;
  /** Requests that failed and were tried again. */
  readonly failures: number;
  readonly waitingBytes: number;
  readonly waitingRequests: number;
  /** Of the protocol, as it is sent now. */
  readonly version: 1 | 2;
}

/** Samples of a registry on their way to a receiver. */
export interface RemoteWriter {
  readonly statistics: RemoteWriteStatistics;
  /**
   * Takes a sample of every series now, or when the round under way has ended, and sends all that waits. False where it could not be sent
   * and is tried again later. Rejects where the registry cannot be read, or it was closed.
   */
  flush(): Promise<boolean>;
  /**
   * Ends every series with a marker, tries for `closeSeconds` to send what waits, and stops. What still waits then is kept where there is a
   * `directory`, and else dropped, which `onError` hears. Never rejects.
   */
  close(): Promise<void>;
}

/** What a runtime has. */
export interface WriterHost {
  readonly hasTimers: boolean;
  way(): Promise<Way>;
  shelf(directory: string): Shelf;
}

const CONTENT_TYPES = { 1: "application/x-protobuf", 2: "application/x-protobuf;proto=io.prometheus.write.v2.Request" } as const;
const VERSIONS = { 1: "0.1.0", 2: "2.0.0" } as const;
/** Of a request that is written anew for an older receiver: files may be anybody's. */
const UNPACKED_MOST = 1 << 28;

export class Writer implements RemoteWriter {
  readonly #options: RemoteWriteOptions;
  readonly #settings: WriteSettings;
  readonly #host: WriterHost;
  readonly #told: (error: unknown) => void;
  readonly #rounds: Rounds;
  readonly #queue: Queue;
  readonly #delivery: Delivery;
  readonly #own: OwnOfRemoteWrite;
  #version: Version;
  #way: Promise<Way> | undefined;
  #loaded: Promise<boolean> | undefined;
  readonly #turns = new Turns(() => this.#sampled());
  #into: Uint8Array<ArrayBuffer> | undefined;
  #timer: unknown;
  #next = 0;
  #hasFailed = false;
  readonly #lease = new Lease();
  #closed: Promise<void> | undefined;

  constructor(options: RemoteWriteOptions, settings: WriteSettings, host: WriterHost) {
    this.#options = options;
    this.#settings = settings;
    this.#host = host;
    this.#told = listener(options.onError);
    this.#version = settings.version;
    this.#rounds = new Rounds(settings, settings.labels);
    this.#own = new OwnOfRemoteWrite(settings.registry, settings.target.shown);
    const { directory } = options;
    const shelf = typeof directory === "string" ? host.shelf(directory) : new MemoryShelf();
    const { shown } = settings.target;
    this.#queue = new Queue(
      shelf,
      { maxBytes: settings.queueBytes, maxAgeSeconds: settings.maxAgeSeconds },
      {
        dropped: (waiting, why, cause) => {
          const { queueBytes, maxAgeSeconds } = settings;
          const words = { full: queueFull(queueBytes), old: queueOld(maxAgeSeconds), gone: fileGone(), unreadable: fileUnreadable(cause) };
          this.#delivery.counts.dropped += waiting.samples + waiting.histograms;
          this.#told(letGo(shown, waiting, words[why]));
          this.#changed();
        },
        failed: (error) => this.#told(diskFailed(directory ?? "", error)),
      },
    );
    const [least, most] = settings.retrySeconds;
    this.#delivery = new Delivery(this.#queue, {
      backoff: { least, most },
      hasTimers: host.hasTimers,
      attempt: (waiting, body, cancel) => this.#attempt(waiting, body, cancel),
      unread: (cause) => diskUnread(directory ?? "", cause),
      told: (error) => this.#told(error),
      changed: () => this.#changed(),
    });
    if (settings.intervalSeconds > 0) {
      this.#next = performance.now() + settings.intervalSeconds * 1000;
      this.#wait();
    }
    // What an earlier process left is sent at once.
    if (typeof directory === "string") void this.#ready().then(() => this.#delivery.drain());
  }

  get statistics(): RemoteWriteStatistics {
    const { length, bytes } = this.#queue;
    return { ...this.#delivery.counts, waitingBytes: bytes, waitingRequests: length, version: this.#version };
  }

  #changed(): void {
    this.#own.tell({ ...this.#delivery.counts, waitingBytes: this.#queue.bytes });
  }

  /** What could not be read is read before the next round: else it would wait for the next process. */
  async #ready(): Promise<void> {
    this.#loaded ??= this.#queue.load(Date.now());
    if (!(await this.#loaded)) this.#loaded = undefined;
  }

  /** At the same distance, whatever a round takes; those that could not be are left out. */
  #wait(): void {
    const interval = this.#settings.intervalSeconds * 1000;
    const now = performance.now();
    this.#next = nextRound(this.#next, now, interval);
    this.#timer = later(this.#next - now, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#wait();
    try {
      await this.#turns.any();
      this.#hasFailed = false;
    } catch (error) {
      // A registry that is closed is so at every round.
      if (!this.#hasFailed) this.#told(error);
      this.#hasFailed = true;
      return;
    }
    await this.#delivery.due();
  }

  async #sampled(): Promise<boolean> {
    await this.#ready();
    const { registry } = this.#settings;
    const { include, exclude, statistics } = this.#options;
    const version = this.#version;
    const escaping = version === 1 ? "underscores" : "allow-utf-8";
    this.#rounds.begin(Date.now());
    const { body } = await registry.expose({ dialect: "protobuf", escaping, include, exclude, statistics, into: this.#into });
    if (body.buffer !== this.#into?.buffer) this.#into = new Uint8Array(body.length + (body.length >> 2));
    const made: Made[] = [];
    await this.#rounds.taken(body, this.#batch(version), (each) => made.push(each));
    await this.#kept(made, version);
    return true;
  }

  async #kept(made: readonly Made[], version: Version): Promise<void> {
    for (const { request, ...about } of made) await this.#queue.put(snappy(request), { ...about, version }, Date.now());
    this.#changed();
  }

  #batch(version: Version): Batch {
    if (version === 1) return new Batch1();
    const types = new Map<string, number>();
    for (const { kind, name } of this.#settings.registry.definitions()) {
      if (kind === "info") types.set(`${name}_info`, TYPE_INFO);
      else if (kind === "stateset") types.set(name, TYPE_STATESET);
    }
    return new Batch2(this.#settings.startTimestamps, (family) => types.get(family));
  }

  async #attempt(waiting: Waiting, kept: Bytes, cancel: AbortSignal): Promise<Outcome> {
    const version = waiting.version === 2 && this.#version === 1 ? 1 : waiting.version;
    const { target, timeoutSeconds } = this.#settings;
    const body = version === waiting.version ? kept : rewritten(kept);
    // A file that a failure of the system left empty, or that somebody else wrote.
    if (body === undefined || body.length === 0) {
      return { kind: "lost", lost: waiting, error: letGo(target.shown, waiting, "their file is no request of remote write") };
    }
    const fetch: SendFetch = this.#options.fetch ?? (await (this.#way ??= this.#host.way())).fetch;
    this.#lease.extended(this.#leaseSeconds);
    try {
      const answer = await answered({
        fetch,
        url: target.url.href,
        method: "POST",
        headers: {
          ...target.headers,
          "content-type": CONTENT_TYPES[version],
          "content-encoding": "snappy",
          "x-prometheus-remote-write-version": VERSIONS[version],
        },
        body,
        timeoutSeconds,
        maxBytes: ANSWER_BYTES,
        what: `Cannot write to ${target.shown}`,
        cancel,
      });
      const older = version === 2 ? isOlder(answer) : undefined;
      if (older === undefined) return outcomeOf(target.shown, version, waiting, answer);
      this.#version = 1;
      this.#told(olderVersion(target.shown, older));
      return { kind: "anew" };
    } catch (error) {
      return { kind: "again", retrySeconds: undefined, error: error as SendError };
    }
  }

  async flush(): Promise<boolean> {
    if (this.#closed !== undefined) throw closedAlready("flush remoteWrite");
    if (this.#host.hasTimers) {
      await this.#turns.fresh();
      return this.#delivery.drain();
    }
    const holder = this.#lease.taken(this.#leaseSeconds);
    if (holder === undefined) return false;
    try {
      await this.#sampled();
      return await this.#delivery.drain();
    } finally {
      this.#lease.ended(holder);
    }
  }

  get #leaseSeconds(): number {
    return 2 * this.#settings.timeoutSeconds;
  }

  close(): Promise<void> {
    if (this.#closed === undefined) {
      clearTimeout(this.#timer as ReturnType<typeof setTimeout>);
      this.#closed = this.#ended();
    }
    return this.#closed;
  }

  async #ended(): Promise<void> {
    // Its last sample, and then its end.
    await this.#turns.fresh().catch(this.#told);
    const made: Made[] = [];
    this.#rounds.begin(Date.now());
    this.#rounds.ended(this.#batchOfEnd(), (each) => made.push(each));
    await this.#kept(made, this.#version);
    await this.#delivery.last(this.#settings.closeSeconds);
    const { shown } = this.#settings.target;
    for (const waiting of await this.#queue.emptied(typeof this.#options.directory === "string")) {
      this.#delivery.counts.dropped += waiting.samples + waiting.histograms;
      this.#told(letGo(shown, waiting, "it was closed, and they could not be sent in closeSeconds"));
    }
    this.#changed();
    this.#own.over();
    await (await this.#way)?.close().catch(() => undefined);
  }

  #batchOfEnd(): Batch {
    try {
      return this.#batch(this.#version);
    } catch {
      // The registry was closed before: types are not known any more.
      return new Batch2(this.#settings.startTimestamps, () => undefined);
    }
  }
}

/** A body of the second version as one of the first; undefined where it is none. */
function rewritten(kept: Bytes): Bytes | undefined {
  try {
    const request = unsnappy(kept, UNPACKED_MOST);
    return request === undefined ? undefined : snappy(secondAsFirst(request));
  } catch {
    return undefined;
  }
}
