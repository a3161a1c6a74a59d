// How long a server wants to be left alone: the header Retry-After, seconds or a date (RFC 9110, 10.2.3).

/** Longer than this no answer makes anybody wait. */
const RETRY_SECONDS_MOST = 3600;
/** Such as "Fri, 27 Nov 2026 21:00:00 GMT", and the two older forms, of which asctime's says no zone: what runtimes take for dates is more. */
const DATE = /^[A-Z][a-z]{2}.* \d\d:\d\d:\d\d/;

/** Seconds from 0 to an hour; undefined where it says neither. `now` in milliseconds since the epoch. */
export function retryAfterSeconds(header: string | null | undefined, now: number): number | undefined {
  const text = (header ?? "").trim();
  const date = () => (Date.parse(text.endsWith("T") ? text : `${text} GMT`) - now) / 1000;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : DATE.test(text) ? date() : NaN;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), RETRY_SECONDS_MOST);
}
