// `tallystick/exporter` where there are no servers of one's own: the same program says so.

import { registry as defaultRegistry } from "../index.ts";
import type { Exporter } from "./exporter.ts";
import { type ServeOptions, settingsOf } from "./settings.ts";
import { ExporterError, NO_SERVERS } from "./worded.ts";

export type { Exporter } from "./exporter.ts";
export type { ServeAuth, ServeOptions, ServeTls } from "./settings.ts";
export { ExporterError, type ExporterErrorCode } from "./worded.ts";

/** Rejects with an ExporterError, `listen`: a worker is called, it does not listen. Throws for options as elsewhere. */
export async function serve(options: ServeOptions = {}): Promise<Exporter> {
  const { host, port } = settingsOf(options, defaultRegistry);
  throw new ExporterError("listen", `Cannot serve metrics at ${JSON.stringify(host)}, port ${port}: ${NO_SERVERS}`);
}
