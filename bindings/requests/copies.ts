// What the copies of this library in one thread have together: ES modules and CommonJS each load their own, and entries are built apart.

/** Its number changes with what is in such a map: copies of other versions have maps of their own. */
const VERSION = 1;

/** The one map of this name that there is in this thread. */
export function sharedMap<T>(name: string): WeakMap<object, T> {
  const key = Symbol.for(`tallystick.${name}.${VERSION}`);
  const there = globalThis as { [key: symbol]: WeakMap<object, T> | undefined };
  return (there[key] ??= new WeakMap<object, T>());
}
