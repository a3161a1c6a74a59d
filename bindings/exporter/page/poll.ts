// Reads the metrics again and again, one page after the other, and not while nobody sees them.

import type { LintFormat } from "../../lint/rules.ts";
import { Steady } from "../../top/steady.ts";

/** As the page of this library has the most: units, and all names as they are. */
const ACCEPT =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5";
const TIMEOUT_MS = 15_000;

export interface Page {
  readonly text: string;
  readonly format: LintFormat;
  /** By a clock that nothing sets back, and that goes on while the computer sleeps. */
  readonly seconds: number;
  readonly milliseconds: number;
}

export interface Reader {
  read(page: Page): void;
  failed(why: string): void;
}

function worded(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  return "no answer: is the program still there?";
}

export class Poll {
  everyMs = 1000;
  #isPaused = false;
  #isAsking = false;
  readonly #clock = new Steady();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #url: string;
  readonly #reader: Reader;

  constructor(url: string, reader: Reader) {
    this.#url = url;
    this.#reader = reader;
    document.addEventListener("visibilitychange", () => this.again());
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.again();
  }

  /** Now, where it goes on. */
  again(): void {
    clearTimeout(this.#timer);
    if (!this.#isPaused && document.visibilityState !== "hidden" && !this.#isAsking) void this.#turn();
  }

  async #turn(): Promise<void> {
    const from = performance.now();
    this.#isAsking = true;
    try {
      await this.#ask(from);
    } finally {
      this.#isAsking = false;
    }
    clearTimeout(this.#timer);
    if (this.#isPaused || document.visibilityState === "hidden") return;
    this.#timer = setTimeout(() => this.again(), Math.max(100, this.everyMs - (performance.now() - from)));
  }

  async #ask(from: number): Promise<void> {
    let page: Page;
    const seconds = this.#clock.seconds(from);
    try {
      const response = await fetch(this.#url, {
        headers: { accept: ACCEPT },
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok)
        return this.#reader.failed(`answered with ${response.status}${response.status === 503 ? ": too many scrapes" : ""}`);
      const format = /^application\/openmetrics-text/i.test(response.headers.get("content-type") ?? "") ? "openmetrics" : "text";
      const text = await response.text();
      page = { text, format, seconds, milliseconds: performance.now() - from };
    } catch (error) {
      return this.#reader.failed(worded(error));
    }
    this.#reader.read(page);
  }
}
