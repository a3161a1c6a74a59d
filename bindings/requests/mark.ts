// What follows a request is found by the request or its response itself. All that is recorded into one place has one mark, so that a
// request has one sample there, however often it was asked for, and one in each place where there are several.

import { sharedMap } from "./copies.ts";

/** What has a mark. */
type Marked<T> = { [mark: symbol]: T | undefined };

export class Mark<T> {
  /** Enumerations do not show symbols. */
  readonly #symbol = Symbol("tallystick.requests");
  /** Of those that are frozen: to look something up here takes longer, and collectors have more to do. */
  readonly #frozen = new WeakMap<object, T>();

  /** What follows it, or what it inherits from. */
  of(its: object): T | undefined {
    return (its as Marked<T>)[this.#symbol] ?? (Object.isExtensible(its) ? undefined : this.#frozen.get(its));
  }

  /** Whether it inherits from what is followed, as answers of a batch do from the one response that there is. */
  isPart(its: object): boolean {
    return (its as Marked<T>)[this.#symbol] !== undefined && !Object.hasOwn(its, this.#symbol);
  }

  put(its: object, followed: T): void {
    if (Object.isExtensible(its)) (its as Marked<T>)[this.#symbol] = followed;
    else this.#frozen.set(its, followed);
  }
}

const marks = sharedMap<Mark<unknown>>("marks");

/** The mark of what is recorded into; all who ask put the same there. */
export function markOf<T>(into: object): Mark<T> {
  let mark = marks.get(into) as Mark<T> | undefined;
  if (mark === undefined) marks.set(into, (mark = new Mark<T>()) as Mark<unknown>);
  return mark;
}
