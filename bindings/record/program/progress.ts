// Tells on standard error how far the reading is: on a terminal in one line that goes away, elsewhere a line now and then where it
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
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #terminal: boolean;
  readonly #began: number;
  #next: number;
  #shown = false;

  constructor(totalBytes: number, screen: Screen = process.stderr, now = () => performance.now()) {
    this.#total = totalBytes;
    this.#screen = screen;
    this.#now = now;
    this.#terminal = screen.isTTY === true;
    this.#began = now();
    this.#next = this.#began + (this.#terminal ? TERMINAL_MILLISECONDS : QUIET_MILLISECONDS);
  }

  tell(bytes: number, rows: number): void {
    const now = this.#now();
    if (now < this.#next) return;
    this.#next = now + (this.#terminal ? TERMINAL_MILLISECONDS : LINE_MILLISECONDS);
    const part = this.#total > 0 ? ` (${Math.min(100, Math.floor((100 * bytes) / this.#total))} %)` : "";
    const rate = (rows / (now - this.#began) / 1000).toFixed(1);
    const text = `${(bytes / MEGA).toFixed(0)} of ${(this.#total / MEGA).toFixed(0)} MB${part}, ${rate} million rows a second`;
    this.#shown = true;
    this.#screen.write(this.#terminal ? `\r\x1b[K${text}` : `tallystick: ${text}\n`);
  }

  done(): void {
    if (this.#terminal && this.#shown) this.#screen.write("\r\x1b[K");
  }
}
