// What was found, up to a limit: hostile pages have a mistake in every line.

import { type RuleName, severityOf, type Severity } from "./rules.ts";

/** A rule that is not kept, and where. */
export interface Finding {
  /** From 1; of what is missing, that of the metric's first line, and of the whole page 1. */
  readonly line: number;
  /** The family's name; empty where there is none. */
  readonly metric: string;
  readonly rule: RuleName;
  readonly severity: Severity;
  readonly message: string;
}

/** Characters of a word that a message shows. */
const SHOWN_MOST = 80;

/** Of a message; the words in it are shortened where it is made. */
const MESSAGE_MOST = 1000;

/** A copy: what is cut from a line keeps all of the line. */
export function flat(text: string): string {
  return ` ${text}`.slice(1);
}

/** A word of the page that a message shows, which may have a million characters. */
export function short(word: string): string {
  return word.length > SHOWN_MOST ? `${word.slice(0, SHOWN_MOST)}…` : word;
}

/** The same in quotes: it may be anything. */
export function quoted(word: string): string {
  return JSON.stringify(short(word));
}

export class Findings {
  readonly #all: Finding[] = [];
  readonly #most: number;
  readonly #disabled: ReadonlySet<string>;
  /** What came beyond the limit, and is counted alone. */
  more = 0;

  constructor(most: number, disabled: ReadonlySet<string>) {
    this.#most = most;
    this.#disabled = disabled;
  }

  tell(rule: RuleName, line: number, metric: string, message: string): void {
    if (this.#disabled.has(rule)) return;
    if (this.#all.length === this.#most) {
      this.more++;
      return;
    }
    const said = flat(message.slice(0, MESSAGE_MOST));
    this.#all.push({ line, metric: flat(short(metric)), rule, severity: severityOf(rule), message: said });
  }

  /** In the order of the lines. */
  all(): Finding[] {
    return this.#all.toSorted((one, other) => one.line - other.line);
  }
}
