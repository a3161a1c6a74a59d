// Functions that are timed at every call: as a decorator of a class's member, or around a function. Decorators are ECMAScript's, which
// are given a context, and those of TypeScript's experimentalDecorators, which are given a class, a key and a property's descriptor.

import { alike, type AnyFunction } from "../requests/alike.ts";
import type { RecorderLabel } from "./label.ts";
import { timedInvalid, timedLegacy } from "./worded.ts";

/** What decorators are told of what they decorate, as far as it is used here. */
export interface DecoratorContext {
  readonly kind: string;
  readonly name: string | symbol;
}

/** A decorator of methods, getters, setters and fields that hold functions, and a function that wraps one. */
export interface Timed {
  /** Of experimentalDecorators: methods, getters and setters. */
  <T>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<T>): TypedPropertyDescriptor<T>;
  <F extends AnyFunction>(fn: F, context?: DecoratorContext): F;
  (value: undefined, context: DecoratorContext): <F>(this: unknown, initial: F) => F;
}

/** What frameworks keep of a function, where the program has reflect-metadata. */
interface Metadata {
  getOwnMetadataKeys?(target: object): readonly unknown[];
  getOwnMetadata?(key: unknown, target: object): unknown;
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

/** A class that is decorated by the flag looks like a function that is to be wrapped. */
function isClass(value: AnyFunction): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

const WRAPPED = ["method", "getter", "setter"];
const PARTS = ["value", "get", "set"] as const;

function wrapped<F extends AnyFunction>(fn: F, label: RecorderLabel): F {
  return alike(function (this: never, ...args: never[]): unknown {
    return label.time(() => fn.apply(this, args));
  }, fn);
}

/** A member that has what decorators before this one said of it. */
function described<F extends AnyFunction>(fn: F, label: RecorderLabel): F {
  const stand = wrapped(fn, label);
  const { getOwnMetadataKeys, getOwnMetadata, defineMetadata } = Reflect as Metadata;
  for (const key of getOwnMetadataKeys?.(fn) ?? []) defineMetadata?.(key, getOwnMetadata?.(key, fn), stand);
  return stand;
}

/** The descriptor of a member whose functions are timed. */
function descriptorOf(key: string | symbol, descriptor: unknown, labelled: () => RecorderLabel): PropertyDescriptor {
  const timed = { ...(descriptor as PropertyDescriptor) };
  const there = PARTS.filter((part) => typeof timed[part] === "function");
  if (there.length === 0) throw timedLegacy(key);
  const label = labelled();
  for (const part of there) timed[part] = described(timed[part] as AnyFunction, label) as never;
  return timed;
}

/** `labelled` finds the label of a name; without a name of its own a function's own name is taken. */
export function timedBy(labelled: (name: string) => RecorderLabel, name?: string): Timed {
  const decorate = (value: unknown, context?: DecoratorContext | string | symbol, descriptor?: unknown): unknown => {
    if (typeof context === "string" || typeof context === "symbol") {
      return descriptorOf(context, descriptor, () => labelled(name ?? String(context)));
    }
    if (context !== undefined && context.kind === "field") {
      const label = labelled(name ?? String(context.name));
      return (initial: unknown) => {
        if (typeof initial !== "function") throw timedInvalid(initial);
        return wrapped(initial as AnyFunction, label);
      };
    }
    if (typeof value !== "function" || (context !== undefined && !WRAPPED.includes(context.kind)))
      throw timedInvalid(context?.kind ?? value);
    if (context === undefined && isClass(value as AnyFunction)) throw timedInvalid("class");
    return wrapped(value as AnyFunction, labelled(name ?? String(context?.name ?? (value as AnyFunction).name)));
  };
  return decorate as Timed;
}
