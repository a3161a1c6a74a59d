// `tallystick/remote-write` where there are neither timers of one's own nor files: `flush()` at the end of a request sends what there is.

import { plainWay } from "./way.ts";
import { type RemoteWriteOptions, WHO, writeSettings } from "./write-settings.ts";
import { noDirectory } from "./worded.ts";
import { type RemoteWriter, Writer, type WriterHost } from "./writer.ts";

export type { SendAuth, TargetOptions } from "./target.ts";
export type { SendFetch, SendInit, SendReader, SendResponse } from "./request.ts";
export type { RemoteWriteOptions } from "./write-settings.ts";
export type { RemoteWriter, RemoteWriteStatistics } from "./writer.ts";
export type { StartTimestamps } from "./batch-2.ts";
export { SendError, type SendErrorCode } from "./worded.ts";

const HOST: WriterHost = {
  hasTimers: false,
  way: () => Promise.resolve(plainWay),
  shelf: () => {
    throw noDirectory(WHO);
  },
};

/** As elsewhere, but for `intervalSeconds` and `directory`, which are refused: `ctx.waitUntil(writer.flush())`. */
export function remoteWrite(options: RemoteWriteOptions): RemoteWriter {
  return new Writer(options, writeSettings(options, { files: false, timers: false }), HOST);
}
