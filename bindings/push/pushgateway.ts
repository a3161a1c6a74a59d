// `tallystick/pushgateway`: what jobs that nobody can scrape have counted, handed to a Prometheus Pushgateway at their end.

import { registry as defaultRegistry, type Registry } from "../index.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { listener } from "../processes/line.ts";
import { later } from "../processes/later.ts";
import { groupPath } from "./grouping.ts";
import { choiceOf, numberOf, registryOf } from "./options.ts";
import { ANSWER_BYTES, answered, type Bytes, fetched, gzipped, type SendFetch, type SendInit, textOf } from "./request.ts";
import { TARGET_KINDS, type TargetOptions, type Target, targetOf } from "./target.ts";
import { refused } from "./worded.ts";

export type { SendAuth, TargetOptions } from "./target.ts";
export type { SendFetch, SendInit, SendReader, SendResponse } from "./request.ts";
export { SendError, type SendErrorCode } from "./worded.ts";

/** What `pushgateway` takes. */
export interface PushgatewayOptions extends TargetOptions {
  /** Names the group, with `grouping`: not empty. */
  readonly job: string;
  /** Further labels of the group, as `{ instance: "10.0.0.7" }`. What is in a group is replaced together. */
  readonly grouping?: Readonly<Record<string, string>> | undefined;
  /** What is pushed; the default registry. */
  readonly registry?: Registry | undefined;
  /** `protobuf` by default, which has native histograms; `text` is the format that people read. */
  readonly format?: "protobuf" | "text" | undefined;
  /** Compresses what is pushed; false by default. */
  readonly gzip?: boolean | undefined;
  /** Only these families, or all but these: as of `registry.expose`. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** How long an answer is waited for: 10 by default, from 0.001 to 300. */
  readonly timeoutSeconds?: number | undefined;
  /** Another way to the gateway; the runtime's own `fetch` by default. */
  readonly fetch?: SendFetch | undefined;
}

/** What `pushEvery` takes beside its seconds. */
export interface PushEveryOptions {
  /** Hears of every push that failed; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A group of a Pushgateway. */
export interface Pushgateway {
  /** Replaces all that the group has (PUT): what is not in the registry any more is gone. */
  push(): Promise<void>;
  /** Replaces families of the same names (POST) and leaves the group's others. */
  add(): Promise<void>;
  /** Takes the group away (DELETE). The gateway forgets nothing by itself. */
  delete(): Promise<void>;
  /**
   * Pushes at once and then every so many seconds, from 0.1 to 86,400, as long as the process lives, which it does not keep alive. Returns
   * a function that ends it and resolves when the last state was pushed, or could not be: `onError` hears why.
   */
  pushEvery(seconds: number, options?: PushEveryOptions): () => Promise<void>;
}

const WHO = "pushgateway";
const KINDS: Kinds = {
  ...TARGET_KINDS,
  job: "string",
  grouping: "Object",
  registry: "Object",
  format: "string",
  gzip: "boolean",
  include: "Array",
  exclude: "Array",
  timeoutSeconds: "number",
  fetch: "function",
};
const EVERY: Kinds = { onError: "function" };
const TIMEOUT_SECONDS = 10;
const TIMEOUT_SECONDS_MOST = 300;
const EVERY_SECONDS_LEAST = 0.1;
const EVERY_SECONDS_MOST = 86_400;
/**
 * With `--push.disable-consistency-check` a push is accepted; a deletion always is (rule G1). What takes pushes as a Pushgateway does, as
 * VictoriaMetrics, says that there is nothing to say.
 */
const SUCCESS = [200, 202, 204];

class Group implements Pushgateway {
  readonly #options: PushgatewayOptions;
  readonly #registry: Registry;
  readonly #target: Target;
  readonly #dialect: "protobuf" | "text";
  readonly #timeoutSeconds: number;

