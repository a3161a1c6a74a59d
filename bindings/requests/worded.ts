// Every error about requests is worded here: what was given, and what must be.

import { shown } from "../errors.ts";

export function handlerInvalid(method: string, value: unknown): Error {
  return new TypeError(`Cannot use ${shown(value)} as the handler of ${method}(): it must be a function`);
}

export function serverInvalid(value: unknown): Error {
  return new TypeError(`Cannot hear the requests of ${shown(value)}: it must be a server of node:http, node:https or node:http2`);
}

/** Who leaves out the parentheses has the framework call what makes the middleware, and nothing would go on behind it. */
export function makerCalled(maker: string, call: string): Error {
  return new TypeError(`Cannot use ${maker} itself, which is not called by a framework: write ${call}`);
}

export function routesInvalid(value: unknown): Error {
  return new TypeError(`Cannot use ${shown(value)} as the routes of Bun.serve: it must be an object of paths and their handlers`);
}

export function routeInvalid(value: unknown): Error {
  return new TypeError(`Cannot use ${shown(value)} as a request's route: route() must return a string, or undefined where there is none`);
}

export function promiseGiven(what: string): Error {
  return new TypeError(`Cannot wait for ${what}: its function must give it at once, and not a promise`);
}

export function requestFailed(error: unknown): Error {
  const why = error instanceof Error ? error.message : shown(error);
  return new Error(`Cannot tell a request's route or record it: ${why}; requests go on, and this is told once`, { cause: error });
}
