// Folding the dead, and removing what is of no use any more: see runs.ts. The order of the calls is the proof; each may be
// the last that this process makes.

import { codeOf, unlessAbsent } from "./disk.ts";
import { discard } from "./leaf.ts";
import { foreign, headAt } from "./runs.ts";
import { type Head, headBytes, NONE, type Taken, takenBytesOf, UNPROVEN_MAX } from "./head.ts";
import { named, retiredName, temporaryName } from "./paths.ts";
import { retiredUnwritten } from "./errors.ts";
import { isKept } from "./lower.ts";
import { sighted, sightedAgain, type Sighting } from "./deaths.ts";
import type { Sheet } from "./sheet.ts";
import type { Shelf } from "./shelf.ts";

/** So many numbers back the names reach, of those whose files are gone. */
const NAMES_BACK = 16;
/** Each new try means that another collector folded some. */
const TRIES = 10;

/** What is remembered between compactions. */
export class Compaction {
  readonly #shelf: Shelf;
  readonly #instance: string;
  /** Temporary files and those of lower runs: how long they are unchanged. */
  readonly #seen = new Map<string, { readonly seen: Sighting; readonly head: Head | undefined }>();
  readonly #leftAfter: number;
  count = 0;

  constructor(shelf: Shelf, instance: string, leftAfterSeconds: number) {
    this.#shelf = shelf;
    this.#instance = instance;
    this.#leftAfter = leftAfterSeconds * 1000;
  }

  /** Whether there is somebody to fold, as far as was read. */
  get isDue(): boolean {
    return this.#dead().length > 0;
  }

  /** Returns whether somebody was folded. */
  *run(): Generator<void, boolean> {
    const shelf = this.#shelf;
    // Whose death shows only now may have written after it was read.
    yield* shelf.read();
    yield* shelf.read();
    if (shelf.run === undefined) return false;
    for (let tries = 0; tries < TRIES && !shelf.retired.refused; tries++) {
      const dead = this.#dead();
      if (dead.length === 0) break;
      if (yield* this.#fold(dead)) {
        this.count++;
        yield* this.#sweep();
        return true;
      }
      yield* shelf.read();
      yield* shelf.read();
    }
    yield* this.#sweep();
    return false;
  }

