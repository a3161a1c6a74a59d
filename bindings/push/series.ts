// What was sent of which series, from round to round. A series is found again by the bytes of its labels as they lie in the page, so that no string
// is made of what was there before; its labels are read, sorted and kept once, when it is new.

import type { Page } from "./page.ts";

/** A family as it is on the page now. */
export class FamilyState {
  readonly name: string;
  kind = 0;
  help = "";
  unit = "";
  /** By the hash of their labels. */
  readonly groups = new Map<number, Group>();

  constructor(name: string) {
    this.name = name;
  }
}

/** One metric of a family: the series that it becomes. */
export class Group {
  readonly key: Uint8Array;
  readonly labels: readonly (readonly [string, string])[];
  /** Another one of the same hash. */
  next: Group | undefined;
  /** By their suffix, bound, or quantile as a text. */
  readonly parts = new Map<string | number, Series>();

  constructor(key: Uint8Array, labels: readonly (readonly [string, string])[], next: Group | undefined) {
    this.key = key;
    this.labels = labels;
    this.next = next;
  }
}

const NONE: readonly number[] = [];

export class Series {
  readonly family: FamilyState;
  /** Names and values, one behind the other, by the order of the names' bytes; none is empty (rule R3). */
  readonly labels: readonly string[];
  readonly isHistogram: boolean;
  /** As the first version of remote write has them. */
  encoded: Uint8Array | undefined;
  /** The round that had it last. */
  round = 0;
  /** Of its last sample, in milliseconds. */
  last = -Infinity;
  /** Whether that was said with the sample, and is none of the round's. */
  hasOwnTimes = false;
  /** The hashes of those that the page had last. */
  exemplars: readonly number[] = NONE;

  constructor(family: FamilyState, labels: readonly string[], isHistogram: boolean) {
    this.family = family;
    this.labels = labels;
    this.isHistogram = isHistogram;
  }
}

const encoder = new TextEncoder();
const CLASSIC = /^\p{ASCII}*$/u;

/** By bytes of UTF-8, which for ASCII are units. */
function compared(one: string, other: string): number {
  if (CLASSIC.test(one) && CLASSIC.test(other)) return one < other ? -1 : one > other ? 1 : 0;
  const a = encoder.encode(one);
  const b = encoder.encode(other);
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** Labels by name, sorted, without what is empty; the first of a name is the one that counts. */
export function sortedLabels(...lists: readonly (readonly (readonly [string, string])[])[]): string[] {
  const all = new Map<string, string>();
  for (const list of lists) for (const [name, value] of list) if (name !== "" && value !== "" && !all.has(name)) all.set(name, value);
  return [...all].sort(([one], [other]) => compared(one, other)).flat();
}

/** FNV-1a. */
export function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

function isAt(key: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) return false;
  return true;
}

export class SeriesTable {
  /** Labels that all series get, unless they have them. */
  readonly #external: readonly (readonly [string, string])[];
  readonly #families = new Map<string, FamilyState>();
  round = 0;

  constructor(external: readonly (readonly [string, string])[]) {
    this.#external = external;
  }

  family({ name, kind, help, unit }: Page): FamilyState {
    let family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, (family = new FamilyState(name)));
    family.kind = kind;
    family.help = help;
    family.unit = unit;
    return family;
  }

  /** That of the page's metric. */
  group({ groups }: FamilyState, page: Page): Group {
    const { labelsFrom, labelsTo } = page;
    const { bytes } = page.reader;
    const hash = hashOf(bytes, labelsFrom, labelsTo);
    const first = groups.get(hash);
    for (let group = first; group !== undefined; group = group.next) if (isAt(group.key, bytes, labelsFrom, labelsTo)) return group;
    const group = new Group(bytes.slice(labelsFrom, labelsTo), page.labels(), first);
    groups.set(hash, group);
    return group;
  }

  /** A series of a group: its name has a suffix, and it may have a label more. It is there in this round. */
  series(
    family: FamilyState,
    group: Group,
    part: string | number,
    suffix: string,
    more?: readonly [string, string],
    isHistogram = false,
  ): Series {
    let series = group.parts.get(part);
    // A gauge that is a native histogram now is no series that ended: its marker would have the time of its sample.
    if (series === undefined || series.isHistogram !== isHistogram) {
      const own = more === undefined ? [] : [more];
      const labels = sortedLabels([["__name__", family.name + suffix]], own, group.labels, this.#external);
      group.parts.set(part, (series = new Series(family, labels, isHistogram)));
    }
    series.round = this.round;
    return series;
  }

  /** Series that were there in an earlier round and are not in this one; they are forgotten. */
  *ended(): Generator<Series, void, undefined> {
    for (const [name, family] of this.#families) {
      for (const [hash, first] of family.groups) {
        let kept: Group | undefined;
        for (let group: Group | undefined = first; group !== undefined;) {
          for (const [part, series] of group.parts) {
            if (series.round === this.round) continue;
            group.parts.delete(part);
            yield series;
          }
          const next: Group | undefined = group.next;
          if (group.parts.size > 0) {
            group.next = kept;
            kept = group;
          }
          group = next;
        }
        if (kept === undefined) family.groups.delete(hash);
        else family.groups.set(hash, kept);
      }
      if (family.groups.size === 0) this.#families.delete(name);
    }
  }
}
