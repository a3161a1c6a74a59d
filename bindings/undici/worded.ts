// What goes wrong with metrics of undici, in words: the option, the value and the limit.

import { shown } from "../errors.ts";

export function numberOutside(option: string, value: unknown, least: number, most: number): RangeError {
  return new RangeError(`Cannot use ${shown(value)} as ${option} of observeUndici: it must be a whole number from ${least} to ${most}`);
}

export function choiceInvalid(option: string, value: unknown, choices: readonly string[]): TypeError {
  return new TypeError(`Cannot use ${shown(value)} as ${option} of observeUndici: it must be one of ${choices.join(", ")}`);
}

export function poolInvalid(name: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot use ${shown(value)} as the pool ${shown(name)} of observeUndici: it must have stats, as Pool, Client and Agent of undici 7`,
  );
}

export function hostFailed(error: unknown): Error {
  const why = error instanceof Error ? error.message : shown(error);
  return new Error(`Cannot count a request of undici: ${why}; requests go on, and this is told once`, { cause: error });
}

export function nothingTold(where: string): Error {
  return new Error(`Cannot observe undici here: ${where} tells nothing of its requests, and nothing is counted`);
}
