// How requests go out: by undici where it is installed beside Node, whose pool keeps one connection and closes it in time; else by the runtime's own `fetch`.

import type * as Undici from "undici";
import { fetched, type SendFetch } from "./request.ts";

export interface Way {
  readonly fetch: SendFetch;
  close(): Promise<void>;
}

/** A connection outlives the interval of most rounds. */
const KEPT_MS = 75_000;

export const plainWay: Way = { fetch: fetched, close: () => Promise.resolve() };

function isNode(): boolean {
  const { process, Deno, Bun } = globalThis as { process?: { versions?: { node?: string } }; Deno?: unknown; Bun?: unknown };
  return process?.versions?.node !== undefined && Deno === undefined && Bun === undefined;
}

/** Never rejects. */
export async function wayOf(): Promise<Way> {
  if (!isNode()) return plainWay;
  try {
    // A bundler that finds it absent shall not fail for it.
    const peer = "undici";
    const { Agent, fetch } = (await import(/* webpackIgnore: true */ /* @vite-ignore */ peer)) as typeof Undici;
    const dispatcher = new Agent({ connections: 1, pipelining: 1, keepAliveTimeout: KEPT_MS });
    return {
      fetch: (url, init) => fetch(url, { ...init, dispatcher } as unknown as Parameters<typeof fetch>[1]),
      // One that waits for a server's answer would wait for as long as that takes.
      close: () => dispatcher.destroy(),
    };
  } catch {
    return plainWay;
  }
}
