// Which run a process joins: the highest in which somebody lives, else the next one. See runs.ts.

import { type Disk, unlessAbsent } from "./disk.ts";
import { Deaths } from "./deaths.ts";
import { directoryUnwritable } from "./errors.ts";
import { discard, type Said, saidOf } from "./leaf.ts";
import { livingIn, type Living, runsIn, type Sightings } from "./runs.ts";
import { idNew } from "./names.ts";
import { runIdIn, runNamed, runNumbered, runNumberOf, WANTED } from "./paths.ts";

export interface Choice {
  readonly run: string;
  /** It is to be made. */
  readonly isNew: boolean;
}

export class Election {
  readonly #disk: Disk;
  readonly #dir: string;
  /** The directory of the run that the user named. */
  readonly #named: string | undefined;
  readonly #application: string;
  readonly #tell: (error: unknown) => void;
  readonly #deaths: Deaths;
  readonly #sightings: Sightings = new Map();
  /** Of the run that was joined last: one that is made again by its name goes on by its id. */
  #joined: { readonly run: string; readonly id: string | undefined } | undefined;

  constructor(disk: Disk, dir: string, run: string | undefined, application: string, tell: (error: unknown) => void) {
    this.#disk = disk;
    this.#dir = dir;
    this.#named = run === undefined ? undefined : runNamed(run);
    this.#application = application;
    this.#tell = tell;
    this.#deaths = new Deaths(disk, 0, Infinity);
  }

  /** Whether there is a higher run than ours. */
  isHigher(own: string | undefined): boolean {
    if (this.#named !== undefined) return false;
    const highest = runsIn(this.#disk, this.#dir, this.#tell).all.at(-1);
    return highest !== undefined && highest.number > runNumberOf(own ?? "");
  }

  /** The run to join, or to make, for a process of run `own`; undefined as long as that is not known. */
  chosen(own: string | undefined): Choice | undefined {
    if (this.#named !== undefined) {
      const isNew = this.#disk.status(`${this.#dir}/${this.#named}`) === undefined;
      // For its refusal of another application.
      if (!isNew) this.#living(this.#named);
      return { run: this.#named, isNew };
    }
    const { all, next } = runsIn(this.#disk, this.#dir, this.#tell);
    const highest = all.at(-1);
    // A member of the highest, or of a lower one who follows, need not ask who lives there.
    if (own !== undefined && highest !== undefined && highest.number >= runNumberOf(own)) return { run: highest.name, isNew: false };
    // Somebody removed ours: made again by its name it goes on for those that read it.
    const isGone = own !== undefined && this.#disk.status(`${this.#dir}/${own}`) === undefined;
    if (isGone) return { run: own, isNew: true };
    const living = highest === undefined ? "nobody" : this.#living(highest.name);
    if (living === "unsure") return undefined;
    return living === "somebody" ? { run: highest!.name, isNew: false } : this.#begun(next);
  }

  /** What a run that is to be made is to be known by. */
  idOf(run: string): string {
    const id = this.#joined?.run === run ? this.#joined.id : undefined;
    return id ?? idNew();
  }

  /** Notes which run was joined. */
  joined(run: string): void {
    const id = runIdIn(unlessAbsent(() => this.#disk.names(`${this.#dir}/${run}`)) ?? []);
    // One of whose files only that was deleted by hand.
    this.#joined = { run, id: id ?? (this.#joined?.run === run ? this.#joined.id : undefined) };
  }

  /** Has those who may live in the highest run say so at once: else it shows with their next beat. */
  ask(): void {
    const highest = runsIn(this.#disk, this.#dir, this.#tell).all.at(-1);
    try {
      if (highest !== undefined) this.#disk.touch(`${this.#dir}/${highest.name}/${WANTED}`, this.#disk.wall());
    } catch {
      // Nobody watches it, then.
    }
  }

  /** Whoever cannot wait joins what may be living: a run of its own would take the totals of all others away. */
  hasty(): Choice {
    const { all, next } = runsIn(this.#disk, this.#dir, this.#tell);
    const highest = all.at(-1);
    return highest === undefined ? this.#begun(next) : { run: highest.name, isNew: false };
  }

  #begun(next: number): Choice {
    const run = runNumbered(next);
    // Which nobody would read.
    if (runNumberOf(run) === 0) throw directoryUnwritable(this.#dir, new Error(`no number is left above run-${next - 1}: remove that`));
    return { run, isNew: true };
  }

  /** Whether what an instance of run `own` counted is with the dead's: there, or in a run above that took that one in. */
  isTaken(own: string, registry: string, instance: string): boolean {
    const said: Said[] = [saidOf(this.#disk, `${this.#dir}/${own}`, registry, instance)];
    const number = runNumberOf(own);
    if (number > 0 && this.#disk.status(this.#dir, true) !== undefined) {
      // One between may have taken it in, and been taken in.
      const isAbove = (what: string) => runNumberOf(what) >= number;
      for (const { number: other, name } of runsIn(this.#disk, this.#dir, this.#tell).all) {
        if (other > number) said.push(saidOf(this.#disk, `${this.#dir}/${name}`, registry, instance, isAbove));
      }
    }
    // Rather less than twice.
    return said.some((one) => one !== "free");
  }

  /** Takes away what who has come back into run `own` left in a lower one: all of it is here. */
  behind(own: string, name: string): void {
    const number = runNumberOf(own);
    if (number === 0) return;
    for (const run of runsIn(this.#disk, this.#dir, this.#tell).all) {
      const path = `${this.#dir}/${run.name}/${name}`;
      if (run.number < number && this.#disk.status(path) !== undefined) discard(this.#disk, path);
    }
  }

  #living(run: string): Living {
    return livingIn(this.#disk, `${this.#dir}/${run}`, this.#deaths, this.#sightings, this.#application);
  }
}

/** Whether an image is in the highest run, or in the one of that name: its process has joined. */
export function isJoined(disk: Disk, dir: string, run: string | undefined, image: string): boolean {
  if (disk.status(dir, true) === undefined) return false;
  const found = run === undefined ? runsIn(disk, dir, () => undefined).all.at(-1)?.name : runNamed(run);
  return found !== undefined && disk.status(`${dir}/${found}/${image}`) !== undefined;
}
