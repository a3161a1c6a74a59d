// What goes wrong is told once for as long as it is wrong: a disk that is full is full again a second later.

import { codeOf } from "../processes/disk.ts";
import { RecorderError } from "./worded.ts";

export class Telling {
  readonly #told: (error: unknown) => void;
  #failing = "";

  constructor(told: (error: unknown) => void) {
    this.#told = told;
  }

  /** Tells a failure unless it is the one that was told last, and lasts. */
  tell(error: unknown): void {
    const failing = error instanceof RecorderError ? `${error.code} ${codeOf(error.cause)}` : String(error);
    if (failing === this.#failing) return;
    this.#failing = failing;
    this.#told(error);
  }

  /** All went well: the same failure is news again. */
  well(): void {
    this.#failing = "";
  }
}
