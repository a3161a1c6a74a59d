// The terminal, taken over and given back: its other page without a cursor, keys one by one, and colours where they are wanted.

import process from "node:process";
import { endedBy, SIGNALS } from "../../processes/typed.ts";

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const LINE_END = "\u001b[K";
const PAGE_END = "\u001b[J";
const PLAIN = "\u001b[0m";
const STYLES = { bold: "\u001b[1m", dim: "\u001b[2m", bad: "\u001b[31m", chosen: "\u001b[7m" } as const;
/** An escape sequence, or a character. */
const KEY = /\p{Cc}\[[\d;]*[A-Za-z~]|[^]/gu;
const COLUMNS = 80;
const ROWS = 24;

export interface ScreenLine {
  readonly text: string;
  readonly style?: keyof typeof STYLES;
}

export class Screen {
  readonly #out = process.stdout;
  readonly #isPlain = (process.env["NO_COLOR"] ?? "") !== "" || process.env["TERM"] === "dumb";
  #isTaken = false;

  get columns(): number {
    return this.#out.columns || COLUMNS;
  }

  get rows(): number {
    return this.#out.rows || ROWS;
  }

  /** `pressed` hears of each key, `resized` of another size. */
  take(pressed: (key: string) => void, resized: () => void): void {
    this.#isTaken = true;
    this.#out.write(ENTER);
    this.#out.on("resize", resized);
    process.once("exit", () => this.leave());
    for (const signal of SIGNALS) {
      process.once(signal, () => {
        this.leave();
        endedBy(signal);
      });
    }
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true);
    process.stdin.setEncoding("utf8").on("data", (text) => {
      // Several at once, as when they are pasted; an escape sequence is one key.
      for (const [key] of String(text).matchAll(KEY)) pressed(key);
    });
  }

  draw(lines: readonly ScreenLine[]): void {
    const shown = lines.slice(0, this.rows).map(({ text, style }) => {
      const styled = style === undefined || (this.#isPlain && style !== "chosen") ? text : `${STYLES[style]}${text}${PLAIN}`;
      return styled + LINE_END;
    });
    this.#out.write(HOME + shown.join("\r\n") + PAGE_END);
  }

  leave(): void {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdin.pause();
    this.#out.write(LEAVE);
  }
}
