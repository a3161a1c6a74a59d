// The table: only the lines that are to be seen are elements, however many there are, and the same elements are filled again and again.

import { rateText, valueText } from "../../top/units.ts";
import type { Watch } from "../../top/watch.ts";
import { drawTrend } from "./draw.ts";
import { made, own, write } from "./element.ts";
import { kindOf, type Line, type Lines, QUANTILE_TICKS } from "../../top/lines.ts";

/** Lines above and below of what is seen. */
const BESIDE = 6;

interface Row {
  readonly element: HTMLElement;
  readonly fold: HTMLButtonElement;
  readonly title: HTMLElement;
  readonly help: HTMLElement;
  readonly many: HTMLElement;
  readonly kind: HTMLElement;
  readonly numbers: readonly HTMLElement[];
  readonly trend: HTMLCanvasElement;
  line: Line | undefined;
}

export interface TableEvents {
  chosen(line: Line | undefined): void;
  folded(line: Line, isOpen: boolean): void;
  opened(line: Line): void;
}

/** The least and the most of a family's series, where they cannot be added up. */
function rangeText({ family }: Line): string {
  let least = Infinity;
  let most = -Infinity;
  for (const { value } of family.series.values()) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return "";
  const [from, to] = [valueText(least, family.unit), valueText(most, family.unit)];
  return from === to ? from : `${from} … ${to}`;
}

/** Value, rate and two quantiles of a line, as they are shown. */
function numbersOf({ family, series }: Line, tick: number): readonly string[] {
  const unit = family.isDistribution ? "" : family.unit;
  const rate = rateText(series?.rate ?? family.rate, unit);
  const quantiles = [0.5, 0.99].map((q) => (series === undefined ? "" : valueText(series.quantile(q, tick, QUANTILE_TICKS), family.unit)));
  const none = ["", ""];
  if (series === undefined) return [family.isGrowing ? valueText(family.value, unit) : rangeText({ family } as Line), family.isGrowing ? rate : "", ...none]; // prettier-ignore
  return [valueText(series.value, unit), family.isGrowing ? rate : "", ...(family.isDistribution ? quantiles : none)];
}

export class Table {
  readonly #body = own("body");
  readonly #space = own("space");
  readonly #table = own("table");
  readonly #rows: Row[] = [];
  readonly #watch: Watch;
  readonly #events: TableEvents;
  #lines: readonly Line[] = [];
  #chosen: string | undefined;
  #isAsked = false;

  constructor(watch: Watch, events: TableEvents) {
    this.#watch = watch;
    this.#events = events;
    this.#body.addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.#soon()).observe(this.#body);
    this.#table.addEventListener("keydown", (event) => this.#pressed(event));
  }

  show({ lines }: Lines): void {
    this.#lines = lines;
    this.#table.setAttribute("aria-rowcount", String(lines.length));
    this.draw();
  }

