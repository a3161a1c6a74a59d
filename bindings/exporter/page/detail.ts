// One metric, large: what it is, and charts of its time.

import type { Chart, Data } from "uplot/dist/uPlot.esm.js";
import type { WatchedFamily } from "../../top/family.ts";
import { cameOf, quantileIn, type Series } from "../../top/series.ts";
import { TICKS } from "../../top/history.ts";
import { rateText, valueText } from "../../top/units.ts";
import type { Watch } from "../../top/watch.ts";
import { heatChart, lineChart, resized } from "./chart.ts";
import { colourOf, ticksOf } from "./draw.ts";
import { made, own, write } from "./element.ts";
import { kindOf, type Line, QUANTILE_TICKS } from "../../top/lines.ts";

/** Lines of one chart that a person tells apart. */
const LINES_MOST = 8;
const DARK = matchMedia("(prefers-color-scheme: dark)");
/** Okabe and Ito's, which colour-blind people tell apart, darker or lighter by the paper. */
const ON_LIGHT = ["#0b6bcb", "#c65a00", "#1b7f4b", "#a03bb0", "#8a6d00", "#0f8a9d", "#b3261e", "#50585f"];
const ON_DARK = ["#6bb2ff", "#ff9f57", "#67d39b", "#d996e6", "#e8cf5c", "#63cfe0", "#ff8a80", "#b4bcc4"];
const QUANTILES = [0.5, 0.9, 0.99];

function palette(): readonly string[] {
  return DARK.matches ? ON_DARK : ON_LIGHT;
}

/** What is larger has no axis: its length would be none. */
const DRAWN_MOST = 1e300;

/** A number, or what charts leave a gap for. */
function drawn(value: number): number | null {
  return Math.abs(value) <= DRAWN_MOST ? value : null;
}

/** What a chart is made for: a line that has another one now is drawn anew. */
function shapeOf({ family }: Line, shown: readonly Series[]): string {
  const buckets = shown[0]?.buckets ?? [];
  // Whichever series have the buckets, they are added up; of the rest each has its own line.
  const own = buckets.length > 0 ? buckets.map(({ bound }) => bound) : shown.map(({ key }) => key);
  return JSON.stringify([family.type, ...own]);
}

/** Where a value lies among buckets: 2.5 is the middle of the third. */
function placeAmong(bounds: readonly number[], value: number): number {
  const at = bounds.findIndex((bound) => value <= bound);
  if (at === -1 || Number.isNaN(value)) return NaN;
  const lower = at === 0 ? Math.min(0, bounds[0]!) : bounds[at - 1]!;
  const upper = bounds[at]!;
  return Number.isFinite(upper) && upper > lower ? at + (value - lower) / (upper - lower) : at;
}

/** A chart, where it is, and what it shows at each page. */
interface Part {
  readonly chart: Chart;
  readonly into: HTMLElement;
  readonly data: () => Data;
}

interface Entry {
  readonly text: string;
  readonly colour: string;
  readonly value: (tick: number) => string;
}

export class Detail {
  readonly #section = own("detail");
  readonly #watch: Watch;
  readonly #closed: () => void;
  #parts: Part[] = [];
  #line: Line | undefined;
  #values: { readonly element: HTMLElement; readonly value: (tick: number) => string }[] = [];
  #at: number | null = null;
  #shown: readonly Series[] = [];
  #shape = "";
  /** What came into the buckets of all series that are shown, page by page: it changes no more. */
  #came = new Map<number, readonly number[]>();

