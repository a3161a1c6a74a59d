// How an application hears what went wrong with a push, at either end. Its callback may throw, or reject later: neither ends
// the process, nor a push, nor keeps whoever pushes waiting for an answer.

/** Tells `onError` of `what`. Never throws. */
export function hears(what: string, onError: (error: Error) => unknown, error: Error): void {
  const threw = (thrown: unknown) => console.warn(`tallystick: the onError of ${what} threw:`, thrown);
  try {
    const result = onError(error);
    if (result instanceof Promise) result.catch(threw);
  } catch (thrown) {
    threw(thrown);
  }
}
