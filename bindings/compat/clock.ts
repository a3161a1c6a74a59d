// Time for timers, in seconds since some moment, monotonic.

export function clock(): number {
  return performance.now() / 1000;
}