  constructor(watch: Watch, closed: () => void) {
    this.#watch = watch;
    this.#closed = closed;
    new ResizeObserver(() => this.#parts.forEach(({ chart, into }) => resized(chart, into))).observe(this.#section);
    DARK.addEventListener("change", () => this.show(this.#line));
  }

  get isOpen(): boolean {
    return this.#line !== undefined;
  }

  /** The series of a line that are drawn: all of a distribution, else the largest. */
  #series({ family, series }: Line): readonly Series[] {
    if (series !== undefined) return [series];
    const all = [...family.series.values()];
    if ((all[0]?.buckets.length ?? 0) > 0) return all;
    const size = ({ rate, value }: Series) => (family.isGrowing ? rate : Math.abs(value)) || 0;
    return all.toSorted((one, other) => size(other) - size(one)).slice(0, LINES_MOST);
  }

  show(line: Line | undefined): void {
    for (const { chart } of this.#parts) chart.destroy();
    this.#parts = [];
    this.#values = [];
    this.#at = null;
    this.#came = new Map();
    this.#line = line;
    this.#section.hidden = line === undefined;
    this.#section.replaceChildren();
    if (line === undefined) return;
    this.#shown = this.#series(line);
    this.#shape = shapeOf(line, this.#shown);
    this.#told(line);
    if ((this.#shown[0]?.buckets.length ?? 0) > 0) this.#heat(line.family);
    else this.#lined(line);
    this.#drawn();
  }

  #told({ family, series }: Line): void {
    const top = made("div", "top");
    const close = made("button", "", "Close");
    close.type = "button";
    close.addEventListener("click", () => this.#closed());
    top.append(made("h2", "", family.shown), close);
    this.#section.append(top);
    if (series !== undefined && series.text !== "") this.#section.append(made("p", "labels", series.text));
    const unit = family.unit === "" ? "" : `, in ${family.unit === "timestamp" ? "seconds since 1970" : family.unit}`;
    this.#section.append(made("p", "about", `${family.type}${unit}. ${family.help}`));
  }

  #headed(title: string): HTMLElement {
    const into = made("div");
    this.#section.append(made("h3", "", title), into);
    return into;
  }

  #legend(entries: readonly Entry[]): void {
    const list = made("ul", "legend");
    for (const { text, colour, value } of entries) {
      const item = made("li");
      const square = made("span", "colour");
      square.style.background = colour;
      const element = made("span", "number");
      item.append(square, made("span", "title", text), element);
      list.append(item);
      this.#values.push({ element, value });
    }
    this.#section.append(list);
  }

  readonly #pointed = (at: number | null): void => {
    this.#at = at;
    this.#legended();
  };

  get #times(): readonly number[] {
    return ticksOf(this.#watch).map((tick) => this.#watch.timeOf(tick));
  }

  #part(into: HTMLElement, data: () => Data, chart: Chart): void {
    this.#parts.push({ chart, into, data });
  }

  #lined({ family }: Line): void {
    const shown = this.#shown;
    const unit = family.isDistribution ? "" : family.unit;
    const value = (number: number) => (family.isGrowing ? rateText(number, unit) : valueText(number, unit));
    const more = family.series.size > shown.length && shown.length > 1 ? `, the ${shown.length} largest of ${family.series.size}` : "";
    const into = this.#headed(`${family.isGrowing ? "Per second" : "Value"}${more}`);
    const colours = shown.length === 1 ? [colourOf(kindOf(family))] : palette();
    const data = () => [this.#times, ...shown.map(({ past }) => ticksOf(this.#watch).map((tick) => drawn(past.get(tick))))];
    const names = shown.map(({ text }) => text);
    this.#part(into, data, lineChart(into, { names, colours, value, isFromZero: family.isGrowing }, data(), this.#pointed));
    this.#legend(
      shown.map(({ text, past }, i) => ({
        text: text || family.shown,
        colour: colours[i]!,
        value: (tick) => value(past.get(tick)),
      })),
    );
  }

