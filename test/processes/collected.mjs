// A reader of a directory with a sink that collects, and Python's own client as its judge.

import { execFileSync, spawnSync } from "node:child_process";
import fs, { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { internals } from "../internals.mjs";

const { Core, readMultiprocessDir, setRuntime } = internals;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const module = new WebAssembly.Module(readFileSync(at("../../build/core.wasm")));

setRuntime({ pause: () => new Promise((resolve) => setImmediate(resolve)) });

export function isGone(process_) {
  try {
    process.kill(process_, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/** A sink that keeps what was published. */
export class Collected {
  families = [];
  published = [];
  refused = [];
  #coming = [];

  family(definition) {
    const there = this.families.findIndex(({ name }) => name === definition.name);
    if (there === -1) return this.families.push(definition) - 1;
    if (isDeepStrictEqual(this.families[there], definition)) return there;
    this.refused.push(definition);
    return undefined;
  }

  set(family, block, value, buckets, count) {
    this.#coming.push({ family: this.families[family], block, value, buckets: buckets && [...buckets], count });
  }

  publish() {
    this.published = this.#coming;
    this.#coming = [];
  }

  /** What a page has of it: value by `name{labels}`. */
  samples() {
    const samples = new Map();
    const put = (name, labels, value) => {
      const key = sampleKey(name, labels);
      if (samples.has(key)) throw new Error(`${key} is there twice`);
      samples.set(key, value);
    };
    for (const { family, block, value, buckets, count } of this.published) {
      const labels = parsed(block);
      const { kind, name } = family;
      if (kind === "counter") put(`${name}_total`, labels, value);
      else if (kind === "gauge") put(name, labels, value);
      else put(`${name}_sum`, labels, value);
      if (kind === "summary") put(`${name}_count`, labels, count);
      if (kind !== "histogram") continue;
      let sum = 0;
      for (const [i, each] of buckets.entries()) put(`${name}_bucket`, { ...labels, le: family.buckets[i] ?? Infinity }, (sum += each));
      put(`${name}_count`, labels, sum);
    }
    return samples;
  }
}

/** A label block's labels. */
function parsed(block) {
  const labels = {};
  let rest = block;
  while (rest !== "") {
    const [all, name, value] = /^([a-zA-Z_]\w*|"(?:[^"\\]|\\.)*")="((?:[^"\\\n]|\\.)*)"(?:,|$)/.exec(rest);
    labels[name] = value.replace(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character));
    rest = rest.slice(all.length);
  }
  return labels;
}

function sampleKey(name, labels) {
  const entries = Object.entries(labels).map(([label, value]) => [
    label,
    label === "le" ? String(Number(String(value).replace("+Inf", "Infinity"))) : value,
  ]);
  return `${name}${JSON.stringify(entries.sort(([one], [other]) => (one < other ? -1 : 1)))}`;
}

/** A reader of a directory, all at once unless said otherwise, and its sink. */
export function reader(folder, options = {}) {
  const core = options.core ?? Core.create(module, options.maxBytes ?? 64 << 20, true, 0);
  const sink = options.sink ?? new Collected();
  return { core, sink, reading: readMultiprocessDir(folder, { core, sink, host: { fs, isGone }, sliceMs: Infinity, ...options }) };
}

/** What one reading of a directory has, and its statistics. */
export async function read(folder, options) {
  const { sink, reading } = reader(folder, options);
  await reading.refresh();
  reading.close();
  return { samples: sink.samples(), families: sink.families, refused: sink.refused, statistics: reading.statistics };
}

/** Where Debian puts it: a Python of the machine's own may come first in the path. */
const PYTHON = "/usr/bin/python3";
const asked = spawnSync(PYTHON, ["-c", "from prometheus_client import Gauge; print('mostrecent' in Gauge._MULTIPROC_MODES)"], {
  encoding: "utf8",
});
/** False where there is no client of Python; else the format that it reads and writes. */
export const judgeFormat = asked.status === 0 ? (asked.stdout.trim() === "True" ? "v25" : "v16") : false;

function python(script, args, env = {}) {
  const options = { encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, ...env } };
  return execFileSync(PYTHON, [at(`fixtures/${script}.py`), ...args], options);
}

/** What Python's client makes of a directory; marks a process as dead before. */
export function judged(folder, dead) {
  const args = dead === undefined ? [folder] : [folder, String(dead)];
  const rows = JSON.parse(python("judge", args));
  const number = { inf: Infinity, "-inf": -Infinity, nan: NaN };
  return {
    samples: new Map(rows.map(([, , , name, labels, value]) => [sampleKey(name, labels), number[value] ?? Number(value)])),
    families: new Map(rows.map(([name, type, help]) => [name.replace(/_total$/, ""), { type, help }])),
  };
}

/** A process of Python's client counts into a directory; its pid. */
export function counted(folder, seed) {
  return Number(python("client", [String(seed)], { PROMETHEUS_MULTIPROC_DIR: folder, prometheus_multiproc_dir: folder }));
}
