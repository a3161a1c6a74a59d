// Directories as the processes of Python's client leave them, in each of its three formats.

import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How many elements a key has and how many doubles stand behind it; the versions that wrote it. */
export const FORMATS = {
  v06: { help: false, doubles: 1 },
  v16: { help: true, doubles: 1 },
  v25: { help: true, doubles: 2 },
};

/** JSON as Python's json.dumps(..., sort_keys=True) writes it. */
export function dumped(value) {
  if (typeof value === "string") {
    return JSON.stringify(value).replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  }
  if (Array.isArray(value)) return `[${value.map(dumped).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${dumped(name)}: ${dumped(value[name])}`).join(", ")}}`;
}

/** One record: a key as text or bytes, a value, and a timestamp where the format has one. */
export function record(key, value, doubles = 2, timestamp = 0) {
  const text = Buffer.from(key);
  const padded = text.length + (8 - ((text.length + 4) % 8));
  const bytes = Buffer.alloc(4 + padded + 8 * doubles, 32);
  bytes.writeInt32LE(text.length, 0);
  text.copy(bytes, 4);
  bytes.writeDoubleLE(value, 4 + padded);
  if (doubles === 2) bytes.writeDoubleLE(timestamp, 12 + padded);
  return bytes;
}

/** A file's bytes; zeros behind, up to `size`. */
export function file(records, size = 0) {
  const head = Buffer.alloc(8);
  head.writeInt32LE(8 + records.reduce((sum, { length }) => sum + length, 0));
  const bytes = Buffer.concat([head, ...records]);
  return Buffer.concat([bytes, Buffer.alloc(Math.max(size - bytes.length, 0))]);
}

export const INITIAL = 65536;

/** Writes one file: samples are [family, sample, labels, value, timestamp, help]. */
export function put(folder, name, samples, format = "v25") {
  const { help, doubles } = FORMATS[format];
  const records = samples.map(([family, sample, labels, value, timestamp = 1.7e9, text = `Help for ${family}`]) =>
    record(dumped([family, sample, labels, ...(help ? [text] : [])]), value, doubles, timestamp),
  );
  writeFileSync(join(folder, name), file(records, INITIAL));
}

/** Numbers that are the same in every run. */
export function numbers(seed) {
  let state = seed;
  const below = (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return {
    below,
    /** So many of them, each once, in any order. */
    sample(all, count) {
      const left = [...all];
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(below(left.length), 1)[0]);
    },
  };
}

const BOUNDS = ["0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "10.0", "+Inf"];
const METHODS = ["GET", "POST", "PUT", "DELETE"];
const STATUSES = ["200", "201", "404", "500"];

function labels(i) {
  const handler = `/api/v0/resource/${String(i >> 2).padStart(3, "0")}/`;
  return { method: METHODS[i % 4], handler, status: STATUSES[Math.floor(i / 7) % 4] };
}

const SECONDS = "http_request_duration_seconds";
/** What a file of each kind has: of so many label sets so many, and of each so many values. */
const KINDS = [
  { kind: "histogram", sets: 150, count: 25, values: 1 + BOUNDS.length },
  { kind: "counter", sets: 700, count: 180, values: 1 },
  { kind: "gauge_max", sets: 129, count: 25, values: 1 },
];

/** The bounds of the histograms of a fleet, without +Inf. */
export const FLEET_BOUNDS = BOUNDS.slice(0, -1).map(Number);

/**
 * What the files of a fleet say, of the shape of client_python's PR #421: a worker has a histogram's, a counter's and a
 * gauge's file, 605 samples of the 3,229 keys that there are. A histogram's values are its sum and its buckets.
 */
export function* workers(files, seed = 421) {
  const { below, sample } = numbers(seed);
  for (let i = 0; i < files; i++) {
    const { kind, sets, count, values } = KINDS[i % KINDS.length];
    const chosen = sample(
      Array.from({ length: sets }, (_, set) => set),
      count,
    );
    const rows = chosen.map((set) => ({ set, labels: labels(set), values: Array.from({ length: values }, () => below(1001)) }));
    yield { kind, worker: Math.floor(i / KINDS.length), rows };
  }
}

/** Writes such a fleet as the client's processes leave it. How many samples were written. */
export function fleet(folder, { files, format = "v25", size = INITIAL, seed = 421 }) {
  const { help, doubles } = FORMATS[format];
  const key = (family, name, values) => dumped([family, name, values, ...(help ? [`Help for ${family}`] : [])]);
  const known = new Map();
  const keysOf = (kind, { set, labels: own }) => {
    const id = `${kind} ${set}`;
    if (!known.has(id)) {
      const made = {
        histogram: () => [key(SECONDS, `${SECONDS}_sum`, own), ...BOUNDS.map((le) => key(SECONDS, `${SECONDS}_bucket`, { ...own, le }))],
        counter: () => [key("http_requests", "http_requests_total", own)],
        gauge_max: () => [key("queue_depth", "queue_depth", own)],
      };
      known.set(id, made[kind]());
    }
    return known.get(id);
  };
  let samples = 0;
  for (const { kind, worker, rows } of workers(files, seed)) {
    const records = rows.flatMap((row) => keysOf(kind, row).map((each, i) => record(each, row.values[i], doubles)));
    samples += records.length;
    const path = join(folder, `${kind}_${1001 + worker}.db`);
    const bytes = file(records);
    writeFileSync(path, bytes);
    // As the client makes them: what is not used takes no room on the disk.
    if (size > bytes.length) truncateSync(path, size);
  }
  return samples;
}
