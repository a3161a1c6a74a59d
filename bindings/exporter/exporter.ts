// An exporter, as the application has it: a server of its metrics, in a thread of its own where there are threads.

import { Worker } from "node:worker_threads";
import { registry as defaultRegistry, type Registry } from "../index.ts";
import { listener } from "../processes/line.ts";
import { threadFileLost } from "../processes/reason.ts";
import { type CarriedError, restored } from "./carried.ts";
import { pemTried } from "./pem.ts";
import { MetricsServer } from "./server.ts";
import { type ServeOptions, type Settings, settingsOf } from "./settings.ts";
import { ExporterError, notListening, threadOver } from "./worded.ts";
import { startedWith } from "../processes/own-threads.ts";

/** What the thread is started with. */
export interface ThreadData {
  readonly ticket: ReturnType<Registry["ticket"]>;
  readonly settings: Settings;
}

/** What it is told: to end, or what to serve from now on, by a number. */
export type ThreadOrder = "close" | { readonly ticket: ThreadData["ticket"]; readonly number: number };

/** What it says. */
export type ThreadWord =
  | { readonly port: number }
  | { readonly replaced: number; readonly failed?: CarriedError }
  | { readonly failed: CarriedError }
  | { readonly told: CarriedError }
  | { readonly closed: true };

/** A server of a registry's metrics. */
export interface Exporter {
  /** Where the metrics are. */
  readonly url: string;
  /** The one that it listens at, also where any was asked for. */
  readonly port: number;
  /**
   * Serves another registry from now on, as after a reload of what is measured. Every page is of one registry wholly; resolves when no
   * page of the one before is under way any more, which may be closed then. Rejects with an ExporterError, `thread`, where its thread
   * is over, and with what `ticket()` of the registry throws.
   */
  replace(registry: Registry): Promise<void>;
  /** Takes no more scrapes, lets those under way come to their end, for five seconds at the most, and gives the port back. */
  close(): Promise<void>;
}

/** Pages need some MB each; what is beyond is a fault that shall not take the process along. */
const HEAP_MB = 512;

/** Either server, from the outside. */
interface Serving {
  listen(): Promise<number>;
  replace(registry: Registry): Promise<void>;
  close(): Promise<void>;
}

