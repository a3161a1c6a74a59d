// `tallystick/otlp` where there are no timers of one's own: `flush()` at the end of a request exports what there is.

import { Otlp, type OtlpExporter } from "./otlp-exporter.ts";
import { type OtlpOptions, otlpSettings } from "./otlp-settings.ts";
import { plainWay } from "./way.ts";

export type { SendAuth, TargetOptions } from "./target.ts";
export type { SendFetch, SendInit, SendReader, SendResponse } from "./request.ts";
export type { OtlpExporter, OtlpStatistics } from "./otlp-exporter.ts";
export type { OtlpOptions } from "./otlp-settings.ts";
export { SendError, type SendErrorCode } from "./worded.ts";

/** As elsewhere, but for `intervalSeconds`, which is refused: `ctx.waitUntil(exporter.flush())`. */
export function otlp(options: OtlpOptions): OtlpExporter {
  return new Otlp(options, otlpSettings(options, false), { hasTimers: false, way: () => Promise.resolve(plainWay) });
}
