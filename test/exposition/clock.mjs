// A clock that stands still: import it before the library is used, and all times of a golden file are known.

/** Seconds that a double has exactly, so that no format rounds them. */
export const NOW_SECONDS = 1795211446.5;

let now = NOW_SECONDS * 1000;
Date.now = () => now;

/** Runs a function at another time: 0 is what workerd says in its global scope, which has no clock. */
export function clockAt(seconds, fn) {
  const before = now;
  now = seconds * 1000;
  try {
    return fn();
  } finally {
    now = before;
  }
}
