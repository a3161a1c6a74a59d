// What is typed behind `npm run NAME --`: --help says what there is, and what there is not is said with it.

import process from "node:process";
import { parseArgs } from "node:util";

const MISTYPED = 64;

/** Ends the program where its usage was asked for. */
export function helped(usage, args = process.argv.slice(2)) {
  if (!args.includes("--help")) return;
  process.stdout.write(`${usage.trim()}\n`);
  process.exit(0);
}

/** Ends the program with what is wrong in what was typed. */
function mistyped(message, usage) {
  process.stderr.write(`${message}\n\n${usage.trim()}\n`);
  process.exit(MISTYPED);
}

/** The values of options; ends the program where something was typed wrong, and where its usage was asked for. */
export function typed(usage, options) {
  helped(usage);
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return mistyped(error.message, usage);
  }
}

/** A number from 0 on; ends the program where something else was typed: what is done NaN times would pass. */
export function numbered(usage, name, text) {
  const number = Number(text);
  return text.trim() !== "" && number >= 0 ? number : mistyped(`--${name} ${text}: not a number from 0 on`, usage);
}

/** One of those that there are; ends the program where there is no such one, for nothing would be run of it. */
export function chosen(usage, name, text, there) {
  return text === undefined || there.includes(text) ? text : mistyped(`--${name} ${text}: there are ${there.join(", ")}`, usage);
}
