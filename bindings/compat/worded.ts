// What is wrong, in prom-client's words where programs and tests may know them, and in ours where it says nothing.

import { shown } from "../errors.ts";

/** As `util.format` writes one value. */
function formatted(value: unknown): string {
  return typeof value === "object" && value !== null ? shown(value) : String(value);
}

/** As `util.inspect` writes a list of names. */
function inspected(names: readonly string[]): string {
  return names.length === 0 ? "[]" : `[ ${names.map((name) => `'${name}'`).join(", ")} ]`;
}

export function noConfiguration(): Error {
  return new TypeError("constructor expected a config object");
}

export function missing(parameter: "help" | "name"): Error {
  return new Error(`Missing mandatory ${parameter} parameter`);
}

export function nameInvalid(name: unknown): Error {
  return new Error(`Invalid metric name: ${formatted(name)}`);
}

export function labelNamesInvalid(names: readonly unknown[]): Error {
  return new Error(`At least one label name is invalid: ${names.join(",")}`);
}

export function collectInvalid(): Error {
  return new Error('Optional "collect" parameter must be a function');
}

export function exemplarsNeedOpenMetrics(): Error {
  return new TypeError("Exemplars are supported only on OpenMetrics registries");
}

export function exemplarTooLong(): Error {
  return new RangeError("Label set size must be smaller than 128 UTF-8 chars");
}

export function registeredAlready(name: string): Error {
  return new Error(`A metric with the name ${name} has already been registered.`);
}

export function labelReserved(label: string): Error {
  return new Error(`${label} is a reserved label keyword`);
}

export function decreased(): Error {
  return new Error("It is not possible to decrease a counter");
}

export function notNumber(what: "Value" | "Delta", value: unknown): Error {
  return new TypeError(`${what} is not a valid number: ${formatted(value)}`);
}

export function labelUnknown(label: string, names: readonly string[]): Error {
  return new Error(`Added label "${label}" is not included in initial labelset: ${inspected(names)}`);
}

export function labelCount(values: readonly unknown[], names: readonly string[]): Error {
  return new Error(
    `Invalid number of arguments (${values.length}): "${values.join(", ")}" for label names (${names.length}): "${names.join(", ")}".`,
  );
}

export function contentTypeUnsupported(contentType: unknown, construct: boolean): Error {
  const words = `Content type ${String(contentType)} is unsupported`;
  return construct ? new TypeError(words) : new Error(words);
}

export function contentTypesDiffer(): Error {
  return new Error("Registers can only be merged if they have the same content type");
}

export function noRegistry(value: unknown): Error {
  return new TypeError(`Expected Registry, got ${typeof value}`);
}

export function aggregatorUnknown(name: unknown): Error {
  return new Error(`'${String(name)}' is not a defined aggregator.`);
}

export function countNeeded(kind: "Linear" | "Exponential"): Error {
  return new Error(`${kind} buckets needs a positive count`);
}

export function startNeeded(): Error {
  return new Error("Exponential buckets needs a positive start");
}

export function factorNeeded(): Error {
  return new Error("Exponential buckets needs a factor greater than 1");
}

export function defaultsInvalid(): Error {
  return new TypeError("config must be null, undefined, or an object");
}

export function jobNameMissing(): Error {
  return new Error("Missing jobName parameter");
}

export function pushFailed(status: number | undefined, body: string): Error {
  return new Error(`push failed with status ${status}, ${body}`);
}

export function pushLate(): Error {
  return new Error("Pushgateway request timed out");
}

export function noPushHere(): Error {
  return new TypeError("Cannot push to a Pushgateway here: this runtime has no node:http");
}

/** A warning's words; what it is about follows. */
export function keptHere(name: string): string {
  return `tallystick: metric ${shown(name)} is kept apart: other threads and processes do not add to it, for its definition meets another one:`;
}

export function labelKeptHere(label: string): string {
  return `tallystick: default label ${shown(label)} is printed by its registry alone, not where other threads or processes show its metrics: one of them has a label of that name`;
}

export function labelsKeptHere(): string {
  return "tallystick: default labels are printed by this registry alone, not where other threads or processes show its metrics:";
}

export function metricFailed(name: string): string {
  return `tallystick: metric ${shown(name)} could not be read and is left out of the page; this is told once for each name:`;
}

export function clusterFailed(): string {
  return "tallystick: this process takes no part in the cluster's metrics:";
}
