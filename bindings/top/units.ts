// Numbers as people read them, in the unit of their metric.

/** Ends of names that say a unit: Prometheus' base units, and what is often seen beside them. */
const UNITS = ["seconds", "bytes", "ratio", "percent", "celsius", "meters", "volts", "amperes", "joules", "grams", "hertz"];
/** What may stand behind a unit in a name. */
const BEHIND = /_(?:total|sum|count|bucket|created)$/;

/** The unit in a metric's name; empty where it says none. */
export function unitOf(name: string): string {
  const plain = name.replace(BEHIND, "");
  if (/_(?:time|timestamp)_seconds$/.test(plain)) return "timestamp";
  return UNITS.find((unit) => plain === unit || plain.endsWith(`_${unit}`)) ?? "";
}

const THOUSAND = 1000;
const KIBI = 1024;
const LARGE = ["", "k", "M", "G", "T", "P", "E"];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const SMALL = ["", "m", "µ", "n", "p"];
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Numbers below are written out: nobody reads 12.3 k of a count that he can see grow. */
const WHOLE_MOST = 100_000;
/** Moments before are lengths of time, whatever the name says. */
const MOMENT_LEAST = 1e9;

/** Three digits that mean something. */
function digits(value: number): string {
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function scaled(value: number, base: number, names: readonly string[]): string {
  let power = 0;
  let left = value;
  // 999.7 would be written 1000.
  while (Math.abs(left) >= base - 0.5 && power < names.length - 1) {
    left /= base;
    power++;
  }
  return `${power === 0 && Number.isInteger(left) ? String(left) : digits(left)} ${names[power]!}`.trimEnd();
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size >= DAY) return `${digits(value / DAY)} d`;
  if (size >= HOUR) return `${digits(value / HOUR)} h`;
  if (size >= 10 * MINUTE) return `${digits(value / MINUTE)} min`;
  if (size >= 1) return `${digits(value)} s`;
  let left = value;
  let power = 0;
  while (Math.abs(left) < 1 && power < SMALL.length - 2) {
    left *= THOUSAND;
    power++;
  }
  return `${digits(left)} ${SMALL[power]!}s`;
}

function plain(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (Number.isInteger(value) && size < WHOLE_MOST) return String(value);
  if (size >= THOUSAND ** LARGE.length || size < 1e-4) return value.toExponential(2);
  if (size < 1) return String(Number(value.toPrecision(3)));
  return scaled(value, THOUSAND, LARGE);
}

function moment(value: number): string {
  const date = new Date(value * THOUSAND);
  if (Number.isNaN(date.getTime())) return seconds(value);
  return date.toISOString().slice(0, 19).replace("T", " ");
}

/** A value with its unit: `12.3 ms`, `1.50 MiB`, `3`; an en dash for NaN, which is what there is not. */
export function valueText(value: number, unit = ""): string {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : "−∞";
  if (unit === "bytes") return scaled(value, KIBI, BINARY);
  if (unit === "seconds") return seconds(value);
  if (unit === "timestamp") return value >= MOMENT_LEAST ? moment(value) : seconds(value);
  if (unit === "ratio") return `${digits(value * 100)} %`;
  if (unit === "percent") return `${digits(value)} %`;
  return plain(value);
}

/** How fast something grows: `12.3/s`, `1.50 MiB/s`. */
export function rateText(rate: number, unit = ""): string {
  if (Number.isNaN(rate)) return "–";
  const of = unit === "bytes" || unit === "seconds" ? unit : "";
  return `${valueText(Number.isInteger(rate) ? rate : Number(rate.toPrecision(6)), of)}/s`;
}
