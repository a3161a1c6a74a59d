// Rounds at one distance, whatever each of them takes.

/** Timers of Node come up to a millisecond early: such a round is the one that was waited for, and not one before it. */
const EARLY_MS = 5;

/** When the next round is, of those that are `interval` milliseconds apart; those that could not be are left out. */
export function nextRound(next: number, now: number, interval: number): number {
  if (next - now > Math.min(EARLY_MS, interval / 2)) return next;
  return next + interval * Math.max(1, Math.ceil((now - next + 1) / interval));
}
