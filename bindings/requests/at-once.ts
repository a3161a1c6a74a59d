// What functions of the application give is needed at once. One that is async gives a promise: nobody waits for it here, and nobody else hears
// of its rejection, which would end the process.

import { promiseGiven } from "./worded.ts";

/** The value, but for a promise, for which it throws a TypeError. */
export function atOnce<T>(what: string, value: T): T {
  if (!(value instanceof Promise)) return value;
  value.catch(() => undefined);
  throw promiseGiven(what);
}
