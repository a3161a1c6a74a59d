// What samplers are: each records a few series of its own, again and again, in the thread that began it.

import type { LabelOptions } from "./recorder-options.ts";
import type { RecorderLabel } from "./label.ts";

/** A sampler that runs. */
export interface Sampling {
  /** Is called once an interval. */
  sample(): void;
  stop(): void;
}

/** Begins one; undefined where the runtime does not tell what it needs. */
export type Sampler = (label: (name: string, options?: LabelOptions) => RecorderLabel) => Sampling | undefined;

/** What runs of them together. */
export function sampling(samplers: readonly Sampler[], label: Parameters<Sampler>[0]): Sampling {
  const all = samplers.map((begin) => begin(label)).filter((one) => one !== undefined);
  return {
    sample() {
      for (const one of all) one.sample();
    },
    stop() {
      for (const one of all) one.stop();
    },
  };
}
