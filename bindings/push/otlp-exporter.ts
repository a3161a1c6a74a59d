// An exporter of OTLP, in whichever runtime. Nothing waits here: what could not be sent is made anew, of what has been counted by then, so a failure costs points in time and,
// also where only differences are sent, no counts.

import { later } from "../processes/later.ts";
import { listener } from "../processes/line.ts";
import { Backoff } from "./backoff.ts";
import type { OtlpOptions, OtlpSettings } from "./otlp-settings.ts";
import { momentAfter } from "./moment.ts";
import { nextRound } from "./next-round.ts";
import { type Part, Points } from "./otlp-points.ts";
import { partialSuccess, requestJson, requestProtobuf } from "./otlp-wire.ts";
import { Page } from "./page.ts";
import { answered, type Answer, gzipped, textOf } from "./request.ts";
import { Lease, Turns } from "./turns.ts";
import { USER_AGENT } from "./version.ts";
import type { Way } from "./way.ts";
import { closedAlready, lastStateLost, partlyRejected, refused, pointsLost } from "./worded.ts";

/** Since it was made. */
export interface OtlpStatistics {
  /** Points that the receiver took, and that it refused for good. */
  readonly sent: number;
  readonly dropped: number;
  /** Exports that failed and are made again. */
  readonly failures: number;
}

/** Metrics of a registry on their way to a receiver of OTLP. */
export interface OtlpExporter {
  readonly statistics: OtlpStatistics;
  /**
   * Exports everything now, or when the export under way has ended. False where it could not be and is tried again later. Rejects where the
   * registry cannot be read, or it was closed.
   */
  flush(): Promise<boolean>;
  /** Exports the last state, tries that for `closeSeconds`, and stops. Never rejects. */
  close(): Promise<void>;
}

/** What a runtime has. */
export interface OtlpHost {
  readonly hasTimers: boolean;
  way(): Promise<Way>;
}

/** Of an answer (rule L10). */
const ANSWER_BYTES = 4 << 20;
/** What may help when it is tried again (rule L9). */
const AGAIN: readonly number[] = [429, 502, 503, 504];
const VERSION = USER_AGENT.slice(USER_AGENT.indexOf("/") + 1);

export class Otlp implements OtlpExporter {
  readonly statistics = { sent: 0, dropped: 0, failures: 0 };
  readonly #options: OtlpOptions;
  readonly #settings: OtlpSettings;
  readonly #host: OtlpHost;
  readonly #told: (error: unknown) => void;
  readonly #points: Points;
  readonly #backoff: Backoff;
  readonly #cancel = new AbortController();
  #way: Promise<Way> | undefined;
  readonly #turns = new Turns(() => this.#all());
  readonly #lease = new Lease();
  #notBefore = -Infinity;
  #timer: unknown;
  #next = 0;
  #time = -Infinity;
  #hasFailed = false;
  #closed: Promise<void> | undefined;

  constructor(options: OtlpOptions, settings: OtlpSettings, host: OtlpHost) {
    this.#options = options;
    this.#settings = settings;
    this.#host = host;
    this.#told = listener(options.onError);
    this.#points = new Points(settings, host.hasTimers ? Date.now() : 0);
    const [least, most] = settings.retrySeconds;
    this.#backoff = new Backoff({ least, most });
    if (settings.intervalSeconds === 0) return;
    this.#next = performance.now() + settings.intervalSeconds * 1000;
    this.#wait(Infinity);
  }

