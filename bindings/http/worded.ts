// What goes wrong with metrics over HTTP, in words: the option, the value and the limit. No secret is ever in one.

import { shown } from "../errors.ts";

export function numberOutside(option: string, of: string, value: unknown, least: number, most: number): RangeError {
  return new RangeError(`Cannot use ${shown(value)} as ${option} of ${of}: it must be a whole number from ${least} to ${most}`);
}

export function pathInvalid(value: string): TypeError {
  return new TypeError(`Cannot use ${shown(value)} as path of handler: it must begin with "/" and have no "?", "#" or blank in it`);
}

export const SAID = {
  unauthorized: "Unauthorized\n",
  missing: "Not found\n",
} as const;

export function scrapesTooMany(most: number): string {
  return `There are ${most} scrapes at the same time, and no more are taken\n`;
}
