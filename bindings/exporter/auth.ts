// Whether a request may read. What it shows and what is wanted are hashed, and the hashes compared to their end, each with each: how
// long that takes tells nothing of either.

import { createHash, timingSafeEqual } from "node:crypto";
import { credentialsOf } from "./credentials.ts";

function hashed(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

export class Auth {
  readonly challenge: string;
  readonly #accepted: readonly Uint8Array[];

  constructor(accepted: readonly string[], challenge: string) {
    this.challenge = challenge;
    this.#accepted = accepted.map(hashed);
  }

  /** Whether a header Authorization is one of those that are accepted. */
  accepts(header: string | undefined): boolean {
    const theirs = hashed(credentialsOf(header));
    let accepted = false;
    for (const own of this.#accepted) accepted = timingSafeEqual(own, theirs) || accepted;
    return accepted;
  }
}
