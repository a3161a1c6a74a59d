// Labels as a page writes them, to be read by people.

import type { Label } from "../lint/scan.ts";
import { seen, short } from "./seen.ts";

const PLAIN = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Characters of a value that are shown: it may be a page of its own. */
const VALUE_MOST = 200;

/** `method="GET",code="200"`. */
export function labelText(labels: readonly Label[]): string {
  return labels
    .map(({ name, value }) => {
      const shown = seen(short(value, VALUE_MOST).replace(/[\\"]/g, "\\$&"));
      return `${PLAIN.test(name) ? name : `"${seen(name.replace(/[\\"]/g, "\\$&"))}"`}="${shown}"`;
    })
    .join(",");
}
