// A page that goes together piece by piece: families as they lie, and what foreign objects tell.

import { currentRuntime } from "../runtime.ts";
import { keeperOf } from "./keeper.ts";
import { type Page, storedPieces, type Told, toldText } from "./lines.ts";
import type { Gettable } from "./shapes.ts";
import type { Stored } from "./stored.ts";
import { View } from "./view.ts";

/** So many series are written before the event loop has its turn. */
const SERIES_A_TURN = 500;

/** What is shown of a metric: a family as it lies, or what an object tells. */
export function storedOf(metric: object): Stored | undefined {
  if (metric instanceof View) return View.stored(metric);
  const keeper = keeperOf(metric);
  // Whoever has a `get` of their own wants to be asked.
  return keeper === undefined || !keeper.isPlain(metric) ? undefined : keeper.settled;
}

/** The event loop turns between the pieces. */
export class Text {
  readonly #page: Page;
  #series = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Rejects with what the object threw. */
  async of(metric: Gettable): Promise<string> {
    const stored = storedOf(metric);
    if (stored === undefined) return toldText((await asked(metric)) as Told, this.#page);
    const pieces: string[] = [];
    for (const piece of storedPieces(stored, this.#page)) {
      pieces.push(piece);
      if (++this.#series % SERIES_A_TURN === 0) await currentRuntime().pause();
    }
    return pieces.join("\n");
  }
}

async function asked(metric: Gettable): Promise<unknown> {
  const { getForPromString } = metric as { getForPromString?: unknown };
  return typeof getForPromString === "function" ? (getForPromString.call(metric) as unknown) : metric.get();
}
