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

/**
 * A directory of the shape of client_python's PR #421: a worker has a histogram's, a counter's and a gauge's file, 605 samples
 * of the 3,229 keys that there are. How many samples were written.
 */
export function fleet(folder, { files, format = "v25", size = INITIAL, seed = 421 }) {
  const { below, sample } = numbers(seed);
  const { help, doubles } = FORMATS[format];
  const key = (family, name, values) => dumped([family, name, values, ...(help ? [`Help for ${family}`] : [])]);
  const seconds = "http_request_duration_seconds";
  const histograms = Array.from({ length: 150 }, (_, i) => [
    key(seconds, `${seconds}_sum`, labels(i)),
    ...BOUNDS.map((le) => key(seconds, `${seconds}_bucket`, { ...labels(i), le })),
  ]);
  const counters = Array.from({ length: 700 }, (_, i) => [key("http_requests", "http_requests_total", labels(i))]);
  const gauges = Array.from({ length: 129 }, (_, i) => [key("queue_depth", "queue_depth", labels(i))]);
  const kinds = [
    ["histogram", histograms, 25],
    ["counter", counters, 180],
    ["gauge_max", gauges, 25],
  ];
  let samples = 0;
  for (let i = 0; i < files; i++) {
    const [kind, keys, count] = kinds[i % 3];
    const records = sample(keys, count).flatMap((own) => own.map((each) => record(each, below(1001), doubles)));
    samples += records.length;
    const path = join(folder, `${kind}_${1001 + Math.floor(i / 3)}.db`);
    const bytes = file(records);
    writeFileSync(path, bytes);
    // As the client makes them: what is not used takes no room on the disk.
    if (size > bytes.length) truncateSync(path, size);
  }
  return samples;
}