  constructor(options: PushgatewayOptions) {
    checkOptions(WHO, options, KINDS);
    this.#options = options;
    this.#registry = registryOf(WHO, options.registry, defaultRegistry);
    this.#dialect = choiceOf(WHO, "format", options.format, ["protobuf", "text"], "protobuf");
    this.#timeoutSeconds = numberOf(WHO, "timeoutSeconds", options.timeoutSeconds, TIMEOUT_SECONDS, 0.001, TIMEOUT_SECONDS_MOST);
    const path = groupPath(options.job, options.grouping ?? {});
    const target = targetOf(WHO, options);
    target.url.pathname = target.url.pathname.replace(/\/+$/, "") + path;
    this.#target = { ...target, shown: `${target.url.origin}${target.url.pathname}` };
  }

  async #sent(method: SendInit["method"], verb: string, type: string | undefined, page: Bytes | undefined): Promise<void> {
    const packed = this.#options.gzip === true && page !== undefined;
    const body = packed ? await gzipped(page) : page;
    const { url, shown } = this.#target;
    const headers: Record<string, string> = { ...this.#target.headers };
    if (type !== undefined) headers["content-type"] = type;
    if (packed) headers["content-encoding"] = "gzip";
    const what = `Cannot ${verb} ${shown}`;
    const answer = await answered({
      fetch: this.#options.fetch ?? fetched,
      url: url.href,
      method,
      headers,
      body,
      timeoutSeconds: this.#timeoutSeconds,
      maxBytes: ANSWER_BYTES,
      what,
    });
    if (!SUCCESS.includes(answer.status)) throw refused(what, answer.status, textOf(answer));
  }

  async #pushed(method: "PUT" | "POST", verb: string): Promise<void> {
    const { include, exclude } = this.#options;
    // Never OpenMetrics: the gateway reads it as text and refuses what text does not have (rule G3).
    const { body, contentType } = await this.#registry.expose({ dialect: this.#dialect, include, exclude });
    await this.#sent(method, verb, contentType, body);
  }

  push(): Promise<void> {
    return this.#pushed("PUT", "push to");
  }

  add(): Promise<void> {
    return this.#pushed("POST", "add to");
  }

  delete(): Promise<void> {
    return this.#sent("DELETE", "delete", undefined, undefined);
  }

  pushEvery(seconds: number, options: PushEveryOptions = {}): () => Promise<void> {
    checkOptions("pushEvery", options, EVERY);
    const milliseconds = 1000 * numberOf("pushEvery", "seconds", seconds, NaN, EVERY_SECONDS_LEAST, EVERY_SECONDS_MOST);
    const told = listener(options.onError);
    let under: Promise<void> | undefined;
    let last: Promise<void> | undefined;
    let timer: unknown;
    // The next one waits for the end of this one: two would arrive in any order.
    const turn = async (): Promise<void> => {
      await this.push().catch(told);
      if (last === undefined) timer = later(milliseconds, begin);
    };
    const begin = (): void => {
      under = turn();
    };
    begin();
    const end = async (): Promise<void> => {
      await under;
      await this.push().catch(told);
    };
    return () => {
      if (last === undefined) clearTimeout(timer as ReturnType<typeof setTimeout>);
      return (last ??= end());
    };
  }
}

/**
 * A group of a [Pushgateway](https://github.com/prometheus/pushgateway), for jobs that end before anybody could scrape them. It does nothing
 * by itself: `push()`, `add()` and `delete()` each make one request and reject with a SendError: `no-answer`, or `refused` with the status and
 * the start of what was answered. Nothing is tried again.
 *
 * Throws a TypeError for options that there are not and for one of another kind, a RangeError for numbers that are out of bounds.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { pushgateway } from "tallystick/pushgateway";
 *
 * registry.gauge({ name: "backup_last_success_seconds", help: "When." }).setToCurrentTime();
 * const gateway = pushgateway({ url: "http://127.0.0.1:1", job: "backup", grouping: { instance: "db/1" } });
 * await gateway.push().catch((error) => error.code); // "no-answer"
 * ```
 */
export function pushgateway(options: PushgatewayOptions): Pushgateway {
  return new Group(options);
}
