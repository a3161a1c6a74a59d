// The ways out: whatever can be walked is exposed as bytes, as a stream, and at an endpoint.

import type { Purpose } from "./collect.ts";
import {
  Body,
  EXPOSE_OPTIONS,
  type ExposeBytesOptions,
  type ExposeOptions,
  type Exposition,
  type ExpositionStream,
  type FetchHandler,
  formatAsked,
  STREAM_OPTIONS,
} from "./exposition.ts";
import type { Format } from "./negotiate.ts";
import { filled, filledSync, streamed, type Walker } from "./scrape.ts";
import { fetchHandler, type HandlerOptions, nodeHandler, type NodeHandler } from "./serve/handler.ts";

/** What is exposed: a registry, or several of them. */
export abstract class Exposer {
  #expected = 0;

  /** @internal Runs the collectors of all threads. */
  abstract collected(purpose?: Purpose): Promise<void>;

  /** @internal */
  abstract walk(format: Format, options: ExposeOptions): Walker;

  /** @internal Whether its endpoints tell what the library is doing, unless they are told. */
  abstract get isDefault(): boolean;

  /** @internal A body that the next exposition probably fits into. */
  body(into: Uint8Array<ArrayBuffer> | undefined): Body {
    return new Body(this.#expected + (this.#expected >> 6) + 4096, into);
  }

  /** @internal */
  exposition(body: Body, { contentType }: Format): Exposition {
    // By halves: one that was filtered says nothing of the next.
    this.#expected = Math.max(body.length, this.#expected >> 1);
    return { body: body.bytes(), contentType };
  }

  /** The exposition as bytes, after the collectors of all threads. Yields to the event loop between slices. */
  async expose(options: ExposeBytesOptions = {}): Promise<Exposition> {
    const format = formatAsked("expose", options, EXPOSE_OPTIONS);
    await this.collected();
    const walk = this.walk(format, options);
    const body = this.body(options.into);
    await filled(walk, body);
    return this.exposition(body, format);
  }

  /** The exposition as bytes, at once and without running collectors. */
  exposeSync(options: ExposeBytesOptions = {}): Exposition {
    const format = formatAsked("exposeSync", options, EXPOSE_OPTIONS);
    const walk = this.walk(format, options);
    const body = this.body(options.into);
    filledSync(walk, body);
    return this.exposition(body, format);
  }

  /**
   * The exposition as a stream of slices; the event loop turns between them. It begins with the first read, after the
   * collectors of all threads: what goes wrong from then on fails the stream.
   */
  stream(options: ExposeOptions = {}): ExpositionStream {
    const format = formatAsked("stream", options, STREAM_OPTIONS);
    // What is wrong already is thrown here: a registry that is closed, names that clash.
    this.walk(format, { ...options, statistics: false });
    const begin = async () => {
      await this.collected();
      return this.walk(format, options);
    };
    return { body: streamed(begin), contentType: format.contentType };
  }

  /** A handler for servers that answer a Request with a Response: Deno.serve, Bun.serve, Hono, workers. */
  handler(options: HandlerOptions = {}): FetchHandler {
    return fetchHandler(this, options);
  }

  /**
   * A handler for `node:http`, `node:http2`, Express and Connect. The bytes it writes are used again when the response has
   * called back: middleware that keeps chunks must copy them.
   */
  nodeHandler(options: HandlerOptions = {}): NodeHandler {
    return nodeHandler(this, options);
  }
}
