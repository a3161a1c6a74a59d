// What the verbs of a recorder are told beside what they record.

import type { Format } from "./settings.ts";

export interface LabelOptions {
  /** Values without a fraction are written as integers, `25`; they would be `25.0`, as Python prints them. */
  readonly whole?: boolean;
}

export interface DrainOptions {
  /** As the recorder's own by default. */
  readonly format?: Format;
}
