// Registries with all types in them, and senders that end with their test.

import { Registry } from "tallystick";
import { remoteWrite } from "tallystick/remote-write";

export function registryOf(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

/** A sender that does nothing by itself; what it tells is in `told`. */
export function writing(t, registry, url, options = {}) {
  const told = [];
  const onError = (error) => told.push(error);
  const writer = remoteWrite({ url, registry, intervalSeconds: 0, closeSeconds: 0, retrySeconds: [0.001, 0.01], onError, ...options });
  t.after(() => writer.close());
  return { writer, told };
}

/** One family of each type. */
export function allTypes(registry) {
  const of = (name, more) => ({ name, help: `${name}, told.`, ...more });
  const jobs = registry.counter(of("jobs", { labelNames: ["zone", "Kind"], exemplars: true }));
  jobs.inc({ zone: "eu", Kind: "a" }, 3);
  registry.gauge(of("depth")).set(-2.5);
  registry.unknown(of("odd")).set(7);
  registry.info(of("build", { labelNames: ["version"] })).set({ version: "1.2" });
  registry.stateSet(of("state", { states: ["up", "down"] })).set("down");
  const took = registry.histogram(of("took_seconds", { unit: "seconds", buckets: [0.00001, 1, 1e6], exemplars: true }));
  for (const value of [0.5, 0.7, 2, 1e9]) took.observe(value);
  const spread = registry.histogram(of("spread", { native: {}, exemplars: true }));
  for (const value of [-1, 0, 0.5, 0.5, 100]) spread.observe(value);
  registry.gaugeHistogram(of("ages", { buckets: [1, 2] })).set([0.5, 1.5, 9]);
  const sizes = registry.summary(of("sizes", { quantiles: [0.5, 1] }));
  for (const value of [1, 2, 3]) sizes.observe(value);
  return { jobs, took, spread };
}
