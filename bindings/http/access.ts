// Who may scrape, and how many at once: what is decided before the page is begun, for servers of both shapes.

import { credentialsOf } from "../exporter/credentials.ts";
import type { Settings } from "../exporter/settings.ts";
import { SAID, scrapesTooMany } from "./worded.ts";

/** An answer that is no page. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const TEXT = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };

export function refusal(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  return { status, headers: { ...TEXT, ...headers, "content-length": String(text.length) }, text };
}

export const MISSING = refusal(404, SAID.missing);

const encoder = new TextEncoder();

/** Takes as long for whatever is shown: how long that is, is decided by who shows it and by what is wanted alone. */
function isAlike(wanted: Uint8Array, shown: Uint8Array): boolean {
  let difference = wanted.length ^ shown.length;
  for (let i = 0; i < wanted.length; i++) difference |= wanted[i]! ^ (shown[i % (shown.length || 1)] ?? 0);
  return difference === 0;
}

export class Access {
  readonly #accepted: readonly Uint8Array[];
  readonly #unauthorized: Refusal;
  readonly #maxScrapes: number;
  readonly #busy: Refusal;
  #scrapes = 0;

  constructor(auth: Settings["auth"], maxScrapes: number) {
    this.#accepted = (auth?.accepted ?? []).map((text) => encoder.encode(text));
    this.#unauthorized = refusal(401, SAID.unauthorized, { "www-authenticate": auth?.challenge ?? "" });
    this.#maxScrapes = maxScrapes;
    this.#busy = refusal(503, scrapesTooMany(maxScrapes), { "retry-after": "1" });
  }

  /** Why a request is not let in; undefined lets it in, and `left` is to be called once behind it. */
  entered(authorization: string | null | undefined): Refusal | undefined {
    if (this.#accepted.length > 0) {
      const shown = encoder.encode(credentialsOf(authorization));
      let isAccepted = false;
      for (const wanted of this.#accepted) isAccepted = isAlike(wanted, shown) || isAccepted;
      if (!isAccepted) return this.#unauthorized;
    }
    if (this.#scrapes >= this.#maxScrapes) return this.#busy;
    this.#scrapes++;
    return undefined;
  }

  left(): void {
    this.#scrapes--;
  }
}
