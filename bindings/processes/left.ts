// Spools that were closed while their process lives. Each left a file that says so, and that nobody folds before the process is
// dead: it may join again. Once that cannot be any more, for the process ends or the registry did, the file is told.

import type { Catalog } from "../catalog.ts";
import { atExit } from "./exits.ts";
import type { Disk } from "./disk.ts";
import { mayBeTold } from "./exporter.ts";
import { ENDED_MARK, HEAD_BYTES, headOf } from "./head.ts";

/** A file of which a process said that it left. */
export interface Left {
  readonly path: string;
  /** What its head says of it: who came back is in another one, which may have its inode. */
  readonly file: string;
}

interface Leaver {
  /** False: its registry is no more. */
  readonly mayReturn: () => boolean;
  readonly tell: () => void;
  readonly forget: () => void;
}

const leavers = new Map<string, Leaver>();

/** Says in a file that its process wrote its last. One that was replaced by who came back is left alone. */
function ended(disk: Disk, { path, file }: Left): void {
  try {
    const descriptor = disk.open(path, "append");
    try {
      const bytes = new Uint8Array(HEAD_BYTES);
      const head = headOf(bytes.subarray(0, disk.read(descriptor, bytes, 0)));
      if (typeof head !== "string" && head.file === file) disk.write(descriptor, ENDED_MARK.bytes, ENDED_MARK.position);
    } finally {
      disk.close(descriptor);
    }
  } catch {
    // It is gone, or the disk fails: others find out by themselves that the process is dead.
  }
}

/** Tells the files of registries that are closed. */
export function leaversSwept(): void {
  for (const [path, { mayReturn, tell, forget }] of leavers) {
    if (mayReturn()) continue;
    tell();
    forget();
    leavers.delete(path);
  }
}

/** Remembers a file for as long as the process lives. */
export function remembered(disk: Disk, catalog: Catalog, file: Left): void {
  const tell = () => ended(disk, file);
  leavers.get(file.path)?.forget();
  const forget = atExit({ flushSync: (ends) => ends && tell() }, false);
  leavers.set(file.path, { mayReturn: mayBeTold(catalog), tell, forget });
  leaversSwept();
}
