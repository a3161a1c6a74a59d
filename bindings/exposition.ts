// A scrape from JavaScript: its options, the walk in slices, the bytes copied out once.

import { EXHAUSTED, GONE, NO_WRITER } from "../assembly/status.ts";
import { checkNames, Filter } from "./filter.ts";
import { checkOptions, type Kinds } from "./options.ts";
import { choiceInvalid, closed, memoryExhausted } from "./errors.ts";
import { currentRuntime } from "./runtime.ts";
import {
  type Dialect,
  type Escaping,
  ESCAPINGS,
  type Extras,
  type Format,
  formatNumber,
  formatOf,
  negotiate,
  DIALECTS,
} from "./negotiate.ts";
import type { Core } from "./core.ts";

/** What is written: for whom, in which format, and which families. Nothing that is wrong in `accept` throws: text is what remains. */
export interface ExposeOptions extends Extras {
  /** An `Accept` header; decides the dialect and the escaping where they are not given. */
  readonly accept?: string | null | undefined;
  readonly dialect?: Dialect | undefined;
  readonly escaping?: Escaping | undefined;
  /** Only these families, each by its name or that of one of its samples; an empty list says nothing. */
  readonly include?: readonly string[] | undefined;
  /** All families but these. */
  readonly exclude?: readonly string[] | undefined;
}

/** The same, and where to. */
export interface ExposeBytesOptions extends ExposeOptions {
  /**
   * Bytes to write into, where they suffice; the body is then a view of them. Who scrapes again and again and is
   * done with one body before the next begins saves half of the time: fresh memory costs 2 µs for every 4 KiB.
   */
  readonly into?: Uint8Array<ArrayBuffer> | undefined;
}

/** A page and its `Content-Type`. */
export interface Exposition {
  /** UTF-8, or protobuf where that was negotiated. */
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
  readonly url?: string;
  readonly headers: { get(name: string): string | null };
}

/** For servers that answer a Request with a Response. */
export type FetchHandler = (request: FetchRequest) => Promise<FetchResponse>;

/** The exposition as a stream: the program's own ReadableStream, as its Response has it. */
export interface ExpositionStream {
  readonly body: FetchResponse extends { readonly body: infer Own } ? NonNullable<Own> : PlainStream;
  readonly contentType: string;
}

/** One slice: about 0.1 ms of a core. */
const SLICE_BYTES = 131072;

/** @internal */
export const STREAM_OPTIONS: Kinds = {
  accept: "string",
  dialect: "string",
  escaping: "string",
  include: "Array",
  exclude: "Array",
  created: "boolean",
  statistics: "boolean",
};
/** @internal */
export const EXPOSE_OPTIONS: Kinds = { ...STREAM_OPTIONS, into: "Uint8Array" };

/** @internal The format that the options of a verb ask for. */
export function formatAsked(what: string, options: ExposeOptions, kinds: Kinds): Format {
  checkOptions(what, options, kinds);
  checkNames(options);
  const dialect = options.dialect ?? undefined;
  const escaping = options.escaping ?? undefined;
  if (dialect !== undefined && !DIALECTS.includes(dialect)) throw choiceInvalid("dialect", dialect, DIALECTS);
  if (escaping !== undefined && !ESCAPINGS.includes(escaping)) throw choiceInvalid("escaping", escaping, ESCAPINGS);
  const asked = dialect === undefined ? negotiate(options.accept) : formatOf(dialect);
  return escaping === undefined ? asked : formatOf(asked.dialect, escaping, asked.contentType);
}

/** What a slice is, as the core says it: see expositionPart. */
const WHOLE = 0;
const LAST_PART = 2;
const NOTHING = new Uint8Array(0);

/** The length of a message in front of it: a varint. */
function lengthOf(parts: readonly Uint8Array[]): Uint8Array {
  const bytes: number[] = [];
  let length = parts.reduce((sum, part) => sum + part.length, 0);
  for (; length > 127; length = Math.floor(length / 128)) bytes.push((length % 128) | 128);
  return new Uint8Array([...bytes, length]);
}

