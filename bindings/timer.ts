// Durations in seconds, of functions and of what lies between two calls.

import { callbackInvalid } from "./errors.ts";

/** Seconds since some moment, monotonic. */
export function clock(): number {
  return performance.now() / 1000;
}

/**
 * Runs a function and tells how long it took, whether it returned, threw, or its promise settled. Only real
 * promises are waited for: a query builder's lazy `then` would run its query a second time.
 */
export function timed<T>(fn: () => T, tell: (seconds: number) => void): T {
  if (typeof fn !== "function") throw callbackInvalid("time", fn);
  const from = clock();
  let result: T;
  try {
    result = fn();
  } catch (error) {
    tell(clock() - from);
    throw error;
  }
  if (!(result instanceof Promise)) {
    tell(clock() - from);
    return result;
  }
  const settle = () => tell(clock() - from);
  result.then(settle, settle);
  return result;
}
