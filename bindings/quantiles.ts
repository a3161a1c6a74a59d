// Quantiles of summaries, and the windows that they look back on.

import { optionOutside, quantilesInvalid, shown } from "./errors.ts";
import { within } from "./values.ts";

const QUANTILES_MAX = 64;

/** How a summary measures its quantiles. */
interface Windows {
  readonly accuracy: number;
  readonly maxAgeSeconds: number;
  readonly ageBuckets: number;
}

/** @internal */
export function checkQuantiles(metric: string, quantiles: readonly number[]): readonly number[] {
  if (quantiles.length > QUANTILES_MAX)
    throw quantilesInvalid(metric, `there are ${quantiles.length}, and at most ${QUANTILES_MAX} are allowed`);
  quantiles.forEach((quantile, i) => {
    if (!within(quantile, 0, 1, false)) throw quantilesInvalid(metric, `${shown(quantile)} at ${i} is not from 0 to 1`);
    if (i > 0 && !(quantile > quantiles[i - 1]!))
      throw quantilesInvalid(metric, `${quantile} at ${i} must be greater than ${quantiles[i - 1]!} before it`);
  });
  return quantiles.map((quantile) => (quantile === 0 ? 0 : quantile));
}

/** prom-client's and Prometheus' summary: quantiles of the last ten minutes, in five windows. */
export const DEFAULT_QUANTILES: readonly number[] = [0.5, 0.9, 0.95, 0.99];
const SUMMARY_DEFAULTS = { accuracy: 0.01, maxAgeSeconds: 600, ageBuckets: 5 };

/** @internal For kinds that have none. */
export const NO_WINDOWS: Windows = { accuracy: 0, maxAgeSeconds: 0, ageBuckets: 0 };

/** @internal What a summary measures its quantiles by. */
export function windowsOf(metric: string, options: Partial<Windows>): Windows {
  const accuracy = options.accuracy ?? SUMMARY_DEFAULTS.accuracy;
  const maxAgeSeconds = options.maxAgeSeconds ?? SUMMARY_DEFAULTS.maxAgeSeconds;
  const ageBuckets = options.ageBuckets ?? SUMMARY_DEFAULTS.ageBuckets;
  if (!within(accuracy, 0.001, 0.2, false)) throw optionOutside(metric, "accuracy", accuracy, "from 0.001 to 0.2");
  if (!within(ageBuckets, 1, 60, true)) throw optionOutside(metric, "ageBuckets", ageBuckets, "an integer from 1 to 60");
  if (!within(maxAgeSeconds, ageBuckets, 86400 * 60, false))
    throw optionOutside(
      metric,
      "maxAgeSeconds",
      maxAgeSeconds,
      `at least a second for each of its ${ageBuckets} ageBuckets, and at most 60 days`,
    );
  return { accuracy, maxAgeSeconds, ageBuckets };
}
