// Default labels of processes: those that all have alike are the collector's own; others stand behind each series' own.

/** A label as blocks have it, its name perhaps quoted. */
const LABEL = /((?:"(?:[^"\\]|\\.)*"|[^",=]+)=)"((?:[^"\\]|\\.)*)"/g;

/** The labels of a block: the name of each, and all of it. */
export function blockParts(block: string): (readonly [string, string])[] {
  return [...block.matchAll(LABEL)].map(([label, name]) => [name!, label] as const);
}

/** The labels of one block of which the other has no such name; where both have one, the collector's is printed. */
export function labelsBeyond(block: string, own: string): string {
  const names = new Set([...own.matchAll(LABEL)].map(([, name]) => name));
  return [...block.matchAll(LABEL)]
    .filter(([, name]) => !names.has(name))
    .map(([label]) => label)
    .join(",");
}
