// Timers that keep no process alive, in every runtime.

/** Calls back later; keeps no process alive. */
export function later(milliseconds: number, task: () => void): unknown {
  const timer: unknown = setTimeout(task, milliseconds);
  // Of earlier versions of Deno it is a number, which Deno lets go; one of an isolate keeps nothing alive.
  if (typeof timer === "number") (globalThis as { Deno?: { unrefTimer?(timer: number): void } }).Deno?.unrefTimer?.(timer);
  else (timer as { unref?(): void }).unref?.();
  return timer;
}
