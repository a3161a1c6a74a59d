// What stands for a path whose pattern nobody knows: short, of few characters, and the same for all ids.

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inside } from "./internals.mjs";

const { isId, methodOf, pathRoute } = inside;

const ROUTES = {
  "/": "/",
  "": "/",
  "*": "*",
  "//": "/",
  "/?": "/",
  "/users": "/users",
  "/users/": "/users",
  "//users///list//": "/users/list",
  "/users/42": "/users/:id",
  "/users/42/orders/7?page=2#x": "/users/:id/orders/:id",
  "/users?id=42": "/users",
  "/users#/42": "/users",
  "https://example.org/users/42?x=/y/z": "/users/:id",
  "http://example.org": "/",
  "http://example.org?x=1": "/",
  "http://[::1]:80/a": "/a",
  "/v1/items": "/v1/items",
  "/api/v10/oauth2/base64": "/api/v10/oauth2/base64",
  "/o/3b241101-e2bb-4255-8caf-4136c566a962": "/o/:id",
  "/o/507f1f77bcf86cd799439011": "/o/:id",
  "/o/deadbee5": "/o/:id",
  "/facade/decade": "/facade/decade",
  "/u/01ARZ3NDEKTSV4RRFFQ69G5FAV": "/u/:id",
  "/v/dQw4w9WgXcQ": "/v/:id",
  "/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc": "/t/:id",
  "/mail/ann@example.org": "/mail/:id",
  "/mail/ann%40example.org": "/mail/:id",
  "/days/2026-11-27": "/days/:id",
  "/user123/order-4711": "/:id/:id",
  "/this-is-an-article-of-many-words-and-no-number": "/:id",
  "/reset-password-confirmation": "/reset-password-confirmation",
  "/a b": "/:id",
  "/é": "/:id",
  "/\0": "/:id",
  "/a%00b": "/:id",
  '/"': "/:id",
  "/,\r\n": "/:id",
  "/..": "/:id",
  "/a/b/c/d/e/f/g/h": "/a/b/c/d/e/f/g/h",
  "/a/b/c/d/e/f/g/h/": "/a/b/c/d/e/f/g/h",
  "/a/b/c/d/e/f/g/h/i": "/a/b/c/d/e/f/g/h/*",
};

test("pathRoute() keeps names, replaces ids and leaves queries out", () => {
  for (const [path, route] of Object.entries(ROUTES)) equal(pathRoute(path), route, path);
});

test("pathRoute() looks at no more than the beginning of a path of a megabyte", () => {
  equal(pathRoute(`/${"a".repeat(1 << 20)}`), "/:id/*");
  equal(pathRoute(`/users/${"a".repeat(1 << 20)}`), "/users/:id/*");
  equal(pathRoute(`/${"a/".repeat(1 << 19)}`), "/a/a/a/a/a/a/a/a/*");
  equal(pathRoute("/".repeat(1 << 20)), "/*");
  equal(pathRoute(`/users?${"x".repeat(1 << 20)}`), "/users");
});

test("pathRoute() gives short routes of harmless characters, whatever it is given", () => {
  const segment = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string(),
    fc.uuid(),
    fc.nat().map(String),
    fc.constantFrom("users", "v1", ".."),
  );
  const paths = fc.array(segment).map((segments) => `/${segments.join("/")}`);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), paths, fc.webUrl()), (path) => {
      const route = pathRoute(path);
      ok(route.length <= 8 * 33 + 2, route);
      ok(route === "*" || /^(\/|(\/(:id|[\w.~-]{1,32}))*(\/\*)?)$/.test(route), JSON.stringify(route));
      ok(!/[?#]/.test(route));
    }),
    { numRuns: 3000 },
  );
});

test("isId() tells ids of a kind, all of them", () => {
  fc.assert(fc.property(fc.uuid(), (id) => isId(id)));
  fc.assert(fc.property(fc.nat(), (id) => isId(String(id))));
  fc.assert(fc.property(fc.emailAddress(), (id) => isId(id)));
  fc.assert(fc.property(fc.string({ minLength: 33 }), (id) => isId(id)));
  for (const name of ["users", "v1", "index.html", "sitemap.xml", "log-in", "getUserById", "ipv4"]) ok(!isId(name), name);
});

test("methodOf() knows HTTP's methods, in upper case", () => {
  for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "QUERY"])
    equal(methodOf(method), method);
  for (const method of ["get", "PROPFIND", "", undefined, "__proto__", "GET "]) equal(methodOf(method), "OTHER");
});
