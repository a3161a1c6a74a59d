// `--zone`: which moment a time of a zone is, and what its clocks show, also where they are changed; days that begin at its midnights.

import assert from "node:assert/strict";
import { test } from "node:test";
import { program } from "./internals.mjs";
import { csv, folder, NO_PANDAS, output, python, run, runAlone } from "./recorded.mjs";

const { momentOf, zoneOf } = program;
const HOUR = 3_600_000;
const utc = (text) => Date.parse(`${text}Z`);
const nanos = (text) => BigInt(utc(text)) * 1_000_000n;

test("zoneOf: names, offsets and the machine's own; others are none", () => {
  for (const [text, name] of [
    ["UTC", "UTC"],
    ["utc", "UTC"],
    ["Z", "UTC"],
    ["Europe/Zurich", "Europe/Zurich"],
    ["europe/zurich", "Europe/Zurich"],
    ["+02:00", "+02:00"],
    ["-0330", "-03:30"],
  ]) {
    assert.equal(zoneOf(text)?.name, name, text);
  }
  assert.notEqual(zoneOf("local"), undefined);
  for (const text of ["", "Nowhere", "+25:00", "+02:70", "+2", "Europe/Zürich"]) assert.equal(zoneOf(text), undefined, text);
});

test("zone.moment: what clocks show, the first of two moments, and of none as if they had not been changed", () => {
  for (const [zone, shown, moment] of [
    ["Europe/Zurich", "2026-01-15T12:00:00", "2026-01-15T11:00:00"],
    ["Europe/Zurich", "2026-07-15T12:00:00", "2026-07-15T10:00:00"],
    // Twice, and never.
    ["Europe/Zurich", "2026-10-25T02:30:00", "2026-10-25T00:30:00"],
    ["Europe/Zurich", "2026-03-29T02:30:00", "2026-03-29T01:30:00"],
    ["Europe/Zurich", "2026-10-25T03:00:00", "2026-10-25T02:00:00"],
    // A day that begins at one.
    ["America/Santiago", "2026-09-06T00:00:00", "2026-09-06T04:00:00"],
    ["Asia/Kolkata", "2026-01-01T00:00:00", "2025-12-31T18:30:00"],
    ["Australia/Lord_Howe", "2026-04-05T00:00:00", "2026-04-04T13:00:00"],
    ["-03:30", "2026-01-01T00:00:00", "2026-01-01T03:30:00"],
    ["UTC", "1969-12-31T00:00:00", "1969-12-31T00:00:00"],
  ]) {
    assert.equal(new Date(zoneOf(zone).moment(utc(shown))).toISOString(), `${moment}.000Z`, `${zone} ${shown}`);
  }
  const zurich = zoneOf("Europe/Zurich");
  for (let at = utc("2026-01-01T00:00:00"); at < utc("2027-01-01T00:00:00"); at += 7 * HOUR) {
    if (Math.abs(at - utc("2026-10-25T01:00:00")) > HOUR) assert.equal(zurich.moment(zurich.shown(at)), at);
  }
  assert.equal(zurich.text(utc("2026-10-25T00:30:00")), "2026-10-25T02:30:00.000");
  assert.equal(zurich.text(1e18), undefined);
  assert.deepEqual(momentOf("2026-07-15 12:00", 0, zurich), { seconds: utc("2026-07-15T10:00:00") / 1000, nanos: 0 });
  assert.deepEqual(momentOf("2026-07-15T12:00Z", 0, zurich), { seconds: utc("2026-07-15T12:00:00") / 1000, nanos: 0 });
});

/** Each half hour of five days, in which clocks are set back. */
const half = (_, i) => [nanos("2026-10-23T00:00:00") + BigInt(i) * 1_800_000_000_000n, i, "a", 7];

const DAYS = `
import io, sys, pandas
frame = pandas.read_csv(sys.argv[1] + "/a.csv")
times = pandas.to_datetime(frame["Timepoint"], unit="ns", utc=True).dt.tz_convert("Europe/Zurich")
days = frame.assign(Timepoint=times).set_index("Timepoint")["Measurement"].resample("1d")
for begin, count, mean in zip(days.count().index, days.count(), days.mean()): print(begin.value, count, mean)
`;

test("resample --zone: days are those of pandas behind tz_convert, and a longer day has its own rate", { skip: NO_PANDAS }, (t) => {
  const dir = folder(t, { "a.csv": csv(...Array.from({ length: 240 }, half)) });
  const rows = output("resample", dir, "--every", "1d", "--zone", "Europe/Zurich", "--format", "jsonl").trimEnd().split("\n");
  const own = rows.map((row) => JSON.parse(row));
  assert.deepEqual(
    own.map(({ timepoint, count, mean }) => `${timepoint} ${count} ${mean.toFixed(1)}`),
    python(DAYS, dir).trimEnd().split("\n"),
  );
  assert.deepEqual(
    own.map(({ count, rate }) => Math.round((count / rate / 3600) * 100) / 100),
    [24, 24, 25, 24, 24, 24],
  );
});

test("resample and summary --zone: times for people are the zone's and say so; those that are typed without one, too", (t) => {
  const dir = folder(t, { "a.csv": csv(...Array.from({ length: 240 }, half)) });
  const zone = ["--zone", "Europe/Zurich"];
  const table = output("resample", dir, "--every", "1d", ...zone).split("\n");
  assert.equal(table[0], "Times are of Europe/Zurich");
  assert.deepEqual(
    table.slice(4, 10).map((line) => line.split(" ")[0]),
    ["2026-10-23", "2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27", "2026-10-28"],
  );
  const since = ["--since", "2026-10-25", "--until", "2026-10-25T04:00"];
  const hours = output("resample", dir, "--every", "1h", ...zone, ...since).split("\n");
  assert.deepEqual(
    hours.slice(4, 9).map((line) => line.slice(0, 8)),
    ["00:00:00", "01:00:00", "02:00:00", "02:00:00", "03:00:00"],
  );
  assert.match(output("summary", dir, ...zone, ...since), /,\s2026-10-25 00:00:00 to 2026-10-25 03:30:00 Europe\/Zurich \(4 h 30 min\)/);
  assert.match(output("summary", dir, ...since), /,\s2026-10-25 00:00:00 to 2026-10-25 03:30:00 UTC \(3 h 30 min\)/);
  const late = run("summary", dir, ...zone, "--since", "2027-01-01");
  assert.match(late.stderr, /they are from 2026-10-23 02:00:00 to 2026-10-28 00:30:00 Europe\/Zurich/);
  const local = runAlone({ TZ: "Asia/Kolkata" }, "summary", dir, "--zone", "local");
  assert.match(local.stdout, /,\s2026-10-23 05:30:00 to 2026-10-28 05:00:00 Asia\/(Kolkata|Calcutta) /);
  const wrong = run("summary", dir, "--zone", "CEST");
  assert.equal(wrong.status, 64);
  assert.match(wrong.stderr, /--zone is "CEST", which is no time zone such as UTC, local, Europe\/Zurich or \+02:00/);
});

test("summary --svg --zone: times below plots are round ones of the zone", (t) => {
  const dir = folder(t, { "a.csv": csv(...Array.from({ length: 48 }, half)) });
  const file = `${folder(t)}/a.svg`;
  output("summary", dir, "--zone", "Asia/Kolkata", "--svg", file);
  const times = python("import re, sys; print(*re.findall('class=\"time\"[^>]*>([^<]*)', open(sys.argv[1]).read()), sep='|')", file);
  assert.equal(times.trim(), "10-23 06:00|10-23 12:00|10-23 18:00|10-24 00:00");
});
