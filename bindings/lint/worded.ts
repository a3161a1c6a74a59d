// What is wrong with how the lint is called, in words. It stands alone, without a door, so it words values by itself.

import { nearest } from "../processes/nearest.ts";
import { quoted } from "./findings.ts";

function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  return typeof value === "object" && value !== null
    ? `an ${Array.isArray(value) ? "array" : "object"}`
    : quoted(String(value)).slice(1, -1);
}

export function optionsInvalid(options: unknown): Error {
  return new TypeError(`Cannot use ${shown(options)} as the options of a lint: it must be an object`);
}

export function optionUnknown(option: string, known: readonly string[]): Error {
  return new TypeError(`Cannot use option ${shown(option)} of a lint: its options are ${known.join(", ")}`);
}

export function optionInvalid(option: string, value: unknown, must: string): Error {
  return new TypeError(`Cannot use ${shown(value)} as ${option} of a lint: it must be ${must}`);
}

export function choiceInvalid(option: string, value: string, choices: readonly string[]): Error {
  return new RangeError(`Cannot use ${shown(value)} as ${option} of a lint: it must be ${choices.join(" or ")}`);
}

export function numberOutside(option: string, value: number, least: number, most: number): Error {
  return new RangeError(`Cannot use ${value} as ${option} of a lint: it must be a whole number from ${least} to ${most}`);
}

/** What is wrong with a rule's name. */
export function noRule(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `there is no rule ${shown(name)}${near === undefined ? "" : `: there is ${near}`}`;
}

export function ruleUnknown(name: string, known: readonly string[]): Error {
  return new RangeError(`Cannot disable ${shown(name)} in a lint: ${noRule(name, known)}`);
}

export function chunkInvalid(chunk: unknown): Error {
  return new TypeError(`Cannot lint ${shown(chunk)}: it must be a string or a Uint8Array`);
}

export function over(): Error {
  return new TypeError("Cannot write to a lint that has ended");
}

export function formatUnreadable(contentType: string, why: string): Error {
  return new RangeError(`Cannot lint ${shown(contentType)}: ${why}`);
}
