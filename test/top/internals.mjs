// What watches pages, bundled: the page of the exporter and `tallystick top` have it inside, so its tests need neither.

import { bundled } from "../bundled.mjs";

const outfile = await bundled(
  "top",
  `
    export { seen, short } from "./bindings/top/seen.ts";
    export { History, TICKS } from "./bindings/top/history.ts";
    export { Steady } from "./bindings/top/steady.ts";
    export { cameOf, quantileIn, quantileOf } from "./bindings/top/series.ts";
    export { rateText, unitOf, valueText } from "./bindings/top/units.ts";
    export { BUCKETS_MOST, FAMILIES_MOST, SERIES_MOST, Watch } from "./bindings/top/watch.ts";
    export { linesOf, KINDS } from "./bindings/top/lines.ts";
  `,
  { platform: "neutral" },
);

export const inside = await import(outfile);

/** A watch that read these pages, one a second. */
export function watched(pages, format = "text") {
  const watch = new inside.Watch();
  const read = pages.map((page, i) => watch.page(page, format, 100 + i));
  return { watch, read };
}

/** All series, by the name that is shown and their labels. */
export function seriesOf(watch) {
  return new Map(
    [...watch.families.values()].flatMap((family) =>
      [...family.series.values()].map((series) => [`${family.shown}${series.text === "" ? "" : `{${series.text}}`}`, series]),
    ),
  );
}
