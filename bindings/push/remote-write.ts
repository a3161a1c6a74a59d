// `tallystick/remote-write`: samples of a registry, sent to whatever receives Prometheus' remote write.

import { DiskShelf } from "./disk-shelf.ts";
import { wayOf } from "./way.ts";
import { type RemoteWriteOptions, writeSettings } from "./write-settings.ts";
import { type RemoteWriter, Writer, type WriterHost } from "./writer.ts";

export type { SendAuth, TargetOptions } from "./target.ts";
export type { SendFetch, SendInit, SendReader, SendResponse } from "./request.ts";
export type { RemoteWriteOptions } from "./write-settings.ts";
export type { RemoteWriter, RemoteWriteStatistics } from "./writer.ts";
export type { StartTimestamps } from "./batch-2.ts";
export { SendError, type SendErrorCode } from "./worded.ts";

const HOST: WriterHost = { hasTimers: true, way: wayOf, shelf: (directory) => new DiskShelf(directory) };

/**
 * Sends samples of all series to a receiver of Prometheus' remote write, every `intervalSeconds`, for processes that cannot be scraped. What
 * cannot be sent waits, in memory or in files, and is tried again in its order; what is dropped is told. It keeps no process alive: the last word is
 * `await writer.close()`.
 *
 * Throws a TypeError for options that there are not and for one of another kind, a RangeError for numbers that are out of bounds. Nothing
 * that happens later throws in the application's own work.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { remoteWrite } from "tallystick/remote-write";
 *
 * registry.counter({ name: "orders", help: "Orders taken." }).inc();
 * const options = { intervalSeconds: 15, closeSeconds: 0, onError: () => {} };
 * const writer = remoteWrite({ url: "http://127.0.0.1:1/api/v1/write", labels: { job: "shop" }, ...options });
 * await writer.flush(); // false
 * await writer.close();
 * writer.statistics.sent; // 0
 * ```
 */
export function remoteWrite(options: RemoteWriteOptions): RemoteWriter {
  return new Writer(options, writeSettings(options, { files: true, timers: true }), HOST);
}
