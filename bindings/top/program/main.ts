// tallystick top: what an exposition counts, live in a terminal, or interval by interval in a pipe.

import process from "node:process";
import { KINDS, type Wanted } from "../lines.ts";
import { seen } from "../seen.ts";
import { Steady } from "../steady.ts";
import { Watch } from "../watch.ts";
import { type Given, given, SORTS } from "./given.ts";
import { pageOf } from "./page.ts";
import { Screen, type ScreenLine } from "./screen.ts";
import { columnsOf, headLine, objectOf, rowLine, rowsOf } from "./view.ts";

const EXIT_UNREAD = 2;
const WIDTH_PIPED = 132;
/** Of lines of the screen that are no rows: the title, what is asked for, the head. */
const HEAD_LINES = 3;
const UP = "\u001b[A";
const DOWN = "\u001b[B";
const PAGE_UP = "\u001b[5~";
const PAGE_DOWN = "\u001b[6~";

/** What came of asking for a page: why there is none, or what is to be said of one that is there. */
interface Turned {
  readonly failure?: string;
  readonly remark?: string;
}

async function turned(watch: Watch, asked: Given, clock: Steady): Promise<Turned> {
  const page = await pageOf(asked, clock);
  if (typeof page === "string") return { failure: page };
  const { samples, unread, firstUnread, beyond } = watch.page(page.text, page.format, page.seconds);
  if (samples === 0 && unread > 0) return { failure: `it is no exposition: ${firstUnread}` };
  return beyond > 0 ? { remark: `${beyond === 1 ? "1 sample is" : `${beyond} samples are`} of more series than are kept` } : {};
}

function waited(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function wantedOf({ sort, filter }: Given): Wanted {
  return { query: filter, kinds: new Set(KINDS), sort, descending: sort !== "name", folds: new Map(), quantileTicks: 1 };
}

function noHit(query: string, label: string): string {
  return `Cannot find ${JSON.stringify(seen(query))} in any series of ${label}`;
}

/** Resolves when it is written, or nobody reads it any more. */
function said(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => void stream.write(text, () => resolve()));
}

/** In a pipe: a table, or an object, for each interval but the first page, which has no rates. */
async function piped(asked: Given): Promise<number> {
  const { label, intervalSeconds, isOnce, isJson, isFamilies, limit } = asked;
  const watch = new Watch();
  const clock = new Steady();
  const wanted = wantedOf(asked);
  const columns = columnsOf(process.stdout.columns || WIDTH_PIPED, false);
  let isOpen = true;
  process.stdout.once("error", () => (isOpen = false)).once("close", () => (isOpen = false));
  for (let told = ""; isOpen;) {
    const from = performance.now();
    const { failure, remark } = await turned(watch, asked, clock);
    const rows = failure === undefined && watch.tick > 0 ? rowsOf(watch, wanted, isFamilies) : undefined;
    const isIdle = rows?.length === 0 && wanted.query !== "";
    const words =
      failure !== undefined
        ? `Cannot read ${label}: ${failure}`
        : remark !== undefined
          ? `Cannot show all of ${label}: ${remark}`
          : isIdle
            ? noHit(wanted.query, label)
            : "";
    if (words !== "" && words !== told) await said(process.stderr, `tallystick: ${words}\n`);
    told = words;
    if (failure !== undefined && isOnce) return EXIT_UNREAD;
    if (rows !== undefined) {
      const table = () => [headLine(columns), ...rows.slice(0, limit).map((row) => rowLine(row, columns, watch.tick)), ""];
      await said(process.stdout, isJson ? `${seen(JSON.stringify(objectOf(watch, rows, label)))}\n` : table().map((line) => `${line.trimEnd()}\n`).join("")); // prettier-ignore
      if (isOnce) return 0;
    }
    await waited(Math.max(0.05, intervalSeconds - (performance.now() - from) / 1000));
  }
  return 0;
}

class Top {
  readonly #asked: Given;
  readonly #watch = new Watch();
  readonly #clock = new Steady();
  readonly #wanted: Wanted;
  readonly #screen = new Screen();
  #isFamilies: boolean;
  #isPaused = false;
  #isTyping = false;
  #first = 0;
  #failure: string | undefined = "waiting for the first page";
  /** When the page came that is shown. */
  #came = new Date();
  #end!: () => void;
  readonly #ended = new Promise<void>((resolve) => (this.#end = resolve));

