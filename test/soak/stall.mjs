// How long this thread's event loop is held up: a timer that comes late. Of that it ran, waited for a core that others had, or was
// blocked by a lock, a disk, another thread: Linux tells the first two (schedstat, nanoseconds); elsewhere all of it is blocked.
// What comes late while a thread starts is told apart: it is the runtime's (Deno waits 150 ms and more for one that loads nothing).

import { readFileSync } from "node:fs";

const TICK_MILLISECONDS = 5;

/** Of the process' first thread: how long it ran and how long it waited for a core. */
function scheduled() {
  try {
    const [ran, waited] = readFileSync("/proc/self/schedstat", "latin1").split(" ");
    return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { ran: 0, waited: 0 };
  }
}

export class StallMeter {
  #longest = { late: 0, running: 0, blocked: 0, starting: 0 };
  #since = 0;
  #starts = 0;
  #began;

  start() {
    this.#began = { time: performance.now(), ...scheduled() };
    let before = { ...this.#began, starts: this.#starts };
    const tick = () => {
      const now = { time: performance.now(), ...scheduled(), starts: this.#starts };
      const late = Math.max(now.time - before.time - TICK_MILLISECONDS, 0);
      const running = Math.min(now.ran - before.ran, late);
      const blocked = Math.max(late - running - (now.waited - before.waited), 0);
      const isStarting = now.starts !== before.starts || now.starts % 2 === 1;
      // One is starting, or was since the last tick.
      const seen = isStarting ? { late, starting: running + blocked } : { late, running, blocked };
      for (const [kind, value] of Object.entries(seen)) this.#longest[kind] = Math.max(this.#longest[kind], value);
      if (!isStarting) this.#since = Math.max(this.#since, running + blocked);
      before = now;
      setTimeout(tick, TICK_MILLISECONDS);
    };
    setTimeout(tick, TICK_MILLISECONDS);
  }

  /** Before a thread starts, and once it has: one at a time. */
  starting() {
    this.#starts++;
  }

  /**
   * The longest in milliseconds: at all, running, blocked, and while threads started; running and blocked since the last reading. And
   * which share of the time this thread waited for a core.
   */
  read() {
    const since = this.#since;
    this.#since = 0;
    const waited = (scheduled().waited - this.#began.waited) / (performance.now() - this.#began.time);
    return { ...this.#longest, since, waited };
  }
}
