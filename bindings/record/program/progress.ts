// Tells on standard error how far the work is: on a terminal in one line that goes away, elsewhere a line now and then where it
// takes long.

import process from "node:process";

const TERMINAL_MILLISECONDS = 200;
const QUIET_MILLISECONDS = 2000;
const LINE_MILLISECONDS = 10_000;
const MEGA = 1e6;

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #total: number;
  readonly #unit: string;
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #terminal: boolean;
  readonly #began: number;
  #next: number;
  #shown = false;

  /** With what there is to do, and what a million of it is called. */
  constructor(total: number, unit: string, screen: Screen = process.stderr, now = () => performance.now()) {
    this.#total = total;
    this.#unit = unit;
    this.#screen = screen;
    this.#now = now;
    this.#terminal = screen.isTTY === true;
    this.#began = now();
    this.#next = this.#began + (this.#terminal ? TERMINAL_MILLISECONDS : QUIET_MILLISECONDS);
  }

  tell(done: number, rows: number): void {
    const now = this.#now();
    if (now < this.#next) return;
    this.#next = now + (this.#terminal ? TERMINAL_MILLISECONDS : LINE_MILLISECONDS);
    const part = this.#total > 0 ? ` (${Math.min(100, Math.floor((100 * done) / this.#total))} %)` : "";
    const digits = this.#total < 10 * MEGA ? 1 : 0;
    const rate = (rows / (now - this.#began) / 1000).toFixed(1);
    const text = `${(done / MEGA).toFixed(digits)} of ${(this.#total / MEGA).toFixed(digits)} ${this.#unit}${part}, ${rate} million rows a second`;
    this.#shown = true;
    this.#screen.write(this.#terminal ? `\r\x1b[K${text}` : `tallystick: ${text}\n`);
  }

  done(): void {
    if (this.#terminal && this.#shown) this.#screen.write("\r\x1b[K");
  }
}
