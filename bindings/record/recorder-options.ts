// What the verbs of a recorder are told beside what they record.

import type { Format } from "./settings.ts";

/** What `label` of a recorder takes beside the name. */
export interface LabelOptions {
  /** Values without a fraction are written as integers, `25`; they would be `25.0`, as Python prints them. */
  readonly whole?: boolean;
}

/** What `drain` and `stream` of a recorder take. */
export interface DrainOptions {
  /** As the recorder's own by default. */
  readonly format?: Format;
}
