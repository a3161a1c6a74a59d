// What all ways out have alike of their options: numbers in bounds, choices, a registry.

import { optionInvalid } from "../errors.ts";
import type { Registry } from "../index.ts";
import { choiceInvalid, numberOutside } from "./worded.ts";

export function numberOf(who: string, option: string, value: number | undefined | null, own: number, least: number, most: number): number {
  const number = value ?? own;
  if (!(number >= least && number <= most)) throw numberOutside(who, option, number, least, most);
  return number;
}

export function choiceOf<T>(who: string, option: string, value: T | undefined | null, choices: readonly T[], own: T): T {
  const choice = value ?? own;
  if (!choices.includes(choice)) throw choiceInvalid(who, option, choice, choices);
  return choice;
}

/** Of another copy it may be, or of a worker's. */
export function registryOf(who: string, registry: Registry | undefined | null, own: Registry): Registry {
  const chosen = registry ?? own;
  if (typeof chosen.expose !== "function") throw optionInvalid(who, "registry", chosen, "Registry");
  return chosen;
}
