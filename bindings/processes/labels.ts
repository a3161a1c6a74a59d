// Default labels of processes: those that all have alike are the collector's own; others stand behind each series' own.

import { blockLabels } from "../labels.ts";

/** The labels of a block: the name of each, and all of it. */
export function blockParts(block: string): (readonly [string, string])[] {
  return blockLabels(block).map(([name, value]) => [name, `${name}=${value}`] as const);
}

/**
 * The labels of one block of which the other has no such name; where both have one, the collector's is printed. By their
 * names, for the same labels in another order are the same series.
 */
export function labelsBeyond(block: string, own: string): string {
  const names = new Set(blockLabels(own).map(([name]) => name));
  return blockParts(block)
    .filter(([name]) => !names.has(name))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, label]) => label)
    .join(",");
}
