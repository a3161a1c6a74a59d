// The shortest program that makes the page of a directory of Python's client in plain JavaScript: one format, a string for each
// key, no care for files that are not whole.
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

const block = (labels) =>
  Object.keys(labels)
    .sort()
    .map((name) => `${name}="${labels[name]}"`)
    .join(",");

const spelled = (bound) => (bound === Infinity ? "+Inf" : Number.isInteger(bound) ? `${bound}.0` : `${bound}`);

/** Values by key, over all files. */
function merged(folder, doubles) {
  const bytes = Buffer.allocUnsafe(1 << 21);
  const series = new Map();
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".db")) continue;
    const [kind, mode] = name.split("_");
    const greatest = kind === "gauge" && mode === "max";
    const file = openSync(join(folder, name));
    const length = readSync(file, bytes, 0, 65536, 0);
    const used = bytes.readInt32LE(0);
    if (used > length) readSync(file, bytes, length, used - length, length);
    closeSync(file);
    for (let at = 8; at < used; at += 8 * doubles) {
      const keyLength = bytes.readInt32LE(at);
      const key = kind[0] + bytes.latin1Slice(at + 4, at + 4 + keyLength);
      at += 4 + keyLength + (8 - ((keyLength + 4) % 8));
      const value = bytes.readDoubleLE(at);
      const there = series.get(key);
      if (there === undefined) series.set(key, { kind, value });
      else if (!greatest) there.value += value;
      else if (value > there.value) there.value = value;
    }
  }
  return series;
}

/** The page of a directory whose keys have four elements and whose values so many doubles. */
export function plainPage(folder, doubles) {
  const families = new Map();
  for (const [key, { kind, value }] of merged(folder, doubles)) {
    const [metric, name, labels, help] = JSON.parse(key.slice(1));
    let family = families.get(metric);
    if (family === undefined)
      families.set(metric, (family = { lines: [`# HELP ${metric} ${help}`, `# TYPE ${metric} ${kind}`], buckets: new Map() }));
    if (!name.endsWith("_bucket")) {
      family.lines.push(`${name}{${block(labels)}} ${value}`);
      continue;
    }
    const { le, ...rest } = labels;
    const own = block(rest);
    if (!family.buckets.has(own)) family.buckets.set(own, []);
    family.buckets.get(own).push([le === "+Inf" ? Infinity : Number(le), value]);
  }
  const lines = [];
  for (const [metric, family] of families) {
    lines.push(...family.lines);
    for (const [own, buckets] of family.buckets) {
      let sum = 0;
      for (const [bound, value] of buckets.sort(([one], [other]) => one - other)) {
        lines.push(`${metric}_bucket{${own},le="${spelled(bound)}"} ${(sum += value)}`);
      }
      lines.push(`${metric}_count{${own}} ${sum}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
