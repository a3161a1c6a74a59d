// Rows of a run, by what they are asked for: rounds made one, growing sizes in order, and who is ahead of whom.

/** Of these more is better; of all others less. */
const isMoreBetter = (unit) => unit.endsWith("/s");
/** No figures of their own: parts of a histogram, and what somebody is against himself. */
const isPart = (unit) => unit === "turns/scrape" || unit.startsWith("x ");

const keyOf = ({ bench, subject, runtime }) => `${bench} ${subject} ${runtime}`;

export function medianOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One row of each that several rounds have: the median of the medians, the least and the most of all. */
export function merged(rows) {
  return [...grouped(rows, keyOf).values()].map((group) => ({
    ...group[0],
    median: medianOf(group.map(({ median }) => median)),
    min: Math.min(...group.map(({ min }) => min)),
    max: Math.max(...group.map(({ max }) => max)),
  }));
}

export function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

/** The number between both ends of a row's name; NaN where it is another row. */
function sizeOf({ bench }, { prefix, suffix = "" }) {
  if (!bench.startsWith(prefix) || !bench.endsWith(suffix)) return NaN;
  const middle = bench.slice(prefix.length, bench.length - suffix.length);
  return /^\d+(\.\d+)?$/.test(middle) ? Number(middle) : NaN;
}

export const isSized = (row, ends) => !Number.isNaN(sizeOf(row, ends));

/** Rows whose name is `prefix`, a number, and `suffix`: for each runtime and subject its points `[size, row]`, the least size first. */
export function sized(rows, ends) {
  const found = new Map();
  for (const row of rows.filter((each) => isSized(each, ends))) {
    if (!found.has(row.runtime)) found.set(row.runtime, new Map());
    const subjects = found.get(row.runtime);
    subjects.set(row.subject, [...(subjects.get(row.subject) ?? []), [sizeOf(row, ends), row]]);
  }
  for (const subjects of found.values()) for (const points of subjects.values()) points.sort(([a], [b]) => a - b);
  return found;
}

/**
 * Rows in which another is ahead of `ours`, by how much: `[{ row, ours, times, isClear }]`, the furthest first. It is clear where the
 * worst of the other is better than our best.
 */
export function ahead(rows, ours) {
  const base = new Map(rows.filter(({ subject }) => subject === ours).map((row) => [`${row.bench} ${row.runtime}`, row]));
  const found = rows.flatMap((row) => {
    const own = base.get(`${row.bench} ${row.runtime}`);
    // What is called after ours is ours in another way.
    if (own === undefined || row.subject.startsWith(ours) || isPart(row.unit)) return [];
    const more = isMoreBetter(row.unit);
    const times = more ? row.median / own.median : own.median / row.median;
    const isClear = more ? row.min > own.max : row.max < own.min;
    return times > 1 ? [{ row, ours: own, times, isClear }] : [];
  });
  return found.sort((a, b) => b.times - a.times);
}
