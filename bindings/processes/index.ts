// Processes: what other processes count is part of this one's page, and what this one counts of theirs. For Node, Deno and Bun.

export { type Cluster, cluster, type ClusterOptions } from "./cluster.ts";
export type { ClusterStatistics } from "./cluster-collector.ts";
export { SpoolError, type SpoolErrorCode } from "./errors.ts";
export { type MultiprocessDir, type MultiprocessDirOptions, readMultiprocessDir } from "./beside.ts";
export type { MultiprocessStatistics } from "./multiprocess.ts";
export type { SpoolProcess, SpoolStatistics } from "./reader.ts";
export { type Spool, spool } from "./spooled.ts";
export type { SpoolOptions } from "./spool-options.ts";
export type { SpoolWriterStatistics } from "./writer-settings.ts";
