// How the command speaks: colours, numbers, tables and the progress line. Plain lines where there is no terminal.
import { stdout } from "node:process";
import { stripVTControlCharacters } from "node:util";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
const isColoured = process.env.FORCE_COLOR !== undefined || (stdout.isTTY === true && process.env.NO_COLOR === undefined);

const CLEAR_LINE = "\r\x1b[2K";
const FALLBACK_COLUMNS = 80;
const MAX_PARAGRAPH_LENGTH = 100;
/** A last column narrower than this is not worth wrapping. */
const MIN_WRAPPED_LENGTH = 10;
const BAR_LENGTH = 20;
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

/** Prints rows of cells; `sides` has a letter a column, `l` or `r`. On a terminal the last column is wrapped to fit. */
export function table(sides, rows) {
  const gap = "   ";
  const last = sides.length - 1;
  const widths = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell))));
  }
  const taken = widths.slice(0, last).reduce((sum, width) => sum + width + gap.length, 4);
  const room = columns() - taken;
  const isWrapped = sides[last] === "l" && room >= MIN_WRAPPED_LENGTH;
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const blanks = " ".repeat(widths[column] - visibleLength(cell));
      return sides[column] === "l" ? cell + blanks : blanks + cell;
    });
    const [first, ...more] = isWrapped ? wrap(row[last] ?? "", room) : [cells[last]];
    say(`    ${[...cells.slice(0, last), first].join(gap).trimEnd()}`);
    for (const line of more) say(" ".repeat(taken) + line);
  }
}

/** Prints prose, dimmed, in lines that are easy to read. */
export function paragraph(text) {
  for (const line of wrap(text, Math.min(columns() - 4, MAX_PARAGRAPH_LENGTH))) say(`    ${paint("dim", line)}`);
}

/** Where lines are kept in a file or go to a program, they may be as long as they like. */
function columns() {
  return stdout.isTTY ? stdout.columns || FALLBACK_COLUMNS : Infinity;
}

function wrap(text, length) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === "") lines[lines.length - 1] = word;
    else if (visibleLength(line) + 1 + visibleLength(word) <= length) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function visibleLength(text) {
  return stripVTControlCharacters(text).length;
}

/**
 * Keeps one line up to date while something runs, and notes above it that stay. `describe()` returns
 * `{ share, parts }`, the most important part first: the last ones are left out where the terminal is too narrow.
 */
export class Progress {
  #describe;
  #timer;

  constructor(describe) {
    this.#describe = describe;
    const pause = stdout.isTTY ? TERMINAL_PAUSE_MILLISECONDS : PLAIN_PAUSE_MILLISECONDS;
    this.#timer = setInterval(() => this.#draw(), pause);
  }

  note(text) {
    if (stdout.isTTY) stdout.write(CLEAR_LINE);
    wrap(text, columns() - 4).forEach((line, index) => say(`${index === 0 ? "  " : "    "}${line}`));
    if (stdout.isTTY) this.#draw();
  }

  stop() {
    clearInterval(this.#timer);
    if (stdout.isTTY) stdout.write(CLEAR_LINE);
  }

  #draw() {
    const { share, parts } = this.#describe();
    if (!stdout.isTTY) return say(`  ${join(parts)}`);
    const filled = Math.round(Math.min(share, 1) * BAR_LENGTH);
    const bar = paint("cyan", "━".repeat(filled)) + paint("dim", "─".repeat(BAR_LENGTH - filled));
    // A line that wraps can't be taken back, and one that fills the last column may wrap.
    const room = columns() - 3;
    const text = fitting(parts, room - BAR_LENGTH - 2);
    stdout.write(`${CLEAR_LINE}  ${text === "" ? fitting(parts, room) : `${bar}  ${text}`}`);
  }
}

function fitting(parts, length) {
  let count = parts.length;
  while (count > 0 && join(parts.slice(0, count)).length > length) count -= 1;
  return join(parts.slice(0, count));
}

function join(parts) {
  return parts.join(" · ");
}
