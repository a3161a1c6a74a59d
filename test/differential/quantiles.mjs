// Summaries and sums against exact arithmetic, however they were put together: of one thread, of images of several processes in any
// order, of images handed on. Each quantile is within the accuracy of the value at its rank in the sorted samples; a count is exact; a
// sum is that of doubles added in pairs.

import { spooling } from "../processes/spooling.mjs";
import { DISTRIBUTIONS } from "./distributions.mjs";
import { exactSum, units } from "./exact.mjs";
import { metricsOf, observed, told } from "./observed.mjs";

const { Exporter, Registry, Source } = spooling;
export const ACCURACIES = [0.001, 0.005, 0.01, 0.05, 0.2];
/** What rounding adds to an accuracy: an index of 350,000 leaves 36 bits for the place in its bin. */
const NEARLY = 1_000_000_01n;

/** Whether |said - exact| <= accuracy × |exact|, without any rounding but for 1e-8 of it. */
export function isNear(said, exact, accuracy) {
  const [off, size] = [units(said) - units(exact), units(exact)].map((number) => (number < 0n ? -number : number));
  const [bound, one] = [units(accuracy), units(1)];
  return off * one * 100_000_000n <= size * bound * NEARLY;
}

/**
 * Whether a sum is what pairs of doubles give: within half its last digit of the exact one and the error that is left of adding in pairs,
 * n² 2^-106 of all sizes together (Ogita, Rump and Oishi, 2005). What is added up are cells, each a plain sum.
 */
export function isSum(said, parts) {
  const exact = exactSum(parts);
  const off = units(said) - exact;
  let sizes = 0n;
  for (const part of parts) sizes += units(Math.abs(part));
  const most = (exact < 0n ? -exact : exact) + ((sizes * BigInt(parts.length) ** 2n) >> 52n);
  return (off < 0n ? -off : off) << 53n <= most + (1n << 53n);
}

/** As one cell adds them. */
export const plainSum = (values) => values.reduce((sum, value) => sum + value, 0);

/** What is wrong with a summary's and a native histogram's values over samples in `shares`, a cell each; empty where nothing is. */
export function faultsOf({ summary, native, counter }, shares, accuracy) {
  const sorted = Float64Array.from(shares.flatMap((share) => [...share])).sort();
  const faults = [];
  const must = (holds, what) => holds || faults.push(what);
  must(summary.count === sorted.length, `count ${summary.count} of ${sorted.length}`);
  for (const { quantile, value } of summary.quantiles) {
    const wanted = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)];
    must(isNear(value, wanted, accuracy), `quantile ${quantile}: ${value} for ${wanted}`);
  }
  const sums = shares.map(plainSum);
  must(isSum(summary.sum, sums), `sum of a summary ${summary.sum}`);
  must(isSum(native.sum, sums), `sum of a native histogram ${native.sum}`);
  must(
    isSum(
      counter,
      shares.map((share) => plainSum(share.map(Math.abs))),
    ),
    `counter ${counter}`,
  );
  const buckets = [...native.native.positive, ...native.native.negative].reduce((sum, { count }) => sum + count, native.native.zeroCount);
  must(
    native.count === sorted.length && buckets === sorted.length,
    `${native.count} of ${sorted.length} in a native histogram, ${buckets} in its buckets`,
  );
  return faults;
}

/** The image of a process that observed these. */
function imageOf(values, accuracy, process) {
  const registry = new Registry();
  const exporter = new Exporter(registry, {}, BigInt(process + 1));
  try {
    observed(metricsOf(registry, accuracy), values);
    return Buffer.concat([...exporter.frames({ full: true, ended: false })]);
  } finally {
    exporter.close();
    registry.close();
  }
}

/** A collector that is told images, in a registry of its own; `dead` are folded. */
function taken(source, images, random, dead) {
  for (const image of images) {
    const process = source.process();
    const { refused } = process.apply(image);
    if (refused !== undefined) throw new Error(refused);
    source.live(process, true);
    if (random.chance(0.5)) source.publish();
    if (dead) source.fold(process);
  }
}

/** What a collector shows of these images: some of the living, some of the dead, whom another collector had and handed on. */
function collected(images, accuracy, random) {
  const [first, last] = [new Registry(), new Registry()];
  const [before, source] = [new Source(first, 1n), new Source(last, 2n)];
  try {
    const dead = new Set(random.some(images));
    taken(before, dead, random, true);
    const left = Buffer.concat([...before.retired()]);
    if (source.retire(left).consumed !== left.length) throw new Error("What a collector handed on was not taken");
    taken(
      source,
      images.filter((image) => !dead.has(image)),
      random,
      false,
    );
    source.publish();
    return told(metricsOf(last, accuracy));
  } finally {
    for (const each of [before, source, first, last]) each.close();
  }
}

/** One distribution at one accuracy: the faults of one thread, and of several processes. */
export function judged(name, accuracy, count, random) {
  const values = DISTRIBUTIONS[name](random, count, accuracy);
  const registry = new Registry();
  const alone = metricsOf(registry, accuracy);
  observed(alone, values);
  const faults = faultsOf(told(alone), [values], accuracy).map((fault) => `one thread: ${fault}`);
  registry.close();
  const shares = Array.from({ length: 1 + random.below(4) }, () => []);
  for (const value of values) random.from(shares).push(value);
  const images = shares.map((share, i) => imageOf(share, accuracy, i));
  const merged = collected(images, accuracy, random);
  return [...faults, ...faultsOf(merged, shares, accuracy).map((fault) => `${shares.length} processes: ${fault}`)];
}