/** @internal A walk over a registry, slice by slice. */
export class Walk {
  readonly #core: Core;
  readonly #registry: number;
  readonly #registryState: number;
  readonly #format: number;
  readonly #filter: () => Filter;
  /** Hears of the end: the time that was spent in writing, and the bytes. */
  readonly #served: ((seconds: number, bytes: number) => void) | undefined;
  #seconds = 0;
  #bytes = 0;
  #families!: Filter;
  #walk = 0;
  #family = 0;
  #series = 0;
  #state = 0;
  /** Parts of a message whose length is not known yet, and pieces that may go out. */
  readonly #parts: Uint8Array<ArrayBufferLike>[] = [];
  readonly #ready: Uint8Array<ArrayBufferLike>[] = [];
  #written = false;
  done = false;

  constructor(
    place: { readonly core: Core; readonly address: number; readonly state: number },
    format: Format,
    options: ExposeOptions,
    open = false,
    served?: (seconds: number, bytes: number) => void,
  ) {
    this.#served = served;
    this.#core = place.core;
    this.#registry = place.address;
    this.#registryState = place.state;
    this.#format = formatNumber(format, options, open);
    this.#filter = () => new Filter(place, options);
  }

  #begin(): void {
    this.#core.verbs.writersSweep();
    const walk = this.#core.verbs.walkBegin();
    // After the walk has its number: what takes the place of a family from now on is not printed.
    this.#families = this.#filter();
    this.#walk = walk;
  }

  #write(offset: number): number {
    this.#families.input(this.#core);
    return this.#core.verbs.expositionWrite(
      this.#registry,
      this.#registryState,
      this.#walk,
      this.#format,
      this.#family,
      this.#series,
      this.#state,
      SLICE_BYTES,
      offset,
      this.#families.mode,
      this.#families.count,
    );
  }

  /**
   * Writes the next slice and returns a view of it, good until anything else is done with the core. Empty where there is
   * nothing to send yet: the slices of a large message of protobuf are kept until its length is known. `offset` is where
   * it will be copied to: see expositionWrite.
   */
  next(offset: number): Uint8Array<ArrayBufferLike> {
    const from = performance.now();
    if (this.#ready.length === 0) this.#take(offset);
    this.#seconds += (performance.now() - from) / 1000;
    this.done = this.#written && this.#ready.length <= 1;
    const piece = this.#ready.shift() ?? NOTHING;
    this.#bytes += piece.length;
    if (this.done) this.#served?.(this.#seconds, this.#bytes);
    return piece;
  }

  /** Makes the next pieces: a slice, or nothing yet of a message that goes on in the next one, or all of it. */
  #take(offset: number): void {
    const slice = this.#slice(offset);
    const part = this.#core.verbs.expositionPart();
    if (part !== WHOLE) this.#parts.push(slice.slice());
    if (part === LAST_PART) this.#end();
    else if (part === WHOLE && this.#parts.length > 0) {
      // Its family was removed before its end. The slice goes out later, and is a view.
      this.#end();
      this.#ready.push(slice.slice());
    } else if (part === WHOLE) this.#ready.push(slice);
    this.#written = this.#core.verbs.expositionDone() !== 0;
  }

  /** A message that is whole. */
  #end(): void {
    this.#ready.push(lengthOf(this.#parts), ...this.#parts.splice(0));
  }

  #slice(offset: number): Uint8Array<ArrayBufferLike> {
    const { verbs } = this.#core;
    this.#core.ready();
    if (this.#walk === 0) this.#begin();
    let length = this.#write(offset);
    if (length === NO_WRITER) length = this.#core.cold(() => this.#write(offset));
    if (length === EXHAUSTED) throw memoryExhausted("write an exposition", this.#core.maxBytes);
    if (length === GONE) throw closed("write an exposition");
    this.#family = verbs.expositionFamily();
    this.#series = verbs.expositionSeries();
    this.#state = verbs.expositionState();
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
