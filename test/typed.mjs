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

/** The values of options; ends the program where something was typed wrong, and where its usage was asked for. */
export function typed(usage, options) {
  helped(usage);
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${usage.trim()}\n`);
    process.exit(MISTYPED);
  }
}
