// Pages as prom-client writes them: its order of labels, its blank line between metrics, and counters in text 0.0.4 as they were named.
// In OpenMetrics what the format asks for besides: `_total`, bounds as floats, quotes in HELP escaped.

import { blockLabels, escaped, unquoted } from "../labels.ts";
import { histogramValue, statesOf, summaryValue } from "../reading.ts";
import { exemplarKey, exemplarsOf } from "./exemplars.ts";
import type { Exemplar } from "./shapes.ts";
import { printedName, type Series, seriesOf, type Stored } from "./stored.ts";
import { leOf, quantileShown, typeOf } from "./values.ts";

/** What a page is written as. */
export interface Page {
  readonly openMetrics: boolean;
  /** A registry's default labels: names, and what is printed of them. */
  readonly defaults: readonly (readonly [name: string, text: string])[];
}

/** What a foreign object tells of itself; nothing of it is sure. */
export interface Told {
  readonly name?: unknown;
  readonly help?: unknown;
  readonly type?: unknown;
  readonly values?: readonly ToldValue[];
}

interface ToldValue {
  readonly value?: unknown;
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly sharedLabels?: Readonly<Record<string, unknown>>;
  readonly metricName?: string;
  readonly exemplar?: Exemplar | null;
}

const TOTAL = /_total$/;
/** What a float has that an integer has not; rule O5 of OpenMetrics asks for it in bounds. */
const FLOAT = /[.eIN]/;

export function defaultsOf(labels: Readonly<Record<string, unknown>>): Page["defaults"] {
  return Object.entries(labels).map(([name, value]) => [name, `${name}="${escaped(String(value))}"`]);
}

function numberText(value: unknown): string {
  const number = typeof value === "number" ? value : Number(value);
  if (number === Infinity) return "+Inf";
  return number === -Infinity ? "-Inf" : String(number);
}

/** A bound or a quantile as the format wants it. */
function boundText(bound: string | number, openMetrics: boolean): string {
  const text = String(bound);
  return openMetrics && text !== "" && !FLOAT.test(text) ? `${text}.0` : text;
}

