// What metrics know of registries, which lie above them: where a registry's families are, and which one is the global one.

import type { Registry as Store } from "../index.ts";
import type { Gettable, RegistryContentType } from "./shapes.ts";

/** A registry, as a metric is given it. */
export interface Register<T extends RegistryContentType = RegistryContentType> {
  readonly contentType: T | RegistryContentType;
  registerMetric(metric: Gettable): void;
}

/** @internal What is shown with a registry's metrics: ends with `clear()`, and goes where they go. */
export interface Attached {
  close(): void;
  /** Where the registry's families are by now. */
  move(): void;
}

/** @internal The inside of a registry of ours. */
export interface Listing {
  /** Where its families are; made when somebody asks. */
  store(): Store;
  has(metric: object): boolean;
  /** Throws where a name is taken. */
  checkFree(name: string): void;
  /** True where a family of the name is in its store, and was taken out of the registry. */
  isHidden(name: string): boolean;
  /** Takes its default labels of these names from the store: a metric's own labels go before. */
  freeLabels(names: readonly string[]): void;
  attach(attached: Attached): void;
  /** Its page, in another content type than its own. */
  text(contentType: RegistryContentType): Promise<string>;
  moveTo(store: Store, taken: (name: string) => boolean): void;
}

const listings = new WeakMap<object, Listing>();
let globalRegister: Register | undefined;

/** @internal */
export function enlist(register: Register, listing: Listing): void {
  listings.set(register, listing);
}

/** @internal Of a registry of ours, and of none else. */
export function listingOf(register: object): Listing | undefined {
  return listings.get(register);
}

/** @internal */
export function setGlobalRegister(register: Register): void {
  globalRegister = register;
}

/** Where metrics are registered that are given no registry. */
export function globalRegisters(): Register[] {
  return globalRegister === undefined ? [] : [globalRegister];
}
