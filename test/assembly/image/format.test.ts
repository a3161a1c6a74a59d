// The format of images: tags and flags that do not meet. Whoever changes one of these raises IMAGE_VERSION.

import "../formatted";
import { Definition } from "../../../assembly/layout";
import {
  FRAME_BASED,
  FRAME_BASELINE,
  FRAME_ENDED,
  FRAME_FULL,
  FRAME_HEAD,
  FRAME_LAST,
  IMAGE_MAGIC,
  IMAGE_VERSION,
  SERIES_EXEMPLARS,
  SERIES_NEW,
  SERIES_QUANTILES,
  SERIES_REMOVED,
  SERIES_TIMESTAMP,
  SERIES_VALUE,
  TAG_END,
  TAG_ENTER,
  TAG_FAMILY,
  TAG_GONE,
  TAG_HEAD,
  TAG_SERIES,
  VALUE_DOUBLE,
  VALUE_NONE,
  VALUE_PAIR,
  VALUE_WHOLE,
} from "../../../assembly/image/format";

describe("the format", () => {
  it("has tags and flags that do not meet", () => {
    const flags = [SERIES_NEW, SERIES_REMOVED, SERIES_EXEMPLARS, SERIES_TIMESTAMP, SERIES_QUANTILES, SERIES_VALUE, TAG_SERIES];
    let all: u32 = 0;
    for (let i = 0; i < flags.length; i++) {
      expect<u32>(all & flags[i]).toBe(0);
      all |= flags[i];
    }
    expect<u32>(all).toBe(255);
    expect<u32>(VALUE_WHOLE | VALUE_DOUBLE | VALUE_PAIR | VALUE_NONE).toBe(SERIES_VALUE);
    expect<u32>(TAG_END | TAG_HEAD | TAG_FAMILY | TAG_ENTER | TAG_GONE).toBe(7);
    expect<u32>(FRAME_FULL | FRAME_LAST | FRAME_ENDED | FRAME_BASELINE | FRAME_BASED).toBe(31);
  });

  it("is what it was", () => {
    expect<u32>(IMAGE_MAGIC).toBe(0x49594c54);
    expect<u32>(IMAGE_VERSION).toBe(2);
    expect<u32>(FRAME_HEAD & 7).toBe(0);
    // It is in an image as it is.
    expect<usize>(offsetof<Definition>()).toBe(88);
  });
});
