// The spool's door: what leaves this process's image in a directory, and what reads those of others. See runs.ts for how.

export { SpoolError, type SpoolErrorCode } from "./errors.ts";
export type { ApplyResult, FramesOptions, FrameWriter, ImageProcess, ImageReader, ImageWriter } from "./image.ts";
export { type SpoolProcess, SpoolReader, type SpoolReaderOptions, type SpoolStatistics } from "./reader.ts";
export { SpoolWriter } from "./writer.ts";
export type { SpoolWriterOptions, SpoolWriterStatistics } from "./writer-settings.ts";
