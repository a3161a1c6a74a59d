// What becomes of a status: its class or itself, and one word for requests whose response did not come to its end.

/** Whoever waited has left, or the response failed on its way. */
export const ABORTED = "aborted";
const OTHER = "other";
const CLASSES = [ABORTED, "1xx", "2xx", "3xx", "4xx", "5xx", OTHER] as const;
const OUTSIDE = CLASSES.length - 1;
const CODE_LEAST = 100;
const CODE_MOST = 599;

/** A small number for each of the values that a status may have: 0 is that of aborted requests. */
export function statusNumber(status: number, isAborted: boolean, isClass: boolean): number {
  // Nothing was sent where there is no status.
  if (isAborted || status === 0) return 0;
  if (!(status >= CODE_LEAST && status <= CODE_MOST)) return OUTSIDE;
  return isClass ? Math.floor(status / 100) : Math.floor(status);
}

/** The value of such a number. */
export function statusText(number: number): string {
  return CLASSES[number] ?? String(number);
}
