// What was typed behind a command of the program, checked: words for what is wrong are one line, and say where help is.

import { constants } from "node:os";
import process from "node:process";
import { shown } from "../errors.ts";
import { lineOf } from "./line.ts";
import { type Parsed, parsed, type Refuse, type TypedOptions } from "./parsed.ts";

export { type Refuse, twice, type TypedOptions } from "./parsed.ts";

/** Of what was typed. */
export const EXIT_USAGE = 64;
const PORT_MOST = 65535;
/** Number() takes "", " 80 " and "1e3", too: an empty variable of a script would be any port. */
const PORT = /^(?:0|[1-9]\d{0,4})$/;
/** As people write them, for the same reason. */
const NUMBER = /^\d{1,15}(?:\.\d{1,9})?$/;
/** Characters of a line, at its beginning and at its end. */
const HALF_MOST = 200;

/** Ends the program with one line, which says where help is: of the command, where it is known. */
export function refuser(command?: string): Refuse {
  const help = command === undefined ? "tallystick --help" : `tallystick ${command} --help`;
  return (why) => {
    process.stderr.write(`tallystick: ${why}; see ${help}\n`);
    process.exit(EXIT_USAGE);
  };
}

/** One line of what is wrong: which is told by what was typed, not by where it was found out. */
export function impossible(error: unknown): never {
  const said = lineOf(error);
  // What was typed may be long, and stands in the middle of what is wrong with it.
  const short = said.length > 2 * HALF_MOST ? `${said.slice(0, HALF_MOST)}…${said.slice(-HALF_MOST)}` : said;
  process.stderr.write(`tallystick: ${short}\n`);
  process.exit(EXIT_USAGE);
}

/** The options, and what is there beside them. */
export function typed<const Options extends TypedOptions>(args: readonly string[], options: Options, refuse: Refuse): Parsed<Options> {
  return parsed(args, options, refuse, shown);
}

/** A port, or 0 for any. */
export function portOf(text: string, refuse: Refuse): number {
  const port = Number(text);
  return PORT.test(text) && port <= PORT_MOST ? port : refuse(`--port is "${text}", which is none from 0 to ${PORT_MOST}`);
}

/** A number within bounds, whole where it must be. */
export function numberOf(option: string, text: string, least: number, most: number, isWhole: boolean, refuse: Refuse): number {
  const number = Number(text);
  const fits = NUMBER.test(text) && number >= least && number <= most && (!isWhole || Number.isInteger(number));
  return fits ? number : refuse(`${option} is ${shown(text)}, which is no ${isWhole ? "whole number" : "number"} from ${least} to ${most}`);
}

/** An empty one comes of a script's variable that is not set: of a directory it would be this one, of a host any. */
export function checkEmpty(given: readonly (readonly [option: string, values: readonly (string | undefined)[]])[], refuse: Refuse): void {
  for (const [option, values] of given) {
    const isToken = option.endsWith("token");
    const why = isToken ? "and no token is empty: is the variable set that it comes of?" : "which names nothing";
    if (values.includes("")) refuse(`${option} is "", ${why}`);
  }
}

/** What a shell says of a process that a signal ended, less the signal's number. */
const EXIT_SIGNALLED = 128;
export const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
export type Signal = (typeof SIGNALS)[number];
/** The first process of a container is ended by no signal that nobody listens to. */
export const FIRST_PID = 1;

/**
 * Ends the program as one that the signal ended. `hangs`: one of its threads stands in the kernel, and `process.exit()` waits for it.
 * No signal ends the first process of a container from within; what abort() does last is no signal, but a fault.
 */
export function endedBy(signal: Signal, hangs = false): void {
  if (process.pid === FIRST_PID) {
    if (hangs) process.abort();
    process.exit(EXIT_SIGNALLED + constants.signals[signal]);
  }
  for (const each of SIGNALS) process.removeAllListeners(each);
  process.kill(process.pid, signal);
}
