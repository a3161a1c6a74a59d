// The pattern of a mount, from the text that it matched and the values in it: names where that is certain, and nothing that strangers
// chose anywhere else.

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inside } from "./internals.mjs";

const { mountPattern } = inside;

test("mountPattern() names the parameters whose values are known, and knows no case", () => {
  equal(mountPattern("/tenants/acme", { tenant: "acme" }), "/tenants/:tenant");
  equal(mountPattern("/Tenants/a%20b", { tenant: "a b" }), "/tenants/:tenant");
  equal(mountPattern("/API/v1", {}), "/api/v1");
  equal(mountPattern("/x/42/%zz", {}), "/x/:id/:id");
  equal(mountPattern("/a/b/c", { first: "a", second: "c", third: undefined }), "/:first/b/:second");
  // Two of one value are in the order of their pattern.
  equal(mountPattern("/t/x/x", { a: "x", b: "x" }), "/t/:a/:b");
});

test("mountPattern() of a wildcard is one word, however much it matches", () => {
  for (const rest of [["a"], ["a", "b"], ["a", "a", "a"], Array(30).fill("b")]) {
    equal(mountPattern(`/proxy/${rest.join("/")}`, { rest }), "/proxy/*rest");
    equal(mountPattern(`/proxy//${rest.join("/")}`, { rest: ["", ...rest] }), "/proxy/*rest");
    if (rest.length > 1) equal(mountPattern(`/proxy/${rest.join("/")}`, { 0: rest.join("/") }), "/proxy/*");
  }
  equal(mountPattern("/u/ann/files/a/b", { user: "ann", rest: ["a", "b"] }), "/u/:user/files/*rest");
  equal(mountPattern("/proxy/proxy", { rest: ["proxy"] }), "/*/*");
});

test("mountPattern() is an asterisk where it cannot be told what is a parameter", () => {
  // A part of a segment.
  equal(mountPattern("/f/name.txt", { name: "name", ext: "txt" }), "/f/*");
  // The text of a literal is a parameter's value, too.
  equal(mountPattern("/t/t/hi", { a: "t" }), "/*/*/hi");
  equal(mountPattern("/t/t/t", { a: "t", b: "t" }), "/*/*/*");
  // So is a value that a mount further out has, unless it is not in here at all.
  equal(mountPattern("/users/acme", { tenant: "acme" }, { tenant: "acme" }), "/users/*");
  equal(mountPattern("/users", { tenant: "acme" }, { tenant: "acme" }), "/users");
  equal(mountPattern("/acme/7", { tenant: "acme", id: "7" }, { tenant: "acme" }), "/*/:id");
  // It is in no segment.
  equal(mountPattern("/a/b", { x: "c" }), "/*");
  equal(mountPattern("/x/a%2Fb", { x: "a/b" }), "/x/*");
});

test("mountPattern() is short, whatever it is given", () => {
  equal(mountPattern("/a".repeat(9), {}), `${"/a".repeat(8)}/*`);
  equal(mountPattern("/a".repeat(1 << 19), {}), "/*");
  equal(mountPattern(`/${"a".repeat(1 << 20)}`, { a: "a".repeat(1 << 20) }), "/*");
});

/** Mounts as they are written, and how strangers' words fill them. */
const word = fc.stringMatching(/^[a-z]{1,3}$/);
const part = fc.oneof(
  word.map((text) => ({ text })),
  fc.constant({ parameter: true }),
  fc.constant({ parameter: true, ending: ".x" }),
  fc.constant({ wildcard: true }),
);

test("mountPattern() has no word of a stranger's in it, wherever it stands", () => {
  let certain = 0;
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.infiniteStream(word), (parts, words) => {
      const literals = new Set();
      const parameters = {};
      const path = parts.map(({ text, parameter, ending = "", wildcard }, i) => {
        if (text !== undefined) {
          literals.add(text);
          return text;
        }
        const next = () => words.next().value;
        if (parameter) return (parameters[`p${i}`] = next()) + ending;
        ok(wildcard);
        return (parameters[`p${i}`] = [next(), next()]).join("/");
      });
      const pattern = mountPattern(`/${path.join("/")}`, parameters);
      if (!pattern.includes("/*/") && !pattern.endsWith("/*")) certain++;
      for (const segment of pattern.slice(1).split("/")) {
        // The ending tells of nothing that was chosen where the whole is what a literal is.
        const [begin] = segment.split(".");
        ok(/^(\*|[:*]p\d|:id)$/.test(segment) || literals.has(begin), `${path.join("/")} is ${pattern}`);
      }
    }),
    { numRuns: 3000 },
  );
  ok(certain > 300, `${certain}`);
});