  /** For the next export at its distance, or sooner after a failure. */
  #wait(seconds: number): void {
    clearTimeout(this.#timer as ReturnType<typeof setTimeout>);
    if (this.#closed !== undefined || !this.#host.hasTimers) return;
    const interval = this.#settings.intervalSeconds * 1000;
    const now = performance.now();
    if (interval > 0) this.#next = nextRound(this.#next, now, interval);
    const due = interval > 0 ? this.#next - now : Infinity;
    const pause = Math.max(Math.min(seconds * 1000, due), this.#notBefore - now);
    if (pause < Infinity) this.#timer = later(pause, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    try {
      await this.#turns.any();
      this.#hasFailed = false;
    } catch (error) {
      // A registry that is closed is so at every turn.
      if (!this.#hasFailed) this.#told(error);
      this.#hasFailed = true;
      this.#wait(Infinity);
    }
  }

  async #all(): Promise<boolean> {
    if (performance.now() < this.#notBefore) {
      // A timer may come a little before its time.
      this.#wait(0);
      return false;
    }
    const { registry } = this.#settings;
    const { include, exclude, statistics } = this.#options;
    this.#time = momentAfter(this.#time, Date.now());
    const { body } = await registry.expose({ dialect: "protobuf", escaping: "allow-utf-8", include, exclude, statistics });
    for await (const part of this.#points.taken(new Page(body), this.#time)) {
      if (!(await this.#sent(part))) return false;
    }
    this.#backoff.succeeded();
    this.#wait(Infinity);
    return true;
  }

  async #sent(part: Part): Promise<boolean> {
    const { shown } = this.#settings.target;
    const what = `Cannot export to ${shown}`;
    let answer: Answer;
    try {
      answer = await this.#answer(part, what);
    } catch (error) {
      return this.#failed(error, undefined);
    }
    const { status } = answer;
    if (AGAIN.includes(status)) return this.#failed(refused(what, status, textOf(answer), "; it is made again"), answer.retrySeconds);
    this.#points.settled(part);
    if (status < 200 || status >= 300) {
      this.statistics.dropped += part.points;
      this.#told(refused(what, status, textOf(answer), pointsLost(part.points, this.#settings.isDelta)));
      return true;
    }
    const { rejected, message } = answer.isWhole ? partialSuccess(answer.said, this.#settings.isJson) : { rejected: 0, message: "" };
    const dropped = Math.min(rejected, part.points);
    this.statistics.dropped += dropped;
    this.statistics.sent += part.points - dropped;
    if (dropped > 0 || message !== "") this.#told(partlyRejected(shown, status, dropped, message));
    return true;
  }

  async #answer({ metrics }: Part, what: string): Promise<Answer> {
    const { target, isJson, gzip, resource, timeoutSeconds } = this.#settings;
    const scopeMetrics = [{ scope: { name: "tallystick", version: VERSION }, metrics }];
    const request = { resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics }] };
    const plain = isJson ? requestJson(request) : requestProtobuf(request);
    const body = gzip ? await gzipped(plain) : plain;
    this.#lease.extended(this.#leaseSeconds);
    return answered({
      fetch: this.#options.fetch ?? (await (this.#way ??= this.#host.way())).fetch,
      url: target.url.href,
      method: "POST",
      headers: {
        ...target.headers,
        "content-type": isJson ? "application/json" : "application/x-protobuf",
        ...(gzip ? { "content-encoding": "gzip" } : {}),
      },
      body,
      timeoutSeconds,
      maxBytes: ANSWER_BYTES,
      what,
      cancel: this.#cancel.signal,
    });
  }

  #failed(error: unknown, retrySeconds: number | undefined): false {
    this.statistics.failures++;
    // Of a row of failures the first is told.
    if (this.#backoff.failures === 0) this.#told(error);
    const seconds = this.#backoff.failed(retrySeconds);
    if (retrySeconds !== undefined) this.#notBefore = performance.now() + retrySeconds * 1000;
    this.#wait(seconds);
    return false;
  }

  async flush(): Promise<boolean> {
    if (this.#closed !== undefined) throw closedAlready("flush otlp");
    if (this.#host.hasTimers) return this.#turns.fresh();
    const holder = this.#lease.taken(this.#leaseSeconds);
    if (holder === undefined) return false;
    try {
      return await this.#all();
    } finally {
      this.#lease.ended(holder);
    }
  }

  get #leaseSeconds(): number {
    return 2 * this.#settings.timeoutSeconds;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#ended());
  }

  async #ended(): Promise<void> {
    clearTimeout(this.#timer as ReturnType<typeof setTimeout>);
    const end = performance.now() + this.#settings.closeSeconds * 1000;
    const timer = setTimeout(() => this.#cancel.abort(), this.#settings.closeSeconds * 1000);
    try {
      while (!(await this.#turns.fresh())) {
        const pause = Math.max(this.#notBefore - performance.now(), this.#settings.retrySeconds[0] * 1000);
        if (performance.now() + pause > end) {
          this.#told(lastStateLost(this.#settings.target.shown, this.#settings.closeSeconds));
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    } catch (error) {
      this.#told(error);
    } finally {
      clearTimeout(timer);
      await (await this.#way)?.close().catch(() => undefined);
    }
  }
}
