// `tallystick/exporter`: metrics over HTTP, whatever the application is doing.

export { type Exporter, serve } from "./exporter.ts";
export type { ServeAuth, ServeOptions, ServeTls } from "./settings.ts";
export { ExporterError, type ExporterErrorCode } from "./worded.ts";
