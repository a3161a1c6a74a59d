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

export function targetInvalid(value: unknown): TypeError {
  return new TypeError(
    `Cannot follow the requests of ${shown(value)}: it must be a server of node:http, an application of Express, Fastify, Koa or Hono, ` +
      "a handler, or an object with fetch or routes",
  );
}

/** What answers before it is followed would be missing without a word. */
export function targetLate(framework: string, count: number): Error {
  return new Error(
    `Cannot follow all requests of this application of ${framework}: it has ${count} ${count === 1 ? "route or middleware" : "routes and middleware"} ` +
      "already, which would answer unseen; call instrument(app) before they are added",
  );
}

export function choiceInvalid(option: string, value: unknown, choices: readonly string[]): TypeError {
  return new TypeError(`Cannot use ${shown(value)} as ${option} of instrument: it must be one of ${choices.join(", ")}`);
}

export function nameUnknown(value: string, known: readonly string[]): TypeError {
  return new TypeError(`Cannot use ${shown(value)} in names of instrument: it must be one of ${known.join(", ")}`);
}

export function nameInvalid(what: string, value: unknown): TypeError {
  return new TypeError(`Cannot use ${shown(value)} as the name of ${what} of instrument: it must be a string, or false to leave it out`);
}

export function labelsAlone(missing: "labels" | "labelNames"): TypeError {
  const why = missing === "labels" ? "labelNames needs labels, the function that gives their values" : "labels needs labelNames";
  return new TypeError(`Cannot use labels of requests without ${missing}: ${why}`);
}

export function labelTaken(value: string, own: readonly string[]): TypeError {
  return new TypeError(`Cannot use ${shown(value)} in labelNames of instrument: ${own.join(", ")} are there already`);
}

export function ignoreInvalid(value: unknown): TypeError {
  return new TypeError(`Cannot ignore ${shown(value)}: ignore of instrument has paths and regular expressions, or is a function`);
}

export function labelValuesInvalid(value: unknown, label?: string): TypeError {
  const which = label === undefined ? "the labels of a request" : `label ${shown(label)} of a request`;
  return new TypeError(
    `Cannot use ${shown(value)} as ${which}: ${label === undefined ? "it must be an object" : "it must be a string, a number or a boolean"}`,
  );
}

export function labelsFailed(what: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : shown(error);
  return new Error(`Cannot take ${what} of a request: ${why}; requests go on, each is counted, and this is told once`, { cause: error });
}
