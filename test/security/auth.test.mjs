// What is compared of a token does not depend on how much of it is right: counted, for times tell nothing on a busy machine.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import { inside } from "./internals.mjs";

const { Access, Auth, Token } = inside;
const RIGHT = "Bearer right-token-of-32-characters-xx";
/** The same length, wrong from its beginning on, at its end, and everywhere; and right. */
const SHOWN = ["bearer Xight-token-of-32-characters-xx", `${RIGHT.slice(0, -1)}y`, `Bearer ${"-".repeat(RIGHT.length - 7)}`, RIGHT];

test("the exporter compares digests to their end, all that are accepted with each that is shown, whatever is right of it", (t) => {
  const real = crypto.timingSafeEqual;
  t.after(() => {
    crypto.timingSafeEqual = real;
    syncBuiltinESMExports();
  });
  let compared = [];
  crypto.timingSafeEqual = (one, other) => (compared.push([one.length, other.length]), real(one, other));
  syncBuiltinESMExports();
  const auth = new Auth([RIGHT, "Bearer another", "Bearer third"], "Bearer");
  const seen = [...SHOWN, "", undefined, "Bearer another", `Bearer ${"x".repeat(5000)}`].map((header) => {
    compared = [];
    return { accepted: auth.accepts(header), compared };
  });
  assert.deepEqual(
    seen.map(({ accepted }) => accepted),
    [false, false, false, true, false, false, true, false],
  );
  // 32 bytes of SHA-256 on both sides, once for each token.
  for (const { compared: all } of seen) assert.deepEqual(all, [[32, 32], [32, 32], [32, 32]]); // prettier-ignore
});

test("the receiver compares digests to their end, whatever is right of the token", async (t) => {
  // Digests that count how often they are read: the same for all that is shown.
  let read = 0;
  const plain = Uint8Array;
  t.after(() => (globalThis.Uint8Array = plain));
  globalThis.Uint8Array = new Proxy(plain, {
    construct: (target, args) =>
      new Proxy(new target(...args), {
        get(bytes, key) {
          if (typeof key === "string" && /^\d+$/.test(key)) read++;
          const value = Reflect.get(bytes, key);
          return typeof value === "function" ? value.bind(bytes) : value;
        },
      }),
  });
  const token = new Token("right");
  const counts = [];
  for (const shown of ["right", "wrong", "righx", "", "r".repeat(5000)]) {
    read = 0;
    assert.equal(await token.is(shown), shown === "right");
    counts.push(read);
  }
  assert.deepEqual(counts, [32, 32, 32, 32, 32]);
});

test("endpoints of other servers read as much of what is shown, and of what is wanted, whatever is right of it", (t) => {
  const real = TextEncoder.prototype.encode;
  t.after(() => (TextEncoder.prototype.encode = real));
  const access = new Access({ accepted: [RIGHT, "Bearer another"], challenge: "Bearer" }, 16);
  let read = 0;
  TextEncoder.prototype.encode = function (text) {
    const bytes = real.call(this, text);
    return new Proxy(bytes, {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) read++;
        return Reflect.get(target, key);
      },
    });
  };
  const counts = SHOWN.map((header) => {
    read = 0;
    const refused = access.entered(header) !== undefined;
    assert.equal(refused, header !== RIGHT);
    return read;
  });
  assert.ok(counts[0] >= RIGHT.length);
  assert.equal(new Set(counts).size, 1, counts.join());
});
