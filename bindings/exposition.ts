// A scrape from JavaScript: the dialect by `Accept`, the walk in slices, the bytes copied out once.

import { EXHAUSTED, GONE, NO_WRITER } from "../assembly/status.ts";
import { checkOptions, type Kinds } from "./options.ts";
import { closed, dialectInvalid, memoryExhausted } from "./errors.ts";
import { currentRuntime } from "./runtime.ts";
import type { Core } from "./core.ts";

/** The formats by name. */
export type Dialect = "text" | "openmetrics";

export interface ExposeOptions {
  /** An `Accept` header; decides the dialect where `dialect` is not given. */
  readonly accept?: string | null | undefined;
  readonly dialect?: Dialect | undefined;
}

export interface ExposeBytesOptions extends ExposeOptions {
  /**
   * Bytes to write into, where they suffice; the body is then a view of them. Who scrapes again and again and is
   * done with one body before the next begins saves half of the time: fresh memory costs 2 µs for every 4 KiB.
   */
  readonly into?: Uint8Array<ArrayBuffer> | undefined;
}

export interface Exposition {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** What a program that has no types of the web needs to know of a Response. */
export interface PlainResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: PlainStream | null;
  text(): Promise<string>;
}

/** And of a ReadableStream. */
export interface PlainStream {
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array<ArrayBuffer> | undefined }> };
  cancel(reason?: unknown): Promise<void>;
}

/**
 * The program's own Response, be it lib.dom's, Node's, Deno's, Bun's or workerd's: their servers take no other.
 * Named directly, it would be an error in programs that have none of these types.
 */
export type FetchResponse = typeof globalThis extends { Response: new (...args: never) => infer Own } ? Own : PlainResponse;

/** As much of a Request as is read: every Request can be given. */
export interface FetchRequest {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
}

/** For servers that answer a Request with a Response. */
export type FetchHandler = (request: FetchRequest) => Promise<FetchResponse>;

/** The exposition as a stream: the program's own ReadableStream, as its Response has it. */
export interface ExpositionStream {
  readonly body: FetchResponse extends { readonly body: infer Own } ? NonNullable<Own> : PlainStream;
  readonly contentType: string;
}

/** Rule C1. */
const CONTENT_TYPES: Readonly<Record<Dialect, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};
const DIALECTS: readonly Dialect[] = ["text", "openmetrics"];
/** One slice: about 0.1 ms of a core. */
const SLICE_BYTES = 131072;
/** Longer Accept headers are cut: Prometheus sends 250 characters. */
const ACCEPT_MAX = 8192;

/** @internal */
export function contentTypeOf(dialect: Dialect): string {
  return CONTENT_TYPES[dialect];
}

/** @internal */
export const STREAM_OPTIONS: Kinds = { accept: "string", dialect: "string" };
/** @internal */
export const EXPOSE_OPTIONS: Kinds = { ...STREAM_OPTIONS, into: "Uint8Array" };

/** @internal The dialect that the options of a verb ask for. */
export function dialectOf(what: string, options: ExposeOptions, kinds: Kinds): Dialect {
  checkOptions(what, options, kinds);
  const dialect = options.dialect ?? negotiate(options.accept);
  if (!DIALECTS.includes(dialect)) throw dialectInvalid(dialect, DIALECTS);
  return dialect;
}

function served(type: string, version: string | undefined): Dialect | undefined {
  if (type === "application/openmetrics-text") return version === undefined || version === "1.0.0" ? "openmetrics" : undefined;
  if (type === "text/plain" || type === "text/*" || type === "*/*") return "text";
  return undefined;
}

/** @internal The dialect that an Accept header likes best; text where it says nothing that we serve (rules C2 to C4). */
export function negotiate(accept: string | null | undefined): Dialect {
  let best: Dialect = "text";
  let bestQuality = 0;
  for (const clause of (accept ?? "").slice(0, ACCEPT_MAX).split(",")) {
    const [type, ...parameters] = clause.split(";").map((part) => part.trim());
    const values = new Map(
      parameters.map((parameter) => [
        parameter.split("=")[0]!.trim().toLowerCase(),
        (parameter.split("=")[1] ?? "").trim().replace(/^"|"$/g, ""),
      ]),
    );
    const quality = values.has("q") ? Number(values.get("q")) : 1;
    const dialect = served(type!.toLowerCase(), values.get("version"));
    if (dialect !== undefined && quality > bestQuality && quality <= 1) {
      best = dialect;
      bestQuality = quality;
    }
  }
  return best;
}

/** @internal A walk over a registry, slice by slice. */
export class Walk {
  readonly #core: Core;
  readonly #registry: number;
  readonly #registryState: number;
  readonly #dialect: number;
  #walk = 0;
  #family = 0;
  #series = 0;
  #state = 0;
  done = false;

  constructor(place: { readonly core: Core; readonly address: number; readonly state: number }, dialect: Dialect) {
    this.#core = place.core;
    this.#registry = place.address;
    this.#registryState = place.state;
    this.#dialect = DIALECTS.indexOf(dialect);
  }

  /**
   * Writes the next slice and returns a view of it, good until anything else is done with the core. `offset` is
   * where it will be copied to: see expositionWrite.
   */
  next(offset: number): Uint8Array<ArrayBufferLike> {
    const { verbs } = this.#core;
    const write = () =>
      verbs.expositionWrite(
        this.#registry,
        this.#registryState,
        this.#walk,
        this.#dialect,
        this.#family,
        this.#series,
        this.#state,
        SLICE_BYTES,
        offset,
      );
    this.#core.ready();
    if (this.#walk === 0) {
      verbs.writersSweep();
      this.#walk = verbs.walkBegin();
    }
    let length = write();
    if (length === NO_WRITER) length = this.#core.cold(write);
    if (length === EXHAUSTED) throw memoryExhausted("write an exposition", this.#core.maxBytes);
    if (length === GONE) throw closed("write an exposition");
    this.#family = verbs.expositionFamily();
    this.#series = verbs.expositionSeries();
    this.#state = verbs.expositionState();
    this.done = verbs.expositionDone() !== 0;
    const from = verbs.expositionText();
    return this.#core.bytes(from + length).subarray(from, from + length);
  }
}

/** @internal Bytes that grow: one copy out of the memory, seldom a second one. */
export class Body {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** Grows from `into`, or from new bytes that what is expected fits into. */
  constructor(expected: number, into: Uint8Array<ArrayBuffer> | undefined) {
    this.#bytes = into ?? currentRuntime().bytes(expected);
  }

  /** Where the next slice will lie, modulo 8. */
  get offset(): number {
    return this.#bytes.byteOffset + this.#length;
  }

  add(slice: Uint8Array<ArrayBufferLike>): void {
    const length = this.#length + slice.length;
    if (length > this.#bytes.length) {
      const grown = currentRuntime().bytes(Math.max(length, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(slice, this.#length);
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
}
