// Runs that are over, where nobody keeps totals: a process that writes takes them away, some files with each flush. Collectors
// that stand alone do not, for they cannot know what the application means to keep; and where somebody keeps totals, which a
// file of the directory says for each registry, nobody does that does not keep them: collectors that do add them to the run that lives.

import { Deaths, sighted, sightedAgain } from "./deaths.ts";
import { type Disk, unlessAbsent } from "./disk.ts";
import { entryForeign, runsKept } from "./errors.ts";
import { discard } from "./leaf.ts";
import { keepName, named, runNumberOf } from "./paths.ts";
import { foreign, headAt, runsIn, type Sightings } from "./runs.ts";

/** What a collector grants by default: it forgets live gauges after so long, and lower runs. */
const DEAD_AFTER_SECONDS = 60;
/** Looking at a file takes some 20 us. */
const FILES = 64;
const AGAIN_MS = 10_000;

type Tell = (error: unknown) => void;

/** Whether the file is there that says so. Tells of one that is none of ours. */
function isSaid(disk: Disk, path: string, tell: Tell): boolean | undefined {
  const status = disk.status(path);
  if (status === undefined) return false;
  const why = foreign(disk, status, "file");
  if (why === undefined) return true;
  tell(entryForeign(path, why));
  return undefined;
}

/** Whether somebody said that what a registry counted in runs which are over is to be kept. */
export function isKept(disk: Disk, dir: string, registry: string, tell: Tell): boolean {
  return isSaid(disk, `${dir}/${keepName(registry)}`, tell) === true;
}

/** Says so, in a directory that is there. */
export function keep(disk: Disk, dir: string, registry: string, tell: Tell): void {
  const path = `${dir}/${keepName(registry)}`;
  if (isSaid(disk, path, tell) !== false) return;
  try {
    disk.close(disk.open(path, "create"));
  } catch {
    // Another process did, or may not write here, which its image says.
  }
}

export class LowerRuns {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #registry: string;
  readonly #tell: Tell;
  readonly #deaths: Deaths;
  /** What was seen in the last walk, and in this one. */
  #before: Sightings = new Map();
  #seen: Sightings = new Map();
  #walk: Generator<void, void> | undefined;
  #ended = -Infinity;
  #isTold = false;

  constructor(disk: Disk, dir: string, registry: string, tell: Tell) {
    this.#disk = disk;
    this.#dir = dir;
    this.#registry = registry;
    this.#tell = tell;
    this.#deaths = new Deaths(disk, DEAD_AFTER_SECONDS, Infinity);
  }

  /** Looks at some files, and takes away those of runs below `own` that are over. Never throws. */
  some(own: string): void {
    if (this.#walk === undefined && this.#disk.monotonic() - this.#ended < AGAIN_MS) return;
    this.#walk ??= this.#runs(runNumberOf(own));
    try {
      for (let file = 0; file < FILES; file++) if (this.#walk.next().done === true) return this.#over();
    } catch {
      // Others take away what this one cannot.
      this.#over();
    }
  }

  #over(): void {
    this.#walk = undefined;
    this.#before = this.#seen;
    this.#seen = new Map();
    this.#ended = this.#disk.monotonic();
  }

  *#runs(own: number): Generator<void, void> {
    for (const { number, name } of runsIn(this.#disk, this.#dir, () => undefined).all) {
      yield;
      if (number >= own) return;
      const path = `${this.#dir}/${name}`;
      const names = unlessAbsent(() => this.#disk.names(path)) ?? [];
      const kept = this.#kept(names);
      const ours = names.filter((file) => {
        const what = named(file);
        return what !== undefined && !("registry" in what && kept.has(what.registry));
      });
      const isTold = this.#isTold || !kept.has(this.#registry);
      if ((isTold && ours.length === 0 && names.length > 0) || !(yield* this.#isOver(path, names))) continue;
      if (!isTold) this.#tell(runsKept(`${this.#dir}/${keepName(this.#registry)}`, path));
      this.#isTold ||= !isTold;
      const isRetired = (file: string) => named(file)?.kind === "retired";
      // Retired files last: what they name must not count again.
      for (const file of [...ours.filter((one) => !isRetired(one)), ...ours.filter(isRetired)]) {
        this.#remove(`${path}/${file}`);
        yield;
      }
      try {
        this.#disk.removeDirectory(path);
      } catch {
        // Something in it is none of ours.
      }
    }
  }

  /** The registries, of those that have files in a run, for which totals are kept. */
  #kept(names: readonly string[]): ReadonlySet<string> {
    const all = new Set<string>();
    for (const name of names) {
      const what = named(name);
      if (what !== undefined && "registry" in what) all.add(what.registry);
    }
    return new Set([...all].filter((registry) => isKept(this.#disk, this.#dir, registry, this.#tell)));
  }

  *#isOver(path: string, names: readonly string[]): Generator<void, boolean> {
    for (const name of names) {
      if (named(name)?.kind === "image" && this.#mayLive(`${path}/${name}`)) return false;
      yield;
    }
    return true;
  }

  #mayLive(path: string): boolean {
    const status = this.#disk.status(path);
    if (status === undefined || foreign(this.#disk, status, "file") !== undefined) return false;
    let there = this.#before.get(path);
    if (there === undefined || sightedAgain(this.#disk, there.seen, status)) {
      there = { seen: there?.seen ?? sighted(this.#disk, status), head: headAt(this.#disk, path) };
    }
    this.#seen.set(path, there);
    const { seen, head } = there;
    // One that cannot be read may be of a later version: that one knows.
    if (head === undefined) return true;
    if (head.ended || head.left) return false;
    const verdict = this.#deaths.verdict(seen, head);
    return verdict === "lives" || verdict === "unsure";
  }

  #remove(path: string): void {
    const status = this.#disk.status(path);
    if (status !== undefined && foreign(this.#disk, status, "file") === undefined) discard(this.#disk, path);
  }
}
