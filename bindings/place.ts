// Where a further registry is made, and how it ends when a program drops it.

import { finalizer } from "./runtime.ts";
import { memoryExhausted } from "./errors.ts";
import { type Place, threadPlace } from "./thread.ts";

/** Frees registries that a program dropped without closing them. */
export const dropped = finalizer<Place>(({ core, address, state }) => {
  core.cold(() => core.verbs.registryEmpty(address, state, 0));
  core.cold(() => core.verbs.registryRemove(address, state));
});

/** Those that end with this thread. */
const own = new WeakSet<Place>();

/** Another thread may use a registry from now on: neither a program that drops it nor the end of this thread ends it. */
export function placeShared(registry: object, place: Place): void {
  const { core, address, state } = place;
  dropped.unregister(registry);
  if (own.delete(place)) core.cold(() => core.verbs.registryOwn(address, state, 0));
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
