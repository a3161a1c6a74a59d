// The page that shows an exporter's metrics to a person: it reads them as any scraper does and asks nobody else.

import { Watch } from "../../top/watch.ts";
import { Detail } from "./detail.ts";
import { made, own, write } from "./element.ts";
import { KINDS, type Kind, type Line, linesOf, type Sort, type Wanted } from "../../top/lines.ts";
import { type Page, Poll } from "./poll.ts";
import { Table } from "./table.ts";

const COLUMNS: readonly { readonly text: string; readonly sort?: Sort; readonly isNumber?: boolean }[] = [
  { text: "Metric", sort: "name" },
  { text: "Type" },
  { text: "Value", sort: "value", isNumber: true },
  { text: "Per second", sort: "rate", isNumber: true },
  { text: "p50", sort: "p50", isNumber: true },
  { text: "p99", sort: "p99", isNumber: true },
  { text: "Last minute" },
];
/** After so long without a page what was is no longer the last minute. */
const ABSENT_SECONDS = 60;
const KIND_NAMES: Readonly<Record<Kind, string>> = {
  counter: "counters",
  gauge: "gauges",
  histogram: "histograms",
  summary: "summaries",
  other: "others",
};

const watch = new Watch();
const wanted: Wanted = { query: "", kinds: new Set(KINDS), sort: "page", descending: true, folds: new Map() };
const state = own("state");
const counts = own("counts");
const empty = own("empty");
const search = own<HTMLInputElement>("search");
const pause = own<HTMLButtonElement>("pause");
const every = own<HTMLSelectElement>("every");
const tableElement = own("table");

let frame: number | undefined;
let failure: string | undefined;
let last: Page | undefined;

const detail = new Detail(watch, () => {
  table.choose(undefined);
  tableElement.focus();
});
const table = new Table(watch, {
  chosen: (line) => detail.show(line),
  folded(line: Line, isOpen: boolean) {
    wanted.folds.set(line.family.name, isOpen);
    shown();
  },
  opened: (line) => {
    if (line.isOpen !== undefined) wanted.folds.set(line.family.name, !line.isOpen);
    shown();
  },
});

function stated(): void {
  const name = failure !== undefined ? "wrong" : poll.isPaused ? "paused" : last === undefined ? "waiting" : "live";
  state.dataset["state"] = name;
  write(state, failure ?? name);
}

function emptied(families: number): void {
  const isFiltered = wanted.query !== "" || wanted.kinds.size < KINDS.length;
  const why = last === undefined ? "" : isFiltered ? "Nothing is named so. Esc takes the filter away." : "There are no metrics yet.";
  empty.hidden = families > 0 || why === "";
  write(empty, why);
}

function shown(): void {
  const lines = linesOf(watch, wanted);
  table.show(lines);
  emptied(lines.families);
  write(
    counts,
    last === undefined
      ? ""
      : `${lines.families.toLocaleString("en")} ${lines.families === 1 ? "metric" : "metrics"}, ${lines.series.toLocaleString("en")} series`,
  );
  if (last !== undefined) counts.title = `${Math.ceil(last.text.length / 1024)} KiB in ${Math.round(last.milliseconds)} ms`;
  stated();
}

/** Draws with the next frame, however much has changed until then. */
function soon(): void {
  frame ??= requestAnimationFrame(() => {
    frame = undefined;
    shown();
    detail.turn();
  });
}

const poll = new Poll(`./${document.documentElement.dataset["metrics"] ?? "metrics"}`, {
  read(page) {
    if (last !== undefined && page.seconds - last.seconds > ABSENT_SECONDS) watch.absent();
    const read = watch.page(page.text, page.format, page.seconds);
    last = page;
    failure = undefined;
    if (read.samples === 0 && read.unread > 0) failure = `no metrics there: ${read.firstUnread}`;
    else if (read.beyond > 0) failure = `${read.beyond} ${read.beyond === 1 ? "sample" : "samples"} of more series than this page shows`;
    soon();
  },
  failed(why) {
    failure = why;
    stated();
  },
});

function headed(): void {
  const head = own("head");
  const cells = COLUMNS.map(({ text, sort, isNumber }) => {
    const cell = made("div", isNumber === true ? "number" : "", sort === undefined ? text : "");
    cell.setAttribute("role", "columnheader");
    if (sort === undefined) return cell;
    const isSorted = wanted.sort === sort;
    if (isSorted) cell.setAttribute("aria-sort", wanted.descending ? "descending" : "ascending");
    const button = made("button", "", `${text}${isSorted ? (wanted.descending ? " ↓" : " ↑") : ""}`);
    button.type = "button";
    button.addEventListener("click", () => {
      // The first way, the other one, and as the page has it.
      const first = sort !== "name";
      if (wanted.sort !== sort) Object.assign(wanted, { sort, descending: first });
      else if (wanted.descending === first) wanted.descending = !first;
      else wanted.sort = "page";
      headed();
      shown();
      own("head").querySelectorAll("button")[COLUMNS.filter((each) => each.sort).findIndex((each) => each.sort === sort)]?.focus();
    });
    cell.append(button);
    return cell;
  });
  head.replaceChildren(...cells);
}

function kinded(): void {
  for (const kind of KINDS) {
    const button = made("button", "", KIND_NAMES[kind]);
    button.type = "button";
    button.dataset["kind"] = kind;
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      const isOn = !wanted.kinds.has(kind);
      if (isOn) wanted.kinds.add(kind);
      else wanted.kinds.delete(kind);
      button.setAttribute("aria-pressed", String(isOn));
      shown();
    });
    own("kinds").append(button);
  }
}

function paused(isPaused: boolean): void {
  poll.pause(isPaused);
  pause.setAttribute("aria-pressed", String(isPaused));
  write(pause, isPaused ? "Resume" : "Pause");
  stated();
}

search.addEventListener("input", () => {
  wanted.query = search.value;
  own("body").scrollTop = 0;
  shown();
});
pause.addEventListener("click", () => paused(!poll.isPaused));
every.addEventListener("change", () => {
  poll.everyMs = Number(every.value);
  poll.again();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.key === "Escape") {
    if (isTyping || !detail.isOpen) {
      search.value = "";
      wanted.query = "";
      shown();
    } else table.choose(undefined);
    tableElement.focus();
  } else if (event.key === "ArrowDown" && event.target === search) tableElement.focus();
  else if (isTyping) return;
  else if (event.key === "/") search.focus();
  else if (event.key === "p") paused(!poll.isPaused);
  else return;
  event.preventDefault();
});

document.title = `${location.host}: metrics`;
write(own("title"), location.host);
headed();
kinded();
stated();
poll.again();
