// How many bytes the bodies of a request and its response of node:http have: those that came, and those that were handed to the connection,
// whatever a header said. Who follows a request before all middleware sees what compression has made of it.

import { Buffer } from "node:buffer";
import type { AnyRequest } from "../requests/watch.ts";
import { declaredBy, isBodiless, type Sizes } from "./declared.ts";

type Verb = (this: unknown, ...args: unknown[]) => unknown;

/** As much of node:http's request as is needed. */
interface Incoming extends AnyRequest {
  /** Of HTTP/2: whether nothing comes behind the head. */
  readonly stream?: { readonly endAfterHeaders?: boolean };
  readonly readableDidRead?: boolean;
  readonly readableLength?: number;
  readonly complete?: boolean;
  push?: unknown;
}

interface Outgoing {
  readonly writableEnded?: boolean;
  write: Verb;
  end: Verb;
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
  return ArrayBuffer.isView(chunk) ? chunk.byteLength : 0;
}

/** Where a response and a request have what counts them. Enumerations do not show symbols. */
const SIZES = Symbol("tallystick.sizes");

interface Sized {
  readonly [SIZES]?: NodeSizes;
}

// The same functions for all requests: one of each request's own would be made and kept for each.

function write(this: Sized, ...args: unknown[]): unknown {
  return this[SIZES]!.written(this, args);
}

function end(this: Sized, ...args: unknown[]): unknown {
  return this[SIZES]!.ended(this, args);
}

function push(this: Sized, ...args: unknown[]): unknown {
  return this[SIZES]!.pushed(this, args);
}

/** Of HTTP/1 a head that says nothing of a body has none. In HTTP/2 a body needs no header that says there is one. */
function declaredOf(request: Incoming): number {
  const declared = declaredBy(request);
  return declared === 0 && request.stream?.endAfterHeaders === false ? NaN : declared;
}

export class NodeSizes implements Sizes {
  readonly #request: Incoming;
  readonly #write: Verb;
  readonly #end: Verb;
  #push: Verb | undefined;
  readonly #declared: number;
  #received = 0;
  #sent = 0;
  /** A response that is being ended may write by its own `write`. */
  #isEnding = false;

  /** Those of a request and its response: the same ones for all who ask. */
  static of(request: object, response: object): NodeSizes {
    const outer = (response as Sized)[SIZES];
    if (outer !== undefined && Object.hasOwn(response, SIZES)) return outer;
    return new NodeSizes(request as Incoming, response as Outgoing, outer);
  }

  /** `outer` counts what the response inherits from. */
  private constructor(request: Incoming, response: Outgoing, outer: NodeSizes | undefined) {
    this.#request = request;
    this.#write = response.write === write ? (...args) => outer!.written(response, args) : response.write;
    this.#end = response.end === end ? (...args) => outer!.ended(response, args) : response.end;
    this.#declared = declaredOf(request);
    (response as { [SIZES]?: NodeSizes })[SIZES] = this;
    response.write = write as Verb;
    response.end = end as Verb;
    if (this.#declared !== 0) this.#receive();
  }

  /** Counts chunks as they come from the connection: nobody reads them earlier for that, or in another way. */
  #receive(): void {
    const request = this.#request;
    if (typeof request.push !== "function" || request.readableDidRead === true) return;
    this.#push = request.push as Verb;
    // Nobody has read yet, so what came before it was followed is all there.
    this.#received = request.readableLength ?? 0;
    (request as { [SIZES]?: NodeSizes })[SIZES] = this;
    request.push = push;
  }

  pushed(request: unknown, args: unknown[]): unknown {
    this.#received += lengthOf(args[0], args[1]);
    return this.#push!.apply(request, args);
  }

  #count(response: unknown, args: unknown[]): void {
    // What is written behind the end is not sent.
    if (!this.#isEnding && (response as Partial<Outgoing> | undefined)?.writableEnded !== true) this.#sent += lengthOf(args[0], args[1]);
  }

  /** What inherits from a response, as answers of a batch do, calls it with itself. */
  written(response: unknown, args: unknown[]): unknown {
    this.#count(response, args);
    return this.#write.apply(response, args);
  }

  ended(response: unknown, args: unknown[]): unknown {
    this.#count(response, args);
    const wasEnding = this.#isEnding;
    this.#isEnding = true;
    try {
      return this.#end.apply(response, args);
    } finally {
      this.#isEnding = wasEnding;
    }
  }

  /** A length that is declared is true where all of it came: whoever leaves in the middle may have declared anything. */
  request(): number {
    const declared = this.#declared;
    if (declared === 0 || (this.#request.complete === true && declared > 0)) return declared;
    return this.#push === undefined ? NaN : this.#received;
  }

  response(status: number): number {
    return isBodiless(this.#request.method, status) ? 0 : this.#sent;
  }
}
