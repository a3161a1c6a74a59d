// The collectors of this process, run before it tells others what it counts: as a scrape does it, for here it is a part of one.

import type { Registry } from "../index.ts";
import { later } from "./later.ts";

/** Whoever asked waits for some 50 ms: what comes later is told the next time. */
export const ASKED_MS = 25;
/** A push is waited for by nobody but who sends it. */
export const PUSH_MS = 1000;

/** Runs the collectors of all threads; resolves when they are done, and after so many milliseconds at the latest. Never rejects. */
export function collectedWithin(registry: Registry, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = later(milliseconds, resolve);
    const over = () => {
      // Whoever pushes often would have as many timers waiting for nothing.
      clearTimeout(timer as ReturnType<typeof setTimeout>);
      resolve();
    };
    // Of one that was closed there is nothing to collect.
    registry.collected("image").then(over, over);
  });
}
