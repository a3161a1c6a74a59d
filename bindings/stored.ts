// A family's definition as the core keeps it: bytes, equal for equal definitions.

import type { Core } from "./core.ts";
import type { Definition, GaugeMode, Kind } from "./definition.ts";
import { escaped, unquoted } from "./labels.ts";
import { blockName, LEGAL_LABEL, LEGAL_NAME } from "./names.ts";

/** The modes by the core's numbers. */
const MODES: ReadonlyMap<GaugeMode, number> = new Map([
  ["shared", 0],
  ["sum", 1],
  ["min", 2],
  ["max", 3],
  ["mostrecent", 4],
  ["all", 5],
  ["livesum", 9],
  ["livemin", 10],
  ["livemax", 11],
  ["livemostrecent", 12],
  ["liveall", 13],
]);
const MODE_NAMES: ReadonlyMap<number, GaugeMode> = new Map([...MODES].map(([name, number]) => [number, name]));

/** The core's numbers; a native histogram's is apart, for its kind is histogram. */
const NUMBERS: Readonly<Record<Kind, number>> = {
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 4,
  info: 6,
  stateset: 7,
  unknown: 8,
  gaugeHistogram: 9,
};
const NATIVE = 5;
/** Bits of a definition, as the core knows them. */
const EXEMPLARS = 4;
const CLASSIC = 8;
const UTF8_NAME = 16;
const UTF8_LABELS = 32;
const CONSTANT = 128;
/** Of the bindings alone: the core keeps it. */
const BARE = 1024;

/** Bytes before the bounds. */
const HEAD = 88;
const encoder = new TextEncoder();

function flagsOf(definition: Definition): number {
  let flags = definition.exemplars ? EXEMPLARS : 0;
  if (definition.native !== undefined && definition.buckets.length > 0) flags |= CLASSIC;
  if (!LEGAL_NAME.test(definition.name)) flags |= UTF8_NAME;
  if (definition.labelNames.some((label) => !LEGAL_LABEL.test(label))) flags |= UTF8_LABELS;
  if (definition.bare === true) flags |= BARE;
  return definition.constant ? flags | CONSTANT : flags;
}

/** @internal Puts a definition into the writer's input; equal definitions are equal bytes. */
export function definitionInput(core: Core, definition: Definition): void {
  const { buckets, quantiles, native } = definition;
  const texts = [
    definition.unit,
    definition.help,
    definition.states.map(escaped).join("\n"),
    definition.labelNames.map(blockName).join("\n"),
    definition.name,
  ].map((text) => encoder.encode(text));
  const [unit, help, states, labels, name] = texts.map((bytes) => bytes.length) as [number, number, number, number, number];
  const numbers = [...buckets, ...quantiles];
  const length = HEAD + numbers.length * 8 + unit + help + states + labels + name;
  const address = core.inputRoom(length);
  const view = core.view(address, length);
  const type = native === undefined ? NUMBERS[definition.kind] : NATIVE;
  const words = [length, type, MODES.get(definition.mode)!, buckets.length, unit, help, labels, name];
  words.push(
    flagsOf(definition),
    definition.maxSeries,
    definition.expireAfterSeconds,
    states,
    native?.schema ?? 0,
    native?.maxBuckets ?? 0,
  );
  words.forEach((word, i) => view.setUint32(i * 4, word, true));
  [native?.zeroThreshold ?? 0, definition.accuracy, definition.maxAgeSeconds].forEach((value, i) =>
    view.setFloat64(56 + i * 8, value, true),
  );
  view.setUint32(80, definition.ageBuckets, true);
  view.setUint32(84, quantiles.length, true);
  numbers.forEach((value, i) => view.setFloat64(HEAD + i * 8, value, true));
  let at = address + HEAD + numbers.length * 8;
  const bytes = core.bytes(address + length);
  for (const text of texts) {
    bytes.set(text, at);
    at += text.length;
  }
}

/** @internal Reads a family's definition back from the memory. */
export function definitionAt(core: Core, address: number): Definition {
  const length = core.view(address, 4).getUint32(0, true);
  const view = core.view(address, length);
  const word = (i: number) => view.getUint32(i * 4, true);
  const number = (i: number) => view.getFloat64(HEAD + i * 8, true);
  const boundCount = word(3);
  const quantileCount = word(21);
  let at = address + HEAD + (boundCount + quantileCount) * 8;
  const part = (bytes: number) => {
    const text = core.text(at, bytes);
    at += bytes;
    return text;
  };
  const list = (bytes: number) => (bytes === 0 ? [] : part(bytes).split("\n").map(unquoted));
  const type = word(1);
  const flags = word(8);
  const unit = part(word(4));
  const help = part(word(5));
  const states = list(word(11));
  const labelNames = list(word(6));
  const name = part(word(7));
  return {
    kind: type === NATIVE ? "histogram" : (Object.keys(NUMBERS) as Kind[]).find((kind) => NUMBERS[kind] === type)!,
    name,
    help,
    unit,
    labelNames,
    mode: MODE_NAMES.get(word(2))!,
    buckets: Array.from({ length: boundCount }, (_, i) => number(i)),
    native:
      type === NATIVE ? { schema: view.getInt32(48, true), maxBuckets: word(13), zeroThreshold: view.getFloat64(56, true) } : undefined,
    states,
    quantiles: Array.from({ length: quantileCount }, (_, i) => number(boundCount + i)),
    accuracy: view.getFloat64(64, true),
    maxAgeSeconds: view.getFloat64(72, true),
    ageBuckets: word(20),
    maxSeries: word(9),
    expireAfterSeconds: word(10),
    exemplars: (flags & EXEMPLARS) !== 0,
    constant: (flags & CONSTANT) !== 0,
    ...((flags & BARE) === 0 ? {} : { bare: true }),
  };
}
