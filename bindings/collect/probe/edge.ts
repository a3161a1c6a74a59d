// `tallystick/probe` where there is no host to look at: a program that probes runs there, too, and shows that it does not.

import { registry as defaultRegistry, type Registry } from "../../index.ts";
import { OWN_FAMILIES, ownGauge, UP } from "./own.ts";
import { type Probe, type ProbeOptions, settingsOf, teller } from "./settings.ts";
import { NO_PROC, procAbsent } from "./worded.ts";

export type { Probe, ProbeGrouping, ProbeOptions } from "./settings.ts";
export { ProbeError, type ProbeErrorCode } from "./worded.ts";

const probes = new WeakMap<Registry, Probe>();

/** Shows `tallystick_probe_up 0`, and tells `onError` once that there is no /proc. Throws for options as elsewhere. */
export function probe(options: ProbeOptions = {}): Probe {
  const { proc } = settingsOf(options, defaultRegistry);
  const registry = options.registry ?? defaultRegistry;
  const there = probes.get(registry);
  if (there !== undefined) return there;
  ownGauge(registry, UP).labels().set(0);
  teller(options.onError)(procAbsent(proc, NO_PROC));
  const made = {
    close(): Promise<void> {
      if (probes.get(registry) !== made) return Promise.resolve();
      probes.delete(registry);
      try {
        for (const name of OWN_FAMILIES) registry.remove(name);
      } catch {
        // The registry was closed before.
      }
      return Promise.resolve();
    },
  };
  probes.set(registry, made);
  return made;
}
