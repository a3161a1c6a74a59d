// Authorization against a slow reference, character by character: whoever has the token is let in however the header is written, and
// nobody else.

import assert from "node:assert/strict";
import { inside } from "../internals.mjs";

const { Auth, tokenIn } = inside;
const TOKENS = ["opensesame", "a", "~!#"];
const BASIC = `Basic ${btoa("user:pass word")}`;
const PIECES = ["Bearer", "bearer", "BEARER", "Basic", "bAsIc", "Token", "", " ", "  ", "\t", "\0", "opensesame", "opensesam", "opensesamee", "OpenSesame", "a", "~!#", "\u00e9", ",", '"', "=", BASIC.slice(6), BASIC.slice(6, -1), "\u212aearer", "x".repeat(3000), " ".repeat(3000)]; // prettier-ignore

const isLetter = (character) => (character >= "a" && character <= "z") || (character >= "A" && character <= "Z");

/** The scheme in small letters, and what stands behind it and blanks; undefined where there are not both. */
function parts(header) {
  let at = 0;
  while (header[at] === " ") at++;
  const from = at;
  while (at < header.length && isLetter(header[at])) at++;
  const scheme = header.slice(from, at).toLowerCase();
  if (scheme === "" || header[at] !== " ") return undefined;
  while (header[at] === " ") at++;
  return { scheme, rest: header.slice(at), isAtFront: from === 0 };
}

/** The token that receivers read: visible ASCII behind a scheme at the front, and blanks alone behind it. */
function tokenOf(header) {
  const { scheme, rest = "", isAtFront } = parts(header) ?? {};
  if (scheme !== "bearer" || !isAtFront) return undefined;
  let end = rest.length;
  while (end > 0 && rest[end - 1] === " ") end--;
  const token = rest.slice(0, end);
  return token !== "" && [...token].every((character) => character > " " && character <= "~") ? token : undefined;
}

export const authorization = {
  name: "authorization",
  about: "Authorization against a slow reference",
  runs: 200_000,
  short: 3000,
  async open() {
    const bearers = new Auth(TOKENS.map((token) => `Bearer ${token}`), "Bearer"); // prettier-ignore
    const user = new Auth([BASIC], "Basic");
    return {
      input(random) {
        const pieces = random.once(2) ? Array.from({ length: random.below(6) }, () => random.of(PIECES)) : [random.of(PIECES), " ", random.of(PIECES), random.of(PIECES)]; // prettier-ignore
        return { header: pieces.join("") };
      },
      check({ header }) {
        const { scheme, rest } = parts(header) ?? {};
        const shown = rest?.trimEnd();
        assert.equal(bearers.accepts(header), scheme === "bearer" && TOKENS.includes(shown), JSON.stringify(header));
        assert.equal(user.accepts(header), scheme === "basic" && shown === BASIC.slice(6), JSON.stringify(header));
        assert.equal(tokenIn(header), tokenOf(header), JSON.stringify(header));
      },
    };
  },
};
