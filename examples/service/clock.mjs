// The one clock of this example. CLOCK_MONOTONIC is the same in every thread and every process of a machine;
// `performance.now()` starts at zero in each thread, so times taken in two threads could not be compared.

export function nowMilliseconds() {
  return Number(process.hrtime.bigint()) / 1e6;
}
