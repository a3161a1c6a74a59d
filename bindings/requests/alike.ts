// Functions that stand in for others: who looks at their name or counts their parameters, as frameworks do, finds what was there.

export type AnyFunction = (this: never, ...args: never[]) => unknown;

/** `stand`, with the name and the number of parameters of `fn`. */
export function alike<F extends AnyFunction>(stand: (this: never, ...args: never[]) => unknown, fn: F): F {
  for (const key of ["name", "length"] as const) Object.defineProperty(stand, key, { value: fn[key], configurable: true });
  return stand as AnyFunction as F;
}

/** The same of a fetch handler. Deno makes no request for one that says it has no parameter, and whoever stands in for it wants one. */
export function handlerAlike<F extends AnyFunction>(stand: (this: never, ...args: never[]) => unknown, fn: F): F {
  return Object.defineProperty(alike(stand, fn), "length", { value: fn.length || 1 });
}
