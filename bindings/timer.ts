// Durations in seconds, of functions and of what lies between two calls.

import { secondsSince, ticks } from "./clock.ts";
import { callbackInvalid } from "./errors.ts";

/**
 * Runs a function and tells how long it took, whether it returned, threw, or its promise settled. Only real
 * promises are waited for: a query builder's lazy `then` would run its query a second time.
 */
export function timed<T>(fn: () => T, tell: (seconds: number) => void): T {
  if (typeof fn !== "function") throw callbackInvalid("time", fn);
  const from = ticks();
  let result: T;
  try {
    result = fn();
  } catch (error) {
    tell(secondsSince(from));
    throw error;
  }
  if (!(result instanceof Promise)) {
    tell(secondsSince(from));
    return result;
  }
  const settle = () => tell(secondsSince(from));
  result.then(settle, settle);
  return result;
}
