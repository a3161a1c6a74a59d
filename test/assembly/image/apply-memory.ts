// Every allocation fails once: what was shown stays, and the same frame once more does the rest.

import { count, failFrom, family } from "../formatted";
import { counter, process, ready } from "./applying";
import { applied, begun, bytesUsed, described, familyThere, published, said, sealed, source, speaking, totalThere, whole } from "./frames";
import { imageApply } from "../../../assembly/image/apply";
import { FRAME_FULL, FRAME_LAST } from "../../../assembly/image/format";
import { processCreate, processDrop, processSeries } from "../../../assembly/image/processes";
import { sourcePublish } from "../../../assembly/image/publish";
import { HISTOGRAM } from "../../../assembly/layout";
import { EXHAUSTED, OK, WANTED } from "../../../assembly/status";
import { limboEmpty } from "../../../assembly/store/limbo";
import { familySeries } from "../../../assembly/store/report";

describe("imageApply, without memory", () => {
  beforeEach(ready);

  it("without memory for any of what it takes goes on later, and neither loses nor repeats anything", () => {
    const seconds = family(HISTOGRAM, 0, "seconds", "a", [0.1, 1]);
    let used: u32 = 0;
    for (let allocation: u32 = 1; allocation < 120; allocation++) {
      const next = processCreate(source);
      speaking(allocation + 1);
      begun(0, 1);
      described(0, counter);
      for (let i = 0; i < 5; i++) {
        count(counter, 'a="' + i.toString() + '"', 1);
        said(i, counter, 'a="' + i.toString() + '"', true);
      }
      described(1, seconds);
      for (let i = 0; i < 5; i++) {
        count(seconds, 'a="' + i.toString() + '"', 0.5);
        said(i, seconds, 'a="' + i.toString() + '"', true);
      }
      const bytes = sealed(FRAME_FULL | FRAME_LAST);
      failFrom(allocation);
      const status = imageApply(next, bytes);
      failFrom(0);
      expect<bool>(status == OK || status == EXHAUSTED || status == WANTED).toBe(true);
      expect<i32>(applied(next, FRAME_FULL | FRAME_LAST)).toBe(OK);
      expect<u32>(processSeries(next)).toBe(10);
      failFrom(allocation);
      sourcePublish(source, 100);
      failFrom(0);
      published();
      for (let i = 0; i < 5; i++) {
        expect<f64>(totalThere('a="' + i.toString() + '"', 0)).toBe(<f64>allocation);
        expect<f64>(totalThere('a="' + i.toString() + '"', 1)).toBe(0.5 * <f64>allocation);
      }
      processDrop(next);
      if (allocation % 3 != 0) continue;
      published();
      limboEmpty();
      if (allocation == 60) used = bytesUsed();
    }
    published();
    limboEmpty();
    expect<u32>(bytesUsed()).toBeLessThan(used + 1024);
    expect<i32>(familySeries(familyThere(0))).toBe(0);
    expect<i32>(familySeries(familyThere(1))).toBe(0);
  });

  it("without memory for a whole image in the place of one shows that one, and later the other", () => {
    let used: u32 = 0;
    count(counter, 'a="0"', 1);
    whole(process, counter, 'a="0"');
    published();
    for (let allocation: u32 = 1; allocation < 60; allocation++) {
      const before = totalThere('a="0"');
      speaking(1, allocation + 1);
      begun(0, 1);
      described(0, counter);
      for (let i = 0; i < 4; i++) {
        count(counter, 'a="' + i.toString() + '"', 1);
        said(i, counter, 'a="' + i.toString() + '"', true);
      }
      const bytes = sealed(FRAME_FULL | FRAME_LAST);
      failFrom(allocation);
      const status = imageApply(process, bytes);
      failFrom(0);
      published();
      if (status != OK) expect<f64>(totalThere('a="0"')).toBe(before);
      expect<i32>(imageApply(process, bytes)).toBe(OK);
      published();
      for (let i = 0; i < 4; i++) expect<f64>(totalThere('a="' + i.toString() + '"')).toBe(<f64>allocation + (i == 0 ? 1 : 0));
      limboEmpty();
      if (allocation == 30) used = bytesUsed();
    }
    expect<u32>(bytesUsed()).toBeLessThan(used + 512);
    expect<u32>(processSeries(process)).toBe(4);
  });

  it("without memory shows no less of a series that is described anew", () => {
    count(counter, 'a="1"', 1);
    whole(process, counter, 'a="1"');
    published();
    count(counter, 'a="1"', 1);
    for (let allocation: u32 = 1; allocation < 12; allocation++) {
      begun(1, 2);
      described(0, counter);
      said(0, counter, 'a="1"', true);
      const bytes = sealed(FRAME_LAST);
      failFrom(allocation);
      const status = imageApply(process, bytes);
      failFrom(0);
      published();
      if (status == OK) break;
      expect<f64>(totalThere('a="1"')).toBe(1);
    }
    expect<f64>(totalThere('a="1"')).toBe(2);
  });
});
