// Whether a request has the token. Both are hashed and the hashes compared to their end, so how long it takes tells
// nothing of the token.

const encoder = new TextEncoder();

async function hashed(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** The token of an Authorization header; undefined where there is none. */
export function tokenIn(header: string | null): string | undefined {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "")?.[1];
}

export class Token {
  readonly #token: string;
  #hash: Uint8Array | undefined;

  constructor(token: string) {
    this.#token = token;
  }

  async is(other: string): Promise<boolean> {
    // Not in the constructor: it may run where no digest may begin.
    const own = (this.#hash ??= await hashed(this.#token));
    const theirs = await hashed(other);
    let difference = 0;
    for (const [i, byte] of own.entries()) difference |= byte ^ theirs[i]!;
    return difference === 0;
  }
}
