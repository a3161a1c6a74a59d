// Who counts of several processes, by type and mode.

import { family, format } from "../formatted";
import { Wanted } from "../wanted";
import { livesAlone, printsAll } from "../../../assembly/image/modes";
import {
  COUNTER,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  NATIVE,
  STATESET,
  SUMMARY,
  UNKNOWN,
} from "../../../assembly/layout";

const MODES: u32[] = [MODE_SUM, MODE_MIN, MODE_MAX, MODE_MOSTRECENT, MODE_ALL];

function gauge(mode: u32): i32 {
  return family(GAUGE, mode, "level" + mode.toString());
}

beforeEach(() => {
  format();
});

describe("livesAlone", () => {
  it("is false for what was counted, which the dead have counted, too", () => {
    const kept: u32[] = [COUNTER, HISTOGRAM, SUMMARY, NATIVE];
    for (let i = 0; i < kept.length; i++) expect<bool>(livesAlone(new Wanted(kept[i], "f" + i.toString()).family())).toBe(false);
  });

  it("is true for what is so now: info, state sets, unknowns, gauge histograms, shared gauges", () => {
    const now: u32[] = [INFO, STATESET, UNKNOWN, GAUGE_HISTOGRAM];
    for (let i = 0; i < now.length; i++) expect<bool>(livesAlone(new Wanted(now[i], "f" + i.toString()).family())).toBe(true);
    expect<bool>(livesAlone(gauge(MODE_SHARED))).toBe(true);
  });

  it("is what the mode of a gauge says", () => {
    for (let i = 0; i < MODES.length; i++) {
      expect<bool>(livesAlone(gauge(MODES[i]))).toBe(false);
      expect<bool>(livesAlone(gauge(MODES[i] | MODE_LIVE))).toBe(true);
    }
  });
});

describe("printsAll", () => {
  it("is true for gauges of `all` and `liveall`, and nothing else", () => {
    for (let i = 0; i < MODES.length; i++) {
      expect<bool>(printsAll(gauge(MODES[i]))).toBe(MODES[i] == MODE_ALL);
      expect<bool>(printsAll(gauge(MODES[i] | MODE_LIVE))).toBe(MODES[i] == MODE_ALL);
    }
    expect<bool>(printsAll(new Wanted(COUNTER, "jobs", MODE_ALL).family())).toBe(false);
  });
});
