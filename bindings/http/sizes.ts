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

export class NodeSizes implements Sizes {
  readonly #request: Incoming;
  readonly #write: Verb;
  readonly #end: Verb;
  #received = 0;
  /** Whether what came is counted from its beginning. */
  #isSeen = false;
  #sent = 0;
  /** A response that is being ended may write by its own `write`. */
  #isEnding = false;

  constructor(request: Incoming, response: Outgoing) {
    this.#request = request;
    this.#write = response.write;
    this.#end = response.end;
    // What inherits from it, as answers of a batch do, calls them with itself.
    const written = (its: unknown, args: unknown[]) => this.#written(its, args);
    const ended = (its: unknown, args: unknown[]) => this.#ended(its, args);
    response.write = function (this: unknown, ...args) {
      return written(this, args);
    };
    response.end = function (this: unknown, ...args) {
      return ended(this, args);
    };
    if (this.#declared() !== 0) this.#receive();
  }

  /** Counts chunks as they come from the connection: nobody reads them earlier for that, or in another way. */
  #receive(): void {
    const request = this.#request;
    const { push } = request;
    if (typeof push !== "function" || request.readableDidRead === true) return;
    this.#isSeen = true;
    request.push = (chunk: unknown, encoding: unknown) => {
      this.#received += lengthOf(chunk, encoding);
      return (push as Verb).call(request, chunk, encoding);
    };
  }

  #count(response: unknown, [chunk, encoding]: readonly unknown[]): void {
    // What is written behind the end is not sent.
    if (!this.#isEnding && (response as Partial<Outgoing> | undefined)?.writableEnded !== true) this.#sent += lengthOf(chunk, encoding);
  }

  #written(response: unknown, args: unknown[]): unknown {
    this.#count(response, args);
    return this.#write.apply(response, args);
  }

  #ended(response: unknown, args: unknown[]): unknown {
    this.#count(response, args);
    const wasEnding = this.#isEnding;
    this.#isEnding = true;
    try {
      return this.#end.apply(response, args);
    } finally {
      this.#isEnding = wasEnding;
    }
  }

  /** In HTTP/2 a body needs no header that says there is one. */
  #declared(): number {
    const declared = declaredBy(this.#request);
    return declared === 0 && this.#request.stream?.endAfterHeaders === false ? NaN : declared;
  }

  /** A length that is declared is true where all of it came: whoever leaves in the middle may have declared anything. */
  request(): number {
    const declared = this.#declared();
    if (declared === 0 || (this.#request.complete === true && declared > 0)) return declared;
    return this.#isSeen ? this.#received : NaN;
  }

  response(status: number): number {
    return isBodiless(this.#request.method, status) ? 0 : this.#sent;
  }
}
