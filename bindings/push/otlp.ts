// `tallystick/otlp`: metrics of a registry, sent to whatever receives OpenTelemetry's protocol over HTTP.

import { Otlp, type OtlpExporter } from "./otlp-exporter.ts";
import { type OtlpOptions, otlpSettings } from "./otlp-settings.ts";
import { wayOf } from "./way.ts";

export type { SendAuth, TargetOptions } from "./target.ts";
export type { SendFetch, SendInit, SendReader, SendResponse } from "./request.ts";
export type { OtlpExporter, OtlpStatistics } from "./otlp-exporter.ts";
export type { OtlpOptions } from "./otlp-settings.ts";
export { SendError, type SendErrorCode } from "./worded.ts";

/**
 * Exports all metrics by OTLP over HTTP, every `intervalSeconds`: as protobuf or JSON, cumulative or as differences, native histograms as
 * exponential ones. It keeps no process alive: the last word is `await exporter.close()`.
 *
 * Throws a TypeError for options that there are not and for one of another kind, a RangeError for numbers that are out of bounds. Nothing
 * that happens later throws in the application's own work.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { otlp } from "tallystick/otlp";
 *
 * registry.counter({ name: "orders", help: "Orders taken." }).inc();
 * const options = { closeSeconds: 0, onError: () => {} };
 * const exporter = otlp({ url: "http://127.0.0.1:1", resource: { "service.name": "shop" }, ...options });
 * await exporter.flush(); // false
 * await exporter.close();
 * exporter.statistics.sent; // 0
 * ```
 */
export function otlp(options: OtlpOptions): OtlpExporter {
  return new Otlp(options, otlpSettings(options, true), { hasTimers: true, way: wayOf });
}