  constructor(asked: Given) {
    this.#asked = asked;
    this.#wanted = wantedOf(asked);
    this.#isFamilies = asked.isFamilies;
  }

  async run(): Promise<void> {
    this.#screen.take(
      (key) => this.#pressed(key),
      () => this.#draw(),
    );
    this.#draw();
    void this.#read();
    await this.#ended;
    this.#screen.leave();
  }

  async #read(): Promise<void> {
    const from = performance.now();
    if (!this.#isPaused) {
      const { failure, remark } = await turned(this.#watch, this.#asked, this.#clock);
      this.#failure = failure ?? remark;
      if (failure === undefined) this.#came = new Date();
    }
    this.#draw();
    setTimeout(() => void this.#read(), Math.max(50, this.#asked.intervalSeconds * 1000 - (performance.now() - from)));
  }

  #title(count: number): ScreenLine {
    const state = this.#failure ?? (this.#isPaused ? "paused" : this.#came.toISOString().slice(11, 19));
    const text = `${this.#asked.label}  ${count} ${this.#isFamilies ? "families" : "series"}  ${state}`;
    return { text: text.slice(0, this.#screen.columns), style: this.#failure === undefined ? "bold" : "bad" };
  }

  #draw(): void {
    const { columns: width, rows: height } = this.#screen;
    const columns = columnsOf(width, true);
    const rows = rowsOf(this.#watch, this.#wanted, this.#isFamilies);
    const room = Math.max(1, height - HEAD_LINES);
    this.#first = Math.max(0, Math.min(this.#first, rows.length - room));
    const { sort, descending, query } = this.#wanted;
    const filter = this.#isTyping ? `filter: ${query}_` : query === "" ? "/ filter" : `filter: ${query}`;
    const keys = `by ${sort}${descending ? "" : ", least first"}  ${filter}  s order  r reverse  f families  p pause  q quit`;
    this.#screen.draw([
      this.#title(rows.length),
      { text: keys.slice(0, width), style: "dim" },
      { text: headLine(columns), style: "chosen" },
      ...(rows.length === 0 && query !== "" ? [{ text: "nothing matches", style: "dim" as const }] : []),
      ...rows.slice(this.#first, this.#first + room).map((row) => ({ text: rowLine(row, columns, this.#watch.tick) })),
    ]);
  }

  #typed(key: string): void {
    const { query } = this.#wanted;
    if (key === "\r" || key === "\n") this.#isTyping = false;
    else if (key === "\u001b") {
      this.#isTyping = false;
      this.#wanted.query = "";
    } else if (key === "\u007f" || key === "\b") this.#wanted.query = [...query].slice(0, -1).join("");
    else if (!/\p{Cc}/u.test(key)) this.#wanted.query = query + key;
  }

  #pressed(key: string): void {
    const room = Math.max(1, this.#screen.rows - HEAD_LINES);
    // Raw, a terminal makes no signal of it.
    if (key === "\u0003") return this.#end();
    if (this.#isTyping) this.#typed(key);
    else if (key === "q") return this.#end();
    else if (key === "/") this.#isTyping = true;
    else if (key === "\u001b") this.#wanted.query = "";
    else if (key === "s") {
      this.#wanted.sort = SORTS[(SORTS.indexOf(this.#wanted.sort) + 1) % SORTS.length]!;
      this.#wanted.descending = this.#wanted.sort !== "name";
    } else if (key === "r") this.#wanted.descending = !this.#wanted.descending;
    else if (key === "f") this.#isFamilies = !this.#isFamilies;
    else if (key === "p") this.#isPaused = !this.#isPaused;
    else if (key === DOWN || key === "j") this.#first++;
    else if (key === UP || key === "k") this.#first--;
    else if (key === PAGE_DOWN) this.#first += room;
    else if (key === PAGE_UP) this.#first -= room;
    this.#draw();
  }
}

/** Returns what the program ends with. */
export async function watching(args: readonly string[]): Promise<number> {
  const asked = given(args);
  if (asked.isOnce || asked.isJson || process.stdout.isTTY !== true) return piped(asked);
  await new Top(asked).run();
  return 0;
}
