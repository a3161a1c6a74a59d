// Where a further registry is made, and how it ends when a program drops it.

import { finalizer } from "./runtime.ts";
import { memoryExhausted } from "./errors.ts";
import { type Place, threadPlace } from "./thread.ts";

/** Frees registries that a program dropped without closing them. */
export const dropped = finalizer<Place>(({ core, address, state }) => {
  core.cold(() => core.verbs.registryEmpty(address, state, 0));
  core.cold(() => core.verbs.registryRemove(address, state));
});

/** A new registry in this thread's memory. */
export function placeMade(): Place {
  const { core } = threadPlace();
  const address = core.cold(() => core.verbs.registryCreate());
  if (address < 0) throw memoryExhausted("make a registry", core.maxBytes);
  return { core, address, state: core.verbs.recordState(address) };
}
