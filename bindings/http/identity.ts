// Which registry it is, whoever asks: each copy of this library in a thread has an object of its own for the default registry.

import type { Registry } from "../index.ts";

/** What stands for a registry in shared maps: the memory of the default one, of which there is one a memory; others are themselves. */
export function identityOf(registry: Registry, defaultRegistry: Registry): object {
  if (registry !== defaultRegistry) return registry;
  try {
    return registry.ticket().memory as object;
  } catch {
    // Where nothing is shared, or that is closed.
    return registry;
  }
}