function helpText(help: string, openMetrics: boolean): string {
  const text = help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
  return openMetrics ? text.replace(/"/g, '\\"') : text;
}

function head(name: string, help: unknown, type: unknown, { openMetrics }: Page): string {
  const shown = (openMetrics && type === "counter" ? name.replace(TOTAL, "") : name).replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
  return `# HELP ${shown} ${helpText(String(help), openMetrics)}\n# TYPE ${shown} ${String(type)}`;
}

function counterName(name: string, { openMetrics }: Page): string {
  return openMetrics && !TOTAL.test(name) ? `${name}_total` : name;
}

function line(name: string, labels: string, value: string): string {
  return labels === "" ? `${name} ${value}` : `${name}{${labels}} ${value}`;
}

function joined(first: string, second: string): string {
  if (first === "") return second;
  return second === "" ? first : `${first},${second}`;
}

function exemplarText(exemplar: Exemplar | null | undefined, { openMetrics }: Page): string {
  if (!openMetrics || exemplar === null || exemplar === undefined) return "";
  const labels = Object.entries(exemplar.labelSet).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return ` # {${labels.join(",")}} ${numberText(exemplar.value)} ${exemplar.timestamp}`;
}

/** The default labels that a series has not got itself, nor its lines. */
function defaultsBeside(block: string, { defaults }: Page, ofLine?: string): string {
  if (defaults.length === 0) return "";
  const own = new Set([ofLine, ...blockLabels(block).map(([name]) => unquoted(name))]);
  return defaults
    .filter(([name]) => !own.has(name))
    .map(([, text]) => text)
    .join(",");
}

class Writer {
  readonly #stored: Stored;
  readonly #page: Page;
  readonly #name: string;
  readonly #exemplars: ReadonlyMap<string, Exemplar>;

  constructor(stored: Stored, page: Page) {
    this.#stored = stored;
    this.#page = page;
    this.#name = printedName(stored.definition);
    this.#exemplars = page.openMetrics ? exemplarsOf(stored) : new Map();
  }

  head(): string {
    const { kind, help } = this.#stored.definition;
    return head(this.#name, help, kind === "unknown" ? this.#unknown() : typeOf(this.#stored), this.#page);
  }

  #unknown(): string {
    return this.#page.openMetrics ? "unknown" : "untyped";
  }

  series(series: Series): string {
    const type = typeOf(this.#stored);
    if (type === "histogram") return this.#histogram(series);
    return type === "summary" ? this.#summary(series) : this.#plain(series);
  }

  #histogram({ block, reading }: Series): string {
    const { definition } = this.#stored;
    const { openMetrics } = this.#page;
    const { buckets, sum, count } = histogramValue(definition, reading);
    const labels = joined(defaultsBeside(block, this.#page), block);
    const beside = joined(defaultsBeside(block, this.#page, "le"), block);
    const rest = beside === "" ? "" : `,${beside}`;
    let text = "";
    for (const { le, count: value } of buckets) {
      text += `${this.#name}_bucket{le="${boundText(leOf(le), openMetrics)}"${rest}} ${value}`;
      if (this.#exemplars.size > 0) text += exemplarText(this.#exemplars.get(exemplarKey(block, le)), this.#page);
      text += "\n";
    }
    return `${text}${line(`${this.#name}_sum`, labels, numberText(sum))}\n${line(`${this.#name}_count`, labels, String(count))}`;
  }

  #summary({ block, reading }: Series): string {
    const { quantiles, sum, count } = summaryValue(this.#stored.definition, reading);
    const labels = joined(block, defaultsBeside(block, this.#page));
    const beside = joined(block, defaultsBeside(block, this.#page, "quantile"));
    const lines = quantiles.map(({ quantile, value }) => {
      const own = `quantile="${boundText(quantile, this.#page.openMetrics)}"`;
      return line(this.#name, joined(own, beside), numberText(quantileShown(value)));
    });
    lines.push(line(`${this.#name}_sum`, labels, numberText(sum)), line(`${this.#name}_count`, labels, String(count)));
    return lines.join("\n");
  }

  #plain({ block, reading }: Series): string {
    const { definition } = this.#stored;
    const { kind, name, mode } = definition;
    const labels = joined(block, defaultsBeside(block, this.#page));
    if (kind === "counter") {
      const exemplar = exemplarText(this.#exemplars.get(exemplarKey(block)), this.#page);
      return `${line(counterName(this.#name, this.#page), labels, numberText(reading.value))}${exemplar}`;
    }
    if (kind === "stateset") {
      const held = statesOf(definition, reading);
      const state = (each: string) => joined(labels, `${name}="${escaped(each)}"`);
      return definition.states.map((each) => line(name, state(each), String(Number(held.includes(each))))).join("\n");
    }
    if (mode === "all" || mode === "liveall")
      return reading.parts.map(({ writer, value }) => line(this.#name, joined(labels, `writer="${writer}"`), numberText(value))).join("\n");
    return line(this.#name, labels, kind === "info" ? "1" : numberText(reading.value));
  }
}

/** A family's text: the metadata, then a piece for each series. */
export function* storedPieces(stored: Stored, page: Page): Generator<string> {
  const writer = new Writer(stored, page);
  yield writer.head();
  for (const series of seriesOf(stored)) yield writer.series(series);
}

function* formatted(labels: Readonly<Record<string, unknown>>, exclude: object | undefined, { openMetrics }: Page): Generator<string> {
  for (const [name, value] of Object.entries(labels)) {
    if (exclude !== undefined && Object.hasOwn(exclude, name)) continue;
    const bound = (name === "le" || name === "quantile") && (typeof value === "number" || typeof value === "string");
    yield `${name}="${escaped(bound ? boundText(value, openMetrics) : String(value))}"`;
  }
}

/** The text of what a foreign object told. Throws where it is nothing of the kind. */
export function toldText(told: Told, page: Page): string {
  const name = String(told.name);
  const pieces = [head(name, told.help, told.type, page)];
  for (const { value, labels = {}, sharedLabels, metricName = name, exemplar } of told.values ?? []) {
    // Without what every object inherits: `constructor` and `__proto__` are names of labels here.
    const own = Object.assign(Object.create(null) as Record<string, unknown>, labels);
    for (const [label, text] of page.defaults) if (own[label] === undefined) own[label] = unquoted(text.slice(label.length + 1));
    const parts = [...formatted(own, sharedLabels, page)];
    if (sharedLabels !== undefined) parts.push(...formatted(sharedLabels, undefined, page));
    const shown = told.type === "counter" ? counterName(metricName, page) : metricName;
    pieces.push(`${line(shown, parts.join(","), numberText(value))}${exemplarText(exemplar, page)}`);
  }
  return pieces.join("\n");
}
