// When samples and points are taken: later each time, whatever a clock says.

/** Prometheus and Mimir refuse what is further ahead of their own clocks. */
const AHEAD_MS = 600_000;

/**
 * Milliseconds since the epoch behind those of the time before. Where the clock goes back a little, they hardly go on until it has come there; where
 * it goes back by more, it was wrong before, and what was sent then was refused or belongs to nobody: all that comes would be as wrong.
 */
export function momentAfter(before: number, now: number): number {
  return before - now > AHEAD_MS ? now : Math.max(now, before + 1);
}
