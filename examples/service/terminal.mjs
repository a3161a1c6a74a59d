// How the command speaks: colours, numbers, tables and the progress line. Plain lines where there is no terminal.
import { stdout } from "node:process";
import { stripVTControlCharacters } from "node:util";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
const isColoured = process.env.FORCE_COLOR !== undefined || (stdout.isTTY === true && process.env.NO_COLOR === undefined);

const BAR_LENGTH = 24;
/** Between two progress lines: ten a second where the line is redrawn, one a second where each is kept. */
const TERMINAL_PAUSE_MILLISECONDS = 100;
const PLAIN_PAUSE_MILLISECONDS = 1_000;

// A reader that is gone, as in `npm start | head`, ends the command; all it has started ends with it.
stdout.on("error", () => process.exit(1));

export function paint(style, text) {
  return isColoured ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text;
}

export function say(text = "") {
  stdout.write(`${text}\n`);
}

export function heading(text) {
  say(`\n  ${paint("bold", text)}`);
}

export function mark(isRight) {
  return isRight ? paint("green", "✓") : paint("red", "✗ WRONG");
}

export function whole(number) {
  return Number.isFinite(number) ? number.toLocaleString("en-US") : String(number);
}

export function milliseconds(number) {
  if (number >= 1_000) return `${(number / 1_000).toFixed(2)} s`;
  return `${number.toFixed(number < 10 ? 2 : 1)} ms`;
}

/** Prints rows of cells; `sides` has a letter a column, `l` or `r`. */
export function table(sides, rows) {
  const widths = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell))));
  }
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const blanks = " ".repeat(widths[column] - visibleLength(cell));
      return sides[column] === "l" ? cell + blanks : blanks + cell;
    });
    say(`    ${cells.join("   ").trimEnd()}`);
  }
}

function visibleLength(text) {
  return stripVTControlCharacters(text).length;
}

/** Redraws one line while something runs. `describe()` returns `{ share, text }`. */
export class Progress {
  #describe;
  #timer;

  constructor(describe) {
    this.#describe = describe;
    const pause = stdout.isTTY ? TERMINAL_PAUSE_MILLISECONDS : PLAIN_PAUSE_MILLISECONDS;
    this.#timer = setInterval(() => this.#draw(), pause);
  }

  stop() {
    clearInterval(this.#timer);
    if (stdout.isTTY) stdout.write("\r\x1b[2K");
  }

  #draw() {
    const { share, text } = this.#describe();
    if (!stdout.isTTY) return say(`  ${text}`);
    const filled = Math.round(Math.min(share, 1) * BAR_LENGTH);
    const bar = paint("cyan", "━".repeat(filled)) + paint("dim", "─".repeat(BAR_LENGTH - filled));
    // A line that wraps can't be taken back.
    const fitting = text.slice(0, Math.max((stdout.columns || 80) - BAR_LENGTH - 6, 0));
    stdout.write(`\r\x1b[2K  ${bar}  ${fitting}`);
  }
}
