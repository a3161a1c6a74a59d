// What goes wrong in the words of tests: the metric, what was asked for, and what there is.

import { cut, shown } from "../errors.ts";
import { nearest } from "../processes/nearest.ts";

/** Names or series that a message has. */
const LISTED_MOST = 10;

function listed(all: readonly string[]): string {
  const more = all.length - LISTED_MOST;
  return all.slice(0, LISTED_MOST).map(cut).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function there(what: string, all: readonly string[]): string {
  return all.length === 0 ? `has no ${what}` : `has ${listed(all)}`;
}

export function metricAbsent(name: string, names: readonly string[]): Error {
  const near = nearest(name, names);
  return new Error(
    `Cannot read metric ${shown(name)}: the registry ${there("metric", names)}${near === undefined ? "" : `; did you mean ${near}`}`,
  );
}

export function seriesAbsent(name: string, labels: string, series: readonly string[]): Error {
  return new Error(`Cannot read ${cut(name)}${labels}: the metric ${there("series", series)}`);
}

export function seriesSeveral(name: string, series: readonly string[]): Error {
  return new Error(`Cannot read ${cut(name)} without labels, which name one series: the metric ${there("series", series)}`);
}

export function noMetric(value: unknown): Error {
  return new TypeError(
    `Cannot read ${shown(value)}: it must be a registry, or a metric that one of its methods made; of one with labels given by curry() ask value()`,
  );
}

export function nameMissing(name: unknown): Error {
  return new TypeError(`Cannot use ${shown(name)} as the name of a metric: it must be a string`);
}

export function labelsInvalid(name: string, labels: unknown): Error {
  return new TypeError(`Cannot use ${shown(labels)} as the labels of ${shown(name)}: it must be an object`);
}

export function notExposed(value: unknown): Error {
  return new TypeError(`Cannot collect ${shown(value)}: it must be a registry, or registries that are merged`);
}

export function expectedInvalid(expected: unknown): Error {
  return new TypeError(`Cannot use ${shown(expected)} as the expected exposition: it must be a string`);
}

export function lineUnreadable(line: number, text: string, why: string): Error {
  return new Error(`Cannot read line ${line} of the expected exposition, ${shown(text)}: ${why}`);
}

export function namesEmpty(): Error {
  return new RangeError("Cannot compare no metric: names must have one at least; leave it out for all");
}

export function nameNowhere(name: string, collected: readonly string[]): Error {
  const near = nearest(name, collected);
  return new Error(
    `Cannot compare metric ${shown(name)}: it is neither expected nor collected, the registry ${there("metric", collected)}${near === undefined ? "" : `; did you mean ${near}`}`,
  );
}

export function contextInvalid(context: unknown): Error {
  return new TypeError(
    `Cannot end a registry after ${shown(context)}: it must be a test's context that has after(), or a function that takes what is to be called`,
  );
}

export function hooksInvalid(hooks: unknown): Error {
  return new TypeError(`Cannot use ${shown(hooks)} as hooks: it must be an object with beforeEach and afterEach`);
}

export function callbackInvalid(callback: unknown): Error {
  return new TypeError(`Cannot call ${shown(callback)} with a registry: it must be a function`);
}

export function outsideTest(): Error {
  return new Error("Cannot give a registry outside of a test: there is one from beforeEach to afterEach");
}

export function testsAtOnce(): Error {
  return new Error(
    "Cannot give a registry to each of several tests that run at once: use freshRegistry in these, or let them run one after another",
  );
}

export function clockHeld(): Error {
  return new Error("Cannot hold the clock: somebody holds it in this thread, and has to close() that first");
}

export function clockOver(): Error {
  return new Error("Cannot move the clock: it was closed");
}

export function momentInvalid(moment: unknown): Error {
  return new RangeError(`Cannot use ${shown(moment)} as a time: it must be a Date, or milliseconds since 1970, until the year 9999`);
}

export function secondsOutside(seconds: unknown, most: number): Error {
  return new RangeError(`Cannot advance the clock by ${shown(seconds)}: it must be a number of seconds from 0 to ${most}; set() goes back`);
}

export function clockTicketInvalid(ticket: unknown): Error {
  return new TypeError(`Cannot join the clock of ${shown(ticket)}: it must be what ticket() of a fake clock gives`);
}
