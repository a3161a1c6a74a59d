// Parts: where what stands behind them is.

import { failFrom, family, format, native, summary } from "../formatted";
import { Wanted } from "../wanted";
import {
  Base,
  COUNTER,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_LIVE,
  MODE_MOSTRECENT,
  MODE_SUM,
} from "../../../assembly/layout";
import {
  hasOrder,
  hasShares,
  isSummary,
  isWhole,
  partBehind,
  partCleared,
  partList,
  partListed,
  partMade,
} from "../../../assembly/image/part";

describe("partMade", () => {
  it("makes an empty part in this writer's room, or none without memory", () => {
    format();
    const part = partMade(24);
    expect<u32>(changetype<Base>(part).bytes).toBe(72);
    expect<u32>(changetype<Base>(part).set).toBe(0);
    expect<u64>(load<u64>(part + 64)).toBe(0);
    partCleared(part, 0);
    expect<u32>(changetype<Base>(part).bytes).toBe(48);
    failFrom(1);
    expect<usize>(partMade(1 << 20)).toBe(0);
    failFrom(0);
  });
});

describe("partList", () => {
  it("is behind a summary's count, and behind nothing else", () => {
    format();
    const spent = summary("spent");
    const each = family(GAUGE, MODE_ALL | MODE_LIVE, "each");
    expect<usize>(partBehind(1000)).toBe(1048);
    expect<usize>(partListed(spent, 1000)).toBe(1056);
    expect<usize>(partList(spent, 1000)).toBe(1064);
    expect<usize>(partListed(each, 1000)).toBe(1048);
    expect<usize>(partList(each, 1000)).toBe(1056);
  });
});

describe("hasShares", () => {
  it("tells types and modes apart", () => {
    format();
    const each = family(GAUGE, MODE_ALL | MODE_LIVE, "each");
    const latest = family(GAUGE, MODE_MOSTRECENT, "latest");
    const sum = family(GAUGE, MODE_SUM, "sum");
    const jobs = family(COUNTER, 0, "jobs");
    const sizes = family(HISTOGRAM, 0, "sizes", "", [1]);
    const wait = native("wait", "", 3, 40);
    const spent = summary("spent");
    const info = new Wanted(INFO, "build").family();
    const whole = new Wanted(GAUGE_HISTOGRAM, "queues");
    whole.bounds = [1];
    const queues = whole.family();
    const families = [each, latest, sum, jobs, sizes, wait, spent, info, queues];
    for (let i = 0; i < families.length; i++) {
      expect<bool>(hasShares(families[i])).toBe(families[i] == each);
      expect<bool>(hasOrder(families[i])).toBe(families[i] == latest || families[i] == info);
      expect<bool>(isSummary(families[i])).toBe(families[i] == spent);
      expect<bool>(isWhole(families[i])).toBe(families[i] == info || families[i] == queues);
    }
  });
});
