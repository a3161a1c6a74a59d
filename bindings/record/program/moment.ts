// Points in time as they are typed and printed: seconds since the epoch and nanoseconds, for a double cannot hold both.

import type { Batch } from "./batch.ts";
import type { Zone } from "./zone.ts";

export interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

const NANO_DIGITS = 9;
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };
/** Milliseconds, by the names that pandas has for them, too: S, H and D it takes as well, and M and MS are months there. */
const STRETCH_UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const STRETCH = /^(\d{1,9})(ms|[sS]|m|min|[hH]|[dD])$/;
const INTEGER = /^\d{1,19}$/;
const AGO = /^(\d{1,9})([smhd])$/;
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/i;

/**
 * A moment of what was typed: nanoseconds since the epoch, a date or a date with a time (of `zone`, where it says none), or so much
 * before now: 90s, 15m, 2h, 7d. Undefined where it is none of them.
 */
export function momentOf(text: string, nowMilliseconds: number, zone: Zone): Moment | undefined {
  if (INTEGER.test(text)) {
    const digits = text.padStart(NANO_DIGITS + 1, "0");
    return { seconds: Number(digits.slice(0, -NANO_DIGITS)), nanos: Number(digits.slice(-NANO_DIGITS)) };
  }
  const ago = AGO.exec(text);
  if (ago !== null) {
    const milliseconds = nowMilliseconds - Number(ago[1]) * UNITS[ago[2]!]! * 1000;
    return { seconds: Math.floor(milliseconds / 1000), nanos: Math.floor((milliseconds % 1000) + (milliseconds < 0 ? 1000 : 0)) * 1e6 };
  }
  const iso = ISO.exec(text);
  if (iso === null) return undefined;
  const [, date, time = "00:00:00", fraction = "", said] = iso;
  const parsed = Date.parse(`${date}T${time}${time.length === 5 ? ":00" : ""}${said?.toUpperCase() ?? "Z"}`);
  if (Number.isNaN(parsed)) return undefined;
  const milliseconds = said === undefined ? zone.moment(parsed) : parsed;
  return { seconds: milliseconds / 1000, nanos: Number(fraction.padEnd(NANO_DIGITS, "0")) };
}

export function isBefore(one: Moment, other: Moment): boolean {
  return one.seconds < other.seconds || (one.seconds === other.seconds && one.nanos < other.nanos);
}

/** Milliseconds of a stretch of time as it is typed: 250ms, 1s, 15m or 15min, 2h, 7d. Undefined where it is none. */
export function millisecondsOf(text: string): number | undefined {
  const stretch = STRETCH.exec(text);
  return stretch === null ? undefined : Number(stretch[1]) * STRETCH_UNITS[stretch[2]!.toLowerCase()]!;
}

/** Keeps the rows from `since` on and before `until`. */
export function keepWithin(batch: Batch, since: Moment | undefined, until: Moment | undefined): void {
  const { seconds, nanos, values, whole, labels, pids } = batch;
  const from = since ?? { seconds: -Infinity, nanos: 0 };
  const to = until ?? { seconds: Infinity, nanos: 0 };
  let kept = 0;
  for (let i = 0; i < batch.rows; i++) {
    const second = seconds[i]!;
    const nano = nanos[i]!;
    if (second < from.seconds || (second === from.seconds && nano < from.nanos)) continue;
    if (second > to.seconds || (second === to.seconds && nano >= to.nanos)) continue;
    seconds[kept] = second;
    nanos[kept] = nano;
    values[kept] = values[i]!;
    whole[kept] = whole[i]!;
    labels[kept] = labels[i]!;
    pids[kept] = pids[i]!;
    kept++;
  }
  batch.rows = kept;
}

/** Nanoseconds since the epoch, as digits. */
export function digitsOf(seconds: number, nanos: number): string {
  return seconds === 0 ? String(nanos) : `${seconds}${String(nanos).padStart(NANO_DIGITS, "0")}`;
}

/** Of milliseconds since the epoch, by the clocks of a zone: 2026-11-27 10:15:00. */
export function dateOf(milliseconds: number, zone: Zone): string {
  return zone.text(milliseconds)?.slice(0, 19).replace("T", " ") ?? "?";
}

/** In milliseconds since the epoch. */
export interface Stretch {
  readonly begin: number;
  readonly end: number;
}

/** From when to when, to the second, and how long that is. */
export function reachOf({ begin, end }: Stretch, zone: Zone): string {
  return `${dateOf(begin, zone)} to ${dateOf(Math.ceil(end / 1000) * 1000, zone)} ${zone.name} (${stretchOf(end - begin)})`;
}

/** How long a stretch of time is, in two units: 1 d 3 h, 2 min 5 s, 0.35 s. */
export function stretchOf(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  const two = (large: number, largeUnit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(Math.floor(whole / 60), "min", whole % 60, "s");
  if (whole < 86400) return two(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
  return two(Math.floor(whole / 86400), "d", Math.floor((whole % 86400) / 3600), "h");
}