  #cameIn(tick: number): readonly number[] {
    let came = this.#came.get(tick);
    if (came === undefined) this.#came.set(tick, (came = cameOf(this.#shown, tick, 1)));
    this.#came.delete(tick - TICKS);
    return came;
  }

  /** What came into the buckets in the pages that quantiles are of; what is set as a whole is of one. */
  #window(tick: number, buckets: number, isGrowing: boolean): readonly number[] {
    const sums = Array.from({ length: buckets }, () => 0);
    for (let each = Math.max(0, isGrowing ? tick - QUANTILE_TICKS + 1 : tick); each <= tick; each++) {
      const came = this.#cameIn(each);
      for (let i = 0; i < buckets; i++) sums[i] = sums[i]! + (came[i] || 0);
    }
    return sums;
  }

  #heat(family: WatchedFamily): void {
    const bounds = this.#shown[0]!.buckets.map(({ bound }) => bound);
    // The field behind them has a colour of its own.
    const colours = [palette()[2]!, palette()[1]!, colourOf("ink")];
    const names = QUANTILES.map((q) => `p${q * 100}`);
    const of = (q: number, tick: number) => quantileIn(bounds, this.#window(tick, bounds.length, family.isGrowing), q);
    const lines = () => QUANTILES.map((q) => ticksOf(this.#watch).map((tick) => drawn(placeAmong(bounds, of(q, tick)))));
    const data = () => [this.#times, ...lines()];
    const counts = () => ticksOf(this.#watch).map((tick) => this.#cameIn(tick));
    const into = this.#headed(`Observations by bucket, and quantiles of ${QUANTILE_TICKS} pages`);
    this.#part(into, data, heatChart(into, { bounds, unit: family.unit, counts, names, colours }, data(), this.#pointed));
    this.#legend(QUANTILES.map((q, i) => ({ text: names[i]!, colour: colours[i]!, value: (tick) => valueText(of(q, tick), family.unit) })));
    if (!family.isGrowing) return;
    const rate = (tick: number) => this.#shown.reduce((sum, { past }) => sum + (past.get(tick) || 0), 0);
    const rates = () => [this.#times, ticksOf(this.#watch).map((tick) => (tick === this.#watch.first ? null : rate(tick)))];
    const below = this.#headed("Observations per second");
    const drawnAs = {
      names: ["observations"],
      colours: [colourOf("histogram")],
      value: (value: number) => rateText(value),
      isFromZero: true,
    };
    this.#part(below, rates, lineChart(below, drawnAs, rates(), this.#pointed));
    this.#legend([{ text: "observations", colour: colourOf("histogram"), value: (tick) => rateText(rate(tick)) }]);
  }

  /** The line as it is now: a series that was gone for long is another one when it comes again, and one that is no longer its family's only one stands for itself. */
  #now(line: Line): Line {
    const family = this.#watch.families.get(line.family.name) ?? line.family;
    const isFamily = line.level === 1 && family.series.size > 1;
    const series = line.series === undefined || isFamily ? undefined : (family.series.get(line.series.key) ?? line.series);
    return family === line.family && series === line.series ? line : { ...line, family, series };
  }

  /** Those that are drawn from now on: the largest were chosen when it was opened, and stay while they are there. */
  #next(line: Line): readonly Series[] {
    const { series } = line.family;
    const isKept = this.#shown.every((each) => each.buckets.length === 0 && series.get(each.key) === each);
    if (series.size === 0 || (isKept && this.#shown.length === Math.min(LINES_MOST, series.size))) return this.#shown;
    return this.#series(line);
  }

  /** One page more. */
  turn(): void {
    if (this.#line === undefined) return;
    const line = this.#now(this.#line);
    const shown = this.#next(line);
    const hasBuckets = (shown[0]?.buckets.length ?? 0) > 0;
    const isSame = hasBuckets || shown.every((each, i) => each === this.#shown[i]);
    if (line !== this.#line || !isSame || shapeOf(line, shown) !== this.#shape) return this.show(line);
    this.#shown = shown;
    this.#drawn();
  }

  #drawn(): void {
    for (const { chart, data } of this.#parts) chart.setData(data());
    this.#legended();
  }

  #legended(): void {
    const ticks = ticksOf(this.#watch);
    const tick = this.#at === null ? this.#watch.tick : (ticks[this.#at] ?? this.#watch.tick);
    for (const { element, value } of this.#values) write(element, value(tick));
  }
}
