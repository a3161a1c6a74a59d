// A registry for one test, which ends with it. How a test tells of its end is passed in: there are no globals of a test runner here.

import { Registry, type RegistryOptions } from "../index.ts";
import { callbackInvalid, contextInvalid, hooksInvalid, outsideTest, testsAtOnce } from "./worded.ts";

/** What is called at a test's end. */
export type Cleanup = () => void;

/** A test's context that has `after`, as node:test's, or what takes a cleanup, as `onTestFinished` of Vitest and bun:test. */
export type TestEnd = { after(cleanup: Cleanup): unknown } | ((cleanup: Cleanup) => unknown);

/** Of Jest, Vitest, bun:test, node:test, and @std/testing/bdd. */
export interface TestHooks {
  beforeEach(callback: () => void): unknown;
  afterEach(callback: () => void): unknown;
}

/**
 * A registry of its own for one test, closed at its end where `end` tells of that; without it whoever asks closes it. `end` is the context
 * of node:test, or a function that takes a cleanup for this test. Throws a TypeError for what is neither.
 *
 * @example
 * ```ts
 * import { freshRegistry, valueOf } from "tallystick/testing";
 *
 * const ends = [];
 * const registry = freshRegistry((cleanup) => ends.push(cleanup)); // in a test: freshRegistry(t)
 * registry.gauge({ name: "depth", help: "Depth." }).set(2);
 * valueOf(registry, "depth"); // 2
 * ends.forEach((end) => end());
 * ```
 */
export function freshRegistry(end?: TestEnd, options: RegistryOptions = {}): Registry {
  const isContext = typeof end === "object" && end !== null && typeof end.after === "function";
  if (end !== undefined && !isContext && typeof end !== "function") throw contextInvalid(end);
  const registry = new Registry(options);
  const close = () => registry.close();
  if (typeof end === "function") end(close);
  else end?.after(close);
  return registry;
}

/**
 * Calls back with a registry of its own, which is closed when that returns, throws, or its promise settles. Returns what it returned. For
 * Deno.test, whose tests have no hook of their own, and for whatever else is a function.
 *
 * @example
 * ```ts
 * import { valueOf, withRegistry } from "tallystick/testing";
 *
 * const counted = (registry) => registry.counter({ name: "jobs", help: "Jobs done." }).inc() ?? valueOf(registry, "jobs");
 * withRegistry(counted); // 1
 * ```
 */
export function withRegistry<T>(callback: (registry: Registry) => T, options: RegistryOptions = {}): T {
  if (typeof callback !== "function") throw callbackInvalid(callback);
  const registry = new Registry(options);
  let isLater = false;
  try {
    const result = callback(registry);
    if (!isPromise(result)) return result;
    isLater = true;
    return result.then(
      (value) => {
        registry.close();
        return value;
      },
      (error: unknown) => {
        registry.close();
        throw error;
      },
    ) as T;
  } finally {
    if (!isLater) registry.close();
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/**
 * A registry for each test of a file or a group: made before each, closed after it. Returns what gives that of the test that runs, and
 * throws an Error outside of one. With Jest: `const registry = registryPerTest({ beforeEach, afterEach })` at the top, `registry()` in tests.
 * Tests must run one after another: a test that begins while another one's registry is open fails by an Error; those that run at once have
 * `freshRegistry`. Throws a TypeError where one of the hooks is missing.
 *
 * @example
 * ```ts
 * import { registryPerTest, valueOf } from "tallystick/testing";
 *
 * const hooks = [];
 * const registry = registryPerTest({ beforeEach: (begin) => hooks.push(begin), afterEach: (end) => hooks.push(end) });
 * hooks[0]();
 * registry().counter({ name: "jobs", help: "Jobs done." }).inc();
 * valueOf(registry(), "jobs"); // 1
 * hooks[1]();
 * ```
 */
export function registryPerTest(hooks: TestHooks, options: RegistryOptions = {}): () => Registry {
  if (typeof hooks?.beforeEach !== "function" || typeof hooks.afterEach !== "function") throw hooksInvalid(hooks);
  let current: Registry | undefined;
  hooks.beforeEach(() => {
    // Both would count into the second one's, and the first one's would never be closed.
    if (current !== undefined) throw testsAtOnce();
    current = new Registry(options);
  });
  hooks.afterEach(() => {
    current?.close();
    current = undefined;
  });
  return () => {
    if (current === undefined) throw outsideTest();
    return current;
  };
}
