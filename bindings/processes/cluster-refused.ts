// What goes wrong between a collector and the processes it started, worded.

import { MetricsError, shown } from "../errors.ts";

/** A worker whose image cannot be read. */
export function workerRefused(pid: number | undefined, why: string): MetricsError {
  return new MetricsError("image-refused", `Cannot collect what process ${pid ?? "without an id"} counted: ${why}`);
}

/** What was applied cannot be shown. */
export function clusterHidden(error: unknown): MetricsError {
  const why = error instanceof Error ? error.message : String(error);
  return new MetricsError("image-refused", `Cannot show what the processes of the cluster counted: ${why}`);
}

/** The process that started this one knows nothing of it: that of a process manager, say. */
export function nobodyAsked(): Error {
  return new Error(
    "Cannot tell the primary what this worker counts: it did not ask within 10 s, so it does not collect; " +
      "call cluster() there, or use spool() where the primary is not yours, as in PM2's cluster mode",
  );
}

export function noChild(value: unknown): TypeError {
  return new TypeError(`Cannot collect from ${shown(value)}: it must be what child_process.fork returns, or a worker of node:cluster`);
}

export function noRole(value: unknown): TypeError {
  return new TypeError(`Cannot use ${shown(value)} as role of cluster: it must be "primary", "worker" or "both"`);
}

export function noParent(): TypeError {
  return new TypeError("Cannot use role worker of cluster: this process has no channel to a parent");
}

export function noProcesses(): TypeError {
  return new TypeError("Cannot use cluster here: this runtime starts no processes");
}
