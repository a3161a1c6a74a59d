// Time zones of what is typed and printed: how far a zone's clocks are ahead of UTC, which time they show, and which moment a time of
// theirs is. Rows and files know none: their timepoints are nanoseconds since the epoch.

/** Zones change their clocks at quarters of an hour of UTC. */
const QUARTER = 900_000;
const MINUTE = 60_000;
export const DAY = 86_400_000;
const OFFSET = /^([+-])(\d\d):?([0-5]\d)$/;
const HOURS_MOST = 23;
const PARTS = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;

/** How many milliseconds clocks are ahead of UTC at a moment, in milliseconds since the epoch. */
type Ahead = (milliseconds: number) => number;

export class Zone {
  readonly name: string;
  readonly #ahead: Ahead;
  #quarter = NaN;
  #there = 0;

  constructor(name: string, ahead: Ahead) {
    this.name = name;
    this.#ahead = ahead;
  }

  #aheadAt(milliseconds: number): number {
    const quarter = Math.floor(milliseconds / QUARTER);
    if (quarter !== this.#quarter) {
      this.#there = this.#ahead(quarter * QUARTER);
      this.#quarter = quarter;
    }
    return this.#there;
  }

  /** What its clocks show at a moment, as milliseconds since they showed the beginning of 1970. */
  shown(milliseconds: number): number {
    return milliseconds + this.#aheadAt(milliseconds);
  }

  /** The moment at which its clocks show that; the first one of two, and of none, where clocks are set forward, as if they had not been. */
  moment(shown: number): number {
    const before = shown - this.#aheadAt(shown - DAY);
    const after = shown - this.#aheadAt(shown + DAY);
    const isShown = (moment: number) => this.shown(moment) === shown;
    return isShown(before) || !isShown(after) ? before : after;
  }

  /** What its clocks show, as Date.toISOString has it, without the zone; undefined for what no date is. */
  text(milliseconds: number): string | undefined {
    const date = new Date(this.shown(milliseconds));
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, -1);
  }
}

export const UTC = new Zone("UTC", () => 0);

/** By the runtime's own rules of all zones. */
function aheadIn(timeZone: string): Ahead {
  const format = new Intl.DateTimeFormat("en-US", { ...PARTS, timeZone, hourCycle: "h23", era: "short", calendar: "gregory" });
  return (milliseconds) => {
    const date = new Date(milliseconds);
    if (Number.isNaN(date.getTime())) return 0;
    const of: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(date)) of[type] = value;
    const year = of["era"]?.startsWith("B") === true ? 1 - Number(of["year"]) : Number(of["year"]);
    const shown = new Date(0);
    shown.setUTCFullYear(year, Number(of["month"]) - 1, Number(of["day"]));
    return shown.setUTCHours(Number(of["hour"]), Number(of["minute"]), Number(of["second"])) - milliseconds;
  };
}

/** UTC, `local`, an offset such as +02:00, or a name such as Europe/Zurich; undefined where it is none of them. */
export function zoneOf(text: string): Zone | undefined {
  if (/^(utc|z)$/i.test(text)) return UTC;
  const offset = OFFSET.exec(text);
  if (offset !== null) {
    const [, sign, hours, minutes] = offset;
    const ahead = (Number(hours) * 60 + Number(minutes)) * MINUTE * (sign === "-" ? -1 : 1);
    return Number(hours) > HOURS_MOST ? undefined : new Zone(`${sign}${hours}:${minutes}`, () => ahead);
  }
  try {
    const { timeZone } = new Intl.DateTimeFormat("en-US", text === "local" ? {} : { timeZone: text }).resolvedOptions();
    return timeZone === "UTC" ? UTC : new Zone(timeZone, aheadIn(timeZone));
  } catch {
    return undefined;
  }
}
