// Functions that are timed at every call: as a decorator of a class's member, or around a function.

import { alike, type AnyFunction } from "../requests/alike.ts";
import type { RecorderLabel } from "./label.ts";
import { timedInvalid } from "./worded.ts";

/** What decorators are told of what they decorate, as far as it is used here. */
export interface DecoratorContext {
  readonly kind: string;
  readonly name: string | symbol;
}

/** A decorator of methods, getters, setters and fields that hold functions, and a function that wraps one. */
export interface Timed {
  <F extends AnyFunction>(fn: F, context?: DecoratorContext): F;
  (value: undefined, context: DecoratorContext): <F>(this: unknown, initial: F) => F;
}

const WRAPPED = ["method", "getter", "setter"];

function wrapped<F extends AnyFunction>(fn: F, label: RecorderLabel): F {
  return alike(function (this: never, ...args: never[]): unknown {
    return label.time(() => fn.apply(this, args));
  }, fn);
}

/** `labelled` finds the label of a name; without a name of its own a function's own name is taken. */
export function timedBy(labelled: (name: string) => RecorderLabel, name?: string): Timed {
  const decorate = (value: unknown, context?: DecoratorContext): unknown => {
    if (context !== undefined && context.kind === "field") {
      const label = labelled(name ?? String(context.name));
      return (initial: unknown) => {
        if (typeof initial !== "function") throw timedInvalid(initial);
        return wrapped(initial as AnyFunction, label);
      };
    }
    if (typeof value !== "function" || (context !== undefined && !WRAPPED.includes(context.kind)))
      throw timedInvalid(context?.kind ?? value);
    return wrapped(value as AnyFunction, labelled(name ?? String(context?.name ?? (value as AnyFunction).name)));
  };
  return decorate as Timed;
}
