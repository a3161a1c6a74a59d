// Where a further registry is made, and how it ends when a program drops it.

import { finalizer } from "./runtime.ts";
import type { Core } from "./core.ts";
import { memoryExhausted } from "./errors.ts";
import { type Place, threadPlace } from "./thread.ts";

/** Frees registries that a program dropped without closing them. */
export const dropped = finalizer<Place>(({ core, address, state }) => {
  core.cold(() => core.verbs.registryEmpty(address, state, 0));
  core.cold(() => core.verbs.registryRemove(address, state));
});

/** Those that end with this thread. */
const own = new WeakSet<Place>();

/** This thread's objects for registries that there are tickets of, by address: one each, for constants have one setter a thread. */
const shared = new WeakMap<Core, Map<number, { readonly state: number; readonly registry: object }>>();

/** This thread's registry at a place that a ticket tells of; made where there is none. */
export function registryAt<R extends object>({ core, address, state }: Place, made: () => R): R {
  let registries = shared.get(core);
  if (registries === undefined) shared.set(core, (registries = new Map()));
  const there = registries.get(address);
  // The same address may be another registry's by now.
  if (there?.state === state) return there.registry as R;
  const registry = made();
  registries.set(address, { state, registry });
  return registry;
}

/** Another thread may use a registry from now on: neither a program that drops it nor the end of this thread ends it. */
export function placeShared(registry: object, place: Place): void {
  const { core, address, state } = place;
  dropped.unregister(registry);
  if (!own.delete(place)) return;
  core.cold(() => core.verbs.registryOwn(address, state, 0));
  registryAt(place, () => registry);
}

/** A new registry in this thread's memory. */
export function placeMade(): Place {
  const { core } = threadPlace();
  const address = core.cold(() => core.verbs.registryCreate());
  if (address < 0) throw memoryExhausted("make a registry", core.maxBytes);
  const state = core.verbs.recordState(address);
  // Until there is a ticket of it, it ends with this thread.
  core.cold(() => core.verbs.registryOwn(address, state, core.identity));
  const place = { core, address, state };
  own.add(place);
  return place;
}