  /** Whose counts are to move: all that they will ever write was read. Of a lower run all or none. */
  #dead(): Sheet[] {
    const { run, sheets } = this.#shelf;
    const held = this.#held();
    return [...sheets.values()].filter((sheet) => isFoldable(sheet, sheet.run !== run) && (sheet.run === run || !held.has(sheet.run)));
  }

  /** The runs in which there is more than the dead. */
  #held(): Set<string> {
    const held = new Set<string>();
    for (const sheet of this.#shelf.sheets.values()) {
      // Of what nothing could be read another version may know more.
      if (!isFoldable(sheet, sheet.run !== this.#shelf.run) && !sheet.vanished) held.add(sheet.run);
    }
    return held;
  }

  /** Writes the next retired file; false where another collector was faster. */
  *#fold(dead: readonly Sheet[]): Generator<void, boolean> {
    const { disk, directory, image, options, retired } = this.#shelf;
    const number = this.#free(retired.number + 1);
    for (const { process, folded } of dead) {
      if (!folded) image.fold(process!);
      yield;
    }
    const path = `${directory}/${retiredName(number, options.registry)}`;
    const temporary = `${directory}/${temporaryName(this.#instance)}`;
    let names: { readonly taken: Map<string, Taken>; readonly since: number } | undefined;
    let linked = false;
    try {
      names = this.#taken(dead, number);
      yield* this.#write(temporary, names.taken, names.since);
      disk.link(temporary, path);
      linked = true;
      discard(disk, temporary);
      if (!this.#isHighest(number)) {
        linked = false;
        disk.remove(path);
      }
    } catch (error) {
      discard(disk, temporary);
      if (!linked && codeOf(error) !== "EEXIST") {
        this.#again(dead);
        yield* this.#shelf.read();
        throw retiredUnwritten(path, error);
      }
    }
    if (!linked || names === undefined) {
      this.#again(dead);
      return false;
    }
    for (const sheet of dead) this.#shelf.sheets.delete(sheet.path);
    this.#shelf.retired = { number, ...names, refused: false };
    return true;
  }

  /** The number from which on no other thing has the name of the next file. */
  #free(number: number): number {
    const { disk, directory, options } = this.#shelf;
    const path = `${directory}/${retiredName(number, options.registry)}`;
    // Which nobody would read.
    if (named(retiredName(number, options.registry)) === undefined) throw retiredUnwritten(path, new Error("no number is left"));
    const status = disk.status(path);
    return status !== undefined && foreign(disk, status, "file") !== undefined ? this.#free(number + 1) : number;
  }

  /** A listing that is made while files come and go may miss one: it is believed when it was made twice. */
  #isHighest(number: number): boolean {
    const { disk, directory } = this.#shelf;
    for (let times = 0; times < 2; times++) if (this.#shelf.highest(disk.names(directory)) > number) return false;
    return true;
  }

  /** Takes back what was folded in memory alone: the retired are those on disk, and the dead are to be read anew. */
  #again(dead: readonly Sheet[]): void {
    const shelf = this.#shelf;
    for (const sheet of dead) shelf.sheets.delete(sheet.path);
    shelf.unfold();
    shelf.image.retire(new Uint8Array(0));
    // With the next reading, whatever its number.
    shelf.retired = NONE;
  }

  /** The names in front: of those whose files are there, and some more. */
  #taken(dead: readonly Sheet[], number: number): { readonly taken: Map<string, Taken>; readonly since: number } {
    const { directory, disk, retired } = this.#shelf;
    const there = new Set(disk.names(directory).map((name) => instanceOf(name)));
    const lower = new Set(this.#shelf.lower.map(({ name }) => name));
    const since = Math.max(1, number - NAMES_BACK);
    const taken = new Map<string, Taken>();
    const unproven = [...retired.taken.values()].filter(({ proven }) => !proven).slice(-UNPROVEN_MAX);
    for (const one of unproven) taken.set(one.what, one);
    for (const one of retired.taken.values()) {
      if (one.number >= since || there.has(one.what) || lower.has(one.what)) taken.set(one.what, one);
    }
    for (const sheet of dead) {
      if (!sheet.isRetired) taken.set(sheet.instance, { number, what: sheet.instance, proven: sheet.verdict === "dead" });
    }
    if (!this.#shelf.options.keepTotals) return { taken, since };
    // Also of those in which nothing counts: whose process followed from there, say.
    const held = this.#held();
    for (const what of this.#shelf.looked) if (!held.has(what) && !taken.has(what)) taken.set(what, { number, what, proven: true });
    return { taken, since };
  }

  *#write(path: string, taken: ReadonlyMap<string, Taken>, since: number): Generator<void, void> {
    const { disk, image, reading } = this.#shelf;
    const names = takenBytesOf(taken.values());
    const own = { application: reading.application ?? "", takenBytes: names.length, since };
    const descriptor = disk.open(path, "create");
    try {
      let position = 0;
      for (const bytes of [headBytes(disk.identity, own), names]) position = this.#put(descriptor, bytes, position);
      for (const frame of image.retired()) {
        position = this.#put(descriptor, frame, position);
        yield;
      }
      disk.sync(descriptor);
    } finally {
      disk.close(descriptor);
    }
  }

  #put(descriptor: number, bytes: Uint8Array, position: number): number {
    for (let written = 0; written < bytes.length;) {
      const count = this.#shelf.disk.write(descriptor, bytes.subarray(written), position + written);
      if (count === 0) throw Object.assign(new Error("ENOSPC: no byte was written"), { code: "ENOSPC" });
      written += count;
    }
    return position + bytes.length;
  }

  /** Removes what the highest retired file names, what is below it, and what nobody finished. */
  *#sweep(): Generator<void, void> {
    const { disk, directory, options, retired } = this.#shelf;
    const names = unlessAbsent(() => disk.names(directory));
    if (names === undefined || retired.refused || !this.#isHighest(retired.number)) return;
    for (const name of names) {
      const what = named(name);
      if (what?.kind === "temporary") {
        if (this.#isLeft(`${directory}/${name}`)) this.#remove(`${directory}/${name}`);
        continue;
      }
      if ((what?.kind !== "image" && what?.kind !== "retired") || what.registry !== options.registry) continue;
      if (what.kind === "image" ? retired.taken.has(what.instance) : what.number < retired.number) this.#remove(`${directory}/${name}`);
      yield;
    }
    yield* this.#sweepLower();
  }

  /** Lower runs: where totals are kept those that were taken in, else those in which nobody lives. */
  *#sweepLower(): Generator<void, void> {
    const { disk, lower, options, retired } = this.#shelf;
    this.#sweepUnborn();
    if (options.named !== undefined) return;
    const { dir, keepTotals, registry, sweeps, tell } = options;
    if (!keepTotals && sweeps === false) return;
    // Each registry's files are its keepers', where it has any; and of no collector that stands alone.
    const isOthers = (what: string) => !(keepTotals && what === registry) && (sweeps === false || isKept(disk, dir, what, tell));
    for (const { name: run } of lower) {
      const directory = `${options.dir}/${run}`;
      const names = unlessAbsent(() => disk.names(directory)) ?? [];
      if ((options.keepTotals && !retired.taken.has(run)) || names.some((name) => this.#mayLive(directory, name))) continue;
      // Retired files last: what they name must not count again.
      const ours = names.filter((name) => named(name) !== undefined);
      const isRetired = (name: string) => named(name)?.kind === "retired";
      for (const name of [...ours.filter((name) => !isRetired(name)), ...ours.filter(isRetired)]) {
        const what = named(name)!;
        if (!("registry" in what && isOthers(what.registry))) this.#remove(`${directory}/${name}`);
        yield;
      }
      try {
        disk.removeDirectory(directory);
      } catch {
        // Something in it is none of ours, or of another registry.
      }
    }
  }

  /** Runs that nobody lived to give their name. */
  #sweepUnborn(): void {
    const { disk, options } = this.#shelf;
    for (const name of disk.names(options.dir)) {
      const directory = `${options.dir}/${name}`;
      if (named(name)?.kind !== "temporary" || !this.#isLeft(directory, "directory")) continue;
      for (const inner of unlessAbsent(() => disk.names(directory)) ?? []) {
        if (named(inner) !== undefined) this.#remove(`${directory}/${inner}`);
      }
      try {
        disk.removeDirectory(directory);
      } catch {
        // Something in it is none of ours.
      }
      this.#seen.delete(directory);
    }
  }

  #sighting(path: string, kind: "file" | "directory" = "file"): { readonly seen: Sighting; readonly head: Head | undefined } | undefined {
    const { disk } = this.#shelf;
    const status = disk.status(path);
    if (status === undefined || foreign(disk, status, kind) !== undefined) {
      this.#seen.delete(path);
      return undefined;
    }
    const there = this.#seen.get(path);
    if (there !== undefined) {
      if (!sightedAgain(disk, there.seen, status)) return there;
      // Who left may be back, under the same name.
      const now = { seen: there.seen, head: kind === "file" ? headAt(disk, path) : undefined };
      this.#seen.set(path, now);
      return now;
    }
    const first = { seen: sighted(disk, status), head: kind === "file" ? headAt(disk, path) : undefined };
    this.#seen.set(path, first);
    return first;
  }

  #mayLive(directory: string, name: string): boolean {
    if (named(name)?.kind !== "image") return false;
    const sighting = this.#sighting(`${directory}/${name}`);
    if (sighting === undefined || sighting.head?.ended === true || sighting.head?.left === true) return false;
    // One that cannot be read may be of a later version.
    if (sighting.head === undefined) return !this.#isLeft(`${directory}/${name}`);
    const verdict = this.#shelf.deaths.verdict(sighting.seen, sighting.head);
    return verdict === "lives" || verdict === "unsure";
  }

  #isLeft(path: string, kind: "file" | "directory" = "file"): boolean {
    const sighting = this.#sighting(path, kind);
    return sighting !== undefined && this.#shelf.disk.monotonic() - sighting.seen.since > this.#leftAfter;
  }

  #remove(path: string): void {
    const { disk } = this.#shelf;
    this.#seen.delete(path);
    const status = disk.status(path);
    if (status === undefined || foreign(disk, status, "file") !== undefined) return;
    unlessAbsent(() => disk.remove(path));
  }
}

/** A file that is refused stays where it is: another version may read more of it. It goes with its run. */
function isFoldable(sheet: Sheet, isLower: boolean): boolean {
  if (sheet.process === undefined || sheet.vanished || (sheet.refused && !isLower)) return false;
  return sheet.done || sheet.verdict === "lost";
}

function instanceOf(name: string): string | undefined {
  const what = named(name);
  return what?.kind === "image" ? what.instance : undefined;
}
