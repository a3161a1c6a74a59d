// Tells on standard error how far the reading is: on a terminal in one line that goes away, elsewhere a line now and then where it
// takes long.

import process from "node:process";

const TERMINAL_MILLISECONDS = 200;
const QUIET_MILLISECONDS = 2000;
const LINE_MILLISECONDS = 10_000;
const MEGA = 1e6;

export class Progress {
  readonly #began = performance.now();
  readonly #terminal = process.stderr.isTTY === true;
  readonly #total: number;
  #next: number;
  #shown = false;

  constructor(totalBytes: number) {
    this.#total = totalBytes;
    this.#next = this.#began + (this.#terminal ? TERMINAL_MILLISECONDS : QUIET_MILLISECONDS);
  }

  tell(bytes: number, rows: number): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + (this.#terminal ? TERMINAL_MILLISECONDS : LINE_MILLISECONDS);
    const part = this.#total > 0 ? ` (${Math.min(100, Math.floor((100 * bytes) / this.#total))} %)` : "";
    const rate = (rows / (now - this.#began) / 1000).toFixed(1);
    const text = `${(bytes / MEGA).toFixed(0)} of ${(this.#total / MEGA).toFixed(0)} MB${part}, ${rate} million rows a second`;
    this.#shown = true;
    process.stderr.write(this.#terminal ? `\r\x1b[K${text}` : `tallystick: ${text}\n`);
  }

  done(): void {
    if (this.#terminal && this.#shown) process.stderr.write("\r\x1b[K");
  }
}