/** Throws an ExporterError where there is no thread to be had. */
function begunThread(workerData: ThreadData): Worker {
  const lost = threadFileLost(import.meta.url, "exporter-thread.js");
  if (lost !== undefined) throw threadOver(lost);
  try {
    return new Worker(new URL("../esm/exporter-thread.js", import.meta.url), {
      workerData,
      name: "tallystick exporter",
      ...startedWith(),
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
  } catch (error) {
    throw threadOver(error);
  }
}

class ServerThread implements Serving {
  readonly #worker: Worker;
  readonly #onError: (error: unknown) => void;
  readonly #port: Promise<number>;
  #cause: unknown;
  #listening!: (port: number) => void;
  #failed!: (error: unknown) => void;
  #isListening = false;
  #isClosing = false;
  #closed: (() => void) | undefined;
  #isOver = false;
  #replacements = 0;
  readonly #replacing = new Map<number, { readonly resolve: () => void; readonly reject: (error: unknown) => void }>();

  constructor(workerData: ThreadData, onError: (error: unknown) => void) {
    this.#onError = onError;
    this.#port = new Promise((resolve, reject) => {
      this.#listening = resolve;
      this.#failed = reject;
    });
    this.#worker = begunThread(workerData);
    this.#worker.on("message", (word: ThreadWord) => this.#hear(word));
    this.#worker.on("error", (error) => (this.#cause = error));
    this.#worker.on("exit", () => this.#exited());
  }

  #exited(): void {
    this.#isOver = true;
    const failure = threadOver(this.#cause);
    if (this.#isListening && !this.#isClosing) this.#onError(failure);
    // Nothing where it has listened.
    this.#failed(failure);
    this.#closed?.();
    for (const { reject } of this.#replacing.values()) reject(failure);
  }

  #hear(word: ThreadWord): void {
    if ("port" in word) {
      this.#isListening = true;
      this.#listening(word.port);
    } else if ("told" in word) this.#onError(restored(word.told));
    else if ("replaced" in word) this.#replaced(word.replaced, word.failed);
    else if ("closed" in word) this.#closed?.();
    else this.#failed(restored(word.failed));
  }

  #replaced(number: number, failed: CarriedError | undefined): void {
    const waiting = this.#replacing.get(number);
    this.#replacing.delete(number);
    // Whoever waits for its end is kept alive by it until then.
    if (this.#replacing.size === 0 && !this.#isClosing) this.#worker.unref();
    if (failed === undefined) waiting?.resolve();
    else waiting?.reject(restored(failed));
  }

  replace(registry: Registry): Promise<void> {
    if (this.#isOver || this.#isClosing) return Promise.reject(threadOver(this.#cause));
    const order: ThreadOrder = { ticket: registry.ticket(), number: ++this.#replacements };
    return new Promise((resolve, reject) => {
      this.#replacing.set(order.number, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(order);
    });
  }

  /** Whoever waits for it is kept alive by it; afterwards nobody is. */
  async listen(): Promise<number> {
    try {
      return await this.#port;
    } catch (error) {
      this.#isClosing = true;
      await this.#worker.terminate();
      throw error;
    } finally {
      this.#worker.unref();
    }
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isClosing = true;
    this.#worker.ref();
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
      this.#worker.postMessage("close");
    });
    await this.#worker.terminate();
  }
}

function hostIn(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

class Listening implements Exporter {
  readonly url: string;
  readonly port: number;
  readonly #serving: Serving;
  #closed: Promise<void> | undefined;

  constructor(settings: Settings, port: number, serving: Serving) {
    const { host, path, tls } = settings;
    this.port = port;
    this.url = `http${tls === undefined ? "" : "s"}://${hostIn(host)}:${port}${path}`;
    this.#serving = serving;
  }

  async replace(registry: Registry): Promise<void> {
    if (this.#closed !== undefined) throw threadOver(new Error("it was closed"));
    // Of one that is closed, or of no registry, it throws here.
    registry.ticket();
    await this.#serving.replace(registry);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#serving.close());
  }
}

/**
 * Serves a registry's metrics over HTTP, in a thread of its own, so that `/metrics` answers while every other event loop is blocked:
 * what threads count is there at once, and collectors of blocked threads show their last values and how old those are. It
 * listens at 127.0.0.1 alone unless it is told otherwise, and keeps no process alive.
 *
 * Beside the path of the metrics there is one that answers 200 as long as it serves, `/-/healthy`, without `auth`. Requests have to be
 * there within `requestSeconds`, and an answer of which nothing is taken for `answerSeconds` ends; beyond `maxConnections` connections are
 * refused, and beyond `maxScrapes` scrapes are answered with 503.
 *
 * Resolves when it listens. Rejects with an ExporterError: `listen` where the port cannot be had, `thread` where its thread cannot begin;
 * with a TypeError for options that there are not and for one of another kind, a RangeError for numbers that are out
 * of bounds, and a MetricsError `not-shared` where memory is not shared between threads.
 *
 * @example
 * ```ts
 * import { serve } from "tallystick/exporter";
 *
 * const exporter = await serve({ port: 0 });
 * const page = await fetch(exporter.url);
 * page.status; // 200
 * await exporter.close();
 * ```
 */
export async function serve(options: ServeOptions = {}): Promise<Exporter> {
  const settings = settingsOf(options, defaultRegistry);
  const registry = options.registry ?? defaultRegistry;
  const onError = listener(options.onError);
  // Throws of a registry that is closed, or that no other thread can have.
  const ticket = (options.thread ?? true) ? registry.ticket() : undefined;
  try {
    if (settings.tls !== undefined) pemTried(settings.tls);
    const serving = ticket === undefined ? new MetricsServer(registry, settings, onError) : new ServerThread({ ticket, settings }, onError);
    return new Listening(settings, await serving.listen(), serving);
  } catch (error) {
    if (!(error instanceof ExporterError)) throw notListening(settings.host, settings.port, error);
    // Whoever asked to hear of a thread that ends hears of one that never began; the console would have it twice.
    if (options.onError !== undefined) onError(error);
    throw error;
  }
}
