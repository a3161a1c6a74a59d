// What is wrong with the default metrics that somebody asked for, in words: the option, the value and the limit.

import { MetricsError, shown } from "../../errors.ts";

export function numberOutside(option: string, value: unknown, least: number, most: number): Error {
  return new RangeError(`Cannot use ${shown(value)} as ${option} of default metrics: it must be a number from ${least} to ${most}`);
}

export function registriesDiffer(): Error {
  return new TypeError("Cannot use two registries for default metrics: register and registry are two names of one option");
}

export function threadInvalid(value: unknown, most: number): Error {
  return new RangeError(`Cannot use ${shown(value)} as thread of default metrics: it must have from 1 to ${most} characters`);
}

export function labelTaken(name: string, own: readonly string[]): Error {
  return new MetricsError(
    "label-conflict",
    `Cannot use ${shown(name)} as a label of all default metrics: some of them have labels ${own.join(", ")}`,
  );
}

export function nothingKnown(): Error {
  return new Error("Cannot collect default metrics here: this runtime tells nothing of its process; metricsList is empty");
}