  /** Once a frame at the most. */
  #soon(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.draw();
    });
  }

  get #height(): number {
    return Number.parseFloat(getComputedStyle(this.#body).getPropertyValue("--row")) || 34;
  }

  draw(): void {
    const height = this.#height;
    this.#space.style.height = `${this.#lines.length * height}px`;
    const first = Math.max(0, Math.floor(this.#body.scrollTop / height) - BESIDE);
    const count = Math.min(this.#lines.length - first, Math.ceil(this.#body.clientHeight / height) + 2 * BESIDE);
    while (this.#rows.length < count) this.#rows.push(this.#made());
    for (const [i, row] of this.#rows.entries()) {
      const line = i < count ? this.#lines[first + i] : undefined;
      row.element.hidden = line === undefined;
      row.line = line;
      if (line === undefined) continue;
      row.element.style.transform = `translateY(${(first + i) * height}px)`;
      row.element.setAttribute("aria-rowindex", String(first + i + 1));
      this.#filled(row, line);
    }
    const active = this.#rows.find(({ line }) => line !== undefined && line.key === this.#chosen);
    if (active === undefined) this.#table.removeAttribute("aria-activedescendant");
    else this.#table.setAttribute("aria-activedescendant", active.element.id);
  }

  #made(): Row {
    const element = made("div", "row");
    element.id = `row-${this.#rows.length}`;
    element.setAttribute("role", "row");
    const name = made("div", "name");
    name.setAttribute("role", "gridcell");
    const fold = made("button", "fold", "▶");
    fold.type = "button";
    fold.tabIndex = -1;
    const [title, help, many] = [made("span", "title"), made("span", "help"), made("span", "many")];
    name.append(fold, title, many, help);
    const kind = made("div", "kind");
    kind.setAttribute("role", "gridcell");
    const numbers = Array.from({ length: 4 }, () => made("div", "number"));
    for (const number of numbers) number.setAttribute("role", "gridcell");
    const cell = made("div");
    cell.setAttribute("role", "gridcell");
    const trend = made("canvas", "trend");
    trend.setAttribute("aria-hidden", "true");
    cell.append(trend);
    element.append(name, kind, ...numbers, cell);
    this.#space.append(element);
    const row: Row = { element, fold, title, help, many, kind, numbers, trend, line: undefined };
    element.addEventListener("click", (event) => this.#clicked(row, event));
    return row;
  }

  #filled({ element, fold, title, help, many, kind, numbers, trend }: Row, line: Line): void {
    const { family, series, level, isOpen, count } = line;
    element.dataset["kind"] = kindOf(family);
    element.setAttribute("aria-level", String(level));
    element.setAttribute("aria-selected", String(line.key === this.#chosen));
    if (isOpen === undefined) element.removeAttribute("aria-expanded");
    else element.setAttribute("aria-expanded", String(isOpen));
    element.classList.toggle("gone", series !== undefined && series.tick !== this.#watch.tick);
    fold.hidden = isOpen === undefined;
    fold.setAttribute("aria-label", isOpen === true ? "Fold" : "Unfold");
    const name =
      level === 2 ? series!.text || "no labels" : family.shown + (series === undefined || series.text === "" ? "" : `{${series.text}}`);
    write(title, name);
    element.title = level === 2 ? name : `${name}\n${family.help}`;
    write(help, level === 1 ? family.help : "");
    many.hidden = series !== undefined;
    if (series === undefined) write(many, String(count));
    write(kind, level === 1 ? family.type : "");
    for (const [i, text] of numbersOf(line, this.#watch.tick).entries()) {
      write(numbers[i]!, text);
      numbers[i]!.classList.toggle("nothing", text === "–");
    }
    drawTrend(trend, family, series, this.#watch.tick);
  }

  #clicked(row: Row, event: MouseEvent): void {
    const { line } = row;
    if (line === undefined) return;
    if (event.target === row.fold) this.#events.folded(line, line.isOpen !== true);
    else this.choose(line.key);
  }

  /** Makes a line the one that is looked at; undefined: none. */
  choose(key: string | undefined): void {
    this.#chosen = key;
    const at = this.#lines.findIndex((line) => line.key === key);
    this.#events.chosen(this.#lines[at]);
    // Beside what is looked at the table has other widths, and lines another height.
    if (at !== -1) this.#reveal(at);
    this.draw();
  }

  #reveal(at: number): void {
    const height = this.#height;
    const { scrollTop, clientHeight } = this.#body;
    this.#space.style.height = `${this.#lines.length * height}px`;
    if (at * height < scrollTop) this.#body.scrollTop = at * height;
    else if ((at + 1) * height > scrollTop + clientHeight) this.#body.scrollTop = (at + 1) * height - clientHeight;
  }

  #pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#lines.length === 0) return;
    const at = this.#lines.findIndex(({ key }) => key === this.#chosen);
    const line = this.#lines[at];
    const page = Math.max(1, Math.floor(this.#body.clientHeight / this.#height) - 1);
    const moves: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: this.#lines.length - 1 }; // prettier-ignore
    const to = moves[event.key];
    if (to !== undefined) this.#moved(Math.min(this.#lines.length - 1, Math.max(0, to)));
    else if (line === undefined) return;
    else if (event.key === "ArrowRight" && line.isOpen === false) this.#events.folded(line, true);
    else if (event.key === "ArrowLeft" && line.isOpen === true) this.#events.folded(line, false);
    else if (event.key === "ArrowLeft" && line.level === 2) this.#moved(this.#lines.findIndex(({ key }) => key === line.family.name));
    else if (event.key === "Enter") this.#events.opened(line);
    else return;
    event.preventDefault();
  }

  #moved(at: number): void {
    this.choose(this.#lines[at]?.key);
  }
}
