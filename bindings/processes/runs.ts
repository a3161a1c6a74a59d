// The spool: a directory in which the processes of one application leave their images.
//
//   DIR/run-000001/                                   one run of the application
//       0123456789abcdef-REGISTRY.image               of a process: head, frames; its instance is in front
//       retired-3-REGISTRY.image                      what dead processes counted; the highest number counts
//       id-0123456789abcdef                           empty: what tells the run from another one of its number
//       wanted                                        touched by whoever wants all to flush
//       .0123456789abcdef-4d2e1f.tmp                  not whole yet; nobody reads it
//   DIR/.0123456789abcdef-91ab22.tmp/                 a run that is not whole yet
//   DIR/keep, DIR/keep-REGISTRY                       there, where somebody keeps totals over runs of the default registry, or of another
//
// **Which run.** The highest counts. A process that comes looks whether somebody lives in it, and joins it; else it makes
// the next: a directory under a temporary name, its image within, renamed into place. A rename fails where a directory
// with a file is there, so of several that come at once one makes the run and the others find it; and no run is ever
// there without a living process in it, which would look like one that is over. Where it cannot be told whether somebody
// lives (another container) a process watches for as long as the living may be silent, and counts meanwhile.
//    Who makes a run gives it an id. So a reader sees that one of the same number is another: somebody removed the directory
// while no process lived there, and began anew. Members that make their run again keep its id; a run of an older version has none.
//    Two may judge differently: one joins the old run just before its last process dies, the other one makes a new run.
// So every process looks for a higher run with each beat, and follows: writes its whole image there, then removes its
// old file. Nobody else removes what a living process left.
//
// **An image file** is never empty and never half: it comes whole under a temporary name and is renamed. Then sequences are
// appended, each frame by one write. What stands in it is never written again, so readers keep an offset and read what
// is new; a frame of which a part is there yet waits. Grown past twice what it began with, it is written anew beside and
// renamed over: another file, which says so in front (head.ts), and which readers begin anew with. So it is when the disk was full in the middle of a frame,
// for the sequence that was lost is not made twice.
//
// **Folding the dead.** What dead processes counted goes into one retired file, by any collector, without a lock:
//    1. read the highest retired file N, and all image files that it does not name, to their ends;
//    2. fold the dead ones in memory; write N+1 under a temporary name: the sum, and in front the instances it took in;
//       sync it;
//    3. link it to its name. If that is there, somebody was first: begin again from theirs. If a higher one is there,
//       theirs were removed already and we were late: take ours away and begin again;
//    4. remove the files it names, and lower retired files.
// A reader ignores an image file whose instance the highest retired file names. So the link is the one moment at which
// counts move: before it, the dead's files count and N+1 is not there; after it, N+1 counts and their files do not,
// whether they are removed or not. Whoever dies at any step leaves one of the two, and the next one goes on from it. Whoever
// removes does so by what the *highest* file names, and every higher file was made from the one below it.
//    A reader lists the run once more when it has read: what was removed meanwhile is in a retired file that was linked before,
// and that listing shows it. Then it reads again, and shows nothing until no higher one comes between.
//    The names stay in later retired files for as long as their files are there and for some numbers more, with the
// number that took them in: a reader that was away knows of every file that is gone whether it was taken in. One that was
// away for longer than the names reach back takes it so. A file that went without being named was deleted by hand:
// what it said stays with those that read it, and its process, which no retired file names, writes it anew, under the same
// instance: in its run, which it makes again where that is gone.
//
// **Who comes back.** The dead of whom there is no proof (deaths.ts) may come back. Such a process finds its file gone
// and its instance named, or names that do not reach back far enough, and takes another instance, under which it counts from 0 on (ImageWriter, `baseline`). It looks for its
// instance whenever it has put a file into place, and the names of unproven deaths stay, the latest 4096: so it is never
// counted twice.
// What it counted between its folding and its finding out is lost, and it says so once.
//
// **Who leaves and lives** (a spool that is closed) may join again under the same instance, with all it ever counted: so what it
// counted must not move to the dead's meanwhile, where nothing could tell it apart. Its file says in the head that it left:
// its live gauges do not count, its run may be over without it, and it is folded once its process is dead, of which the
// process says so itself if it can (left.ts). Who comes back puts a new file in place of the old one.
//
// **Keeping totals over runs** makes the dead of lower runs, and those runs' retired files, ordinary dead processes of this
// run, which names the lower runs that it took in: all of one or nothing. A run that a lower one's retired file names is in that
// already. Whoever keeps totals of a registry says so by a file, before it writes its first image: where that is, nobody else removes what it left.
// Where it is not, processes that write remove lower runs when all in them are dead or silent (lower.ts).
//
// **Whose files.** Directories are made for their user alone. What is a link, another user's or writable by others is
// neither read nor removed, and its number is no number; what has a name that the spool does not give is not touched at all.
//
// It does not handle: file systems without links (there nothing is folded, and each scrape reads all files there are);
// a machine that loses power (image files are not synced: a run ends with its machine, and what is kept of it is what
// the disk has); a process that is taken for dead and is the collector itself, whose own memory then has what the retired
// file has, too.

import {
  applicationOther,
  directoryNone,
  directoryOpen,
  directoryUnreadable,
  directoryUnwritable,
  entryForeign,
  entryIrregular,
  entryLinked,
  entryOwned,
  entryTooLarge,
  entryWritable,
} from "./errors.ts";
import { type Disk, type Status, unlessAbsent } from "./disk.ts";
import { type Head, HEAD_BYTES, headOf } from "./head.ts";
import { type Deaths, patience, sighted, sightedAgain, type Sighting } from "./deaths.ts";
import { named, runNumbered, runNumberOf } from "./paths.ts";

const OTHERS_WRITE = 0o002;
const GROUP_OR_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Makes the directory where it is absent; refuses one into which everybody may write. */
export function openDirectory(disk: Disk, dir: string): void {
  let status: Status | undefined;
  try {
    // The user's own path may lead over links: /var/run does.
    status = disk.status(dir, true);
    if (status === undefined) {
      disk.makeDirectory(dir, true);
      status = disk.status(dir, true);
    }
  } catch (error) {
    throw directoryUnwritable(dir, error);
  }
  checkDirectory(disk, dir, status);
}

/** The same for whoever only reads: false where it is absent, for it may be that nobody began yet. */
export function isDirectory(disk: Disk, dir: string): boolean {
  let status: Status | undefined;
  try {
    status = disk.status(dir, true);
  } catch (error) {
    throw directoryUnreadable(dir, error);
  }
  if (status === undefined) return false;
  checkDirectory(disk, dir, status);
  return true;
}

function checkDirectory(disk: Disk, dir: string, status: Status | undefined): void {
  if (status?.kind !== "directory") throw directoryNone(dir);
  if (disk.uid !== undefined && (status.mode & OTHERS_WRITE) !== 0 && (status.mode & STICKY) === 0) throw directoryOpen(dir);
}

/** Why something in the spool is none of ours; undefined where it is. */
export function foreign(disk: Disk, status: Status, kind: "file" | "directory", bytesMax = Infinity): string | undefined {
  if (status.kind === "link") return entryLinked;
  if (status.kind !== kind) return entryIrregular;
  if (disk.uid !== undefined) {
    if (status.owner !== disk.uid) return entryOwned(status.owner, disk.uid);
    if ((status.mode & GROUP_OR_OTHERS_WRITE) !== 0) return entryWritable(status.mode);
  }
  return kind === "file" && status.bytes > bytesMax ? entryTooLarge(status.bytes, bytesMax) : undefined;
}

export interface Run {
  readonly number: number;
  readonly name: string;
}

export interface Runs {
  /** Ours, the lowest first. */
  readonly all: readonly Run[];
  /** The number above them that nobody has. */
  readonly next: number;
}

/** The numbered runs. Tells of those that are none of ours. */
export function runsIn(disk: Disk, dir: string, tell: (error: Error) => void): Runs {
  const all: Run[] = [];
  let names: string[];
  try {
    names = disk.names(dir);
  } catch (error) {
    throw directoryUnreadable(dir, error);
  }
  for (const name of names) {
    const number = runNumberOf(name);
    if (number === 0) continue;
    const status = disk.status(`${dir}/${name}`);
    const why = status && foreign(disk, status, "directory");
    if (why !== undefined) tell(entryForeign(`${dir}/${name}`, why));
    else if (status !== undefined) all.push({ number, name });
  }
  all.sort((a, b) => a.number - b.number);
  // What is none of ours says nothing of numbers: only the very name is taken.
  const there = new Set(names);
  let next = (all.at(-1)?.number ?? 0) + 1;
  while (there.has(runNumbered(next))) next++;
  return { all, next };
}

/** The head of a file that is ours: undefined where it is none, or gone. */
export function headAt(disk: Disk, path: string): Head | undefined {
  const descriptor = unlessAbsent(() => disk.open(path, "read"));
  if (descriptor === undefined) return undefined;
  try {
    const bytes = new Uint8Array(HEAD_BYTES);
    const length = disk.read(descriptor, bytes, 0);
    const head = headOf(bytes.subarray(0, length));
    return typeof head === "string" ? undefined : head;
  } finally {
    disk.close(descriptor);
  }
}

/** Whether somebody lives in a run; "unsure" where time will tell. */
export type Living = "somebody" | "nobody" | "unsure";

/** What an election remembers from look to look. */
export type Sightings = Map<string, { readonly seen: Sighting; readonly head: Head | undefined }>;

/** Looks at each process of a run until one is found that lives. Refuses a run of another application. */
export function livingIn(disk: Disk, path: string, deaths: Deaths, sightings: Sightings, application: string): Living {
  let living: Living = "nobody";
  for (const name of unlessAbsent(() => disk.names(path)) ?? []) {
    if (named(name)?.kind !== "image") continue;
    const file = `${path}/${name}`;
    const status = disk.status(file);
    if (status === undefined || foreign(disk, status, "file") !== undefined) continue;
    const there = sightings.get(file);
    const changed = there !== undefined && sightedAgain(disk, there.seen, status);
    const seen = there?.seen ?? sighted(disk, status);
    // Its last byte says who left, and who came back is in another file.
    const head = there === undefined || changed ? headAt(disk, file) : there.head;
    if (there === undefined || changed) sightings.set(file, { seen, head });
    // One that we cannot read has a process all the same, of a later version perhaps: only its file tells.
    const verdict = head === undefined ? "unsure" : head.ended || head.left ? "dead" : deaths.verdict(seen, head);
    if (verdict === "lives" || (changed && verdict === "unsure")) {
      if (head !== undefined && head.application !== application) throw applicationOther(path, head.application, application);
      return "somebody";
    }
    // A shorter time than readers grant: whoever is wrongly passed over here follows, and nothing of its own is lost.
    if (verdict === "unsure" && disk.monotonic() - seen.since <= patience(head ?? { flushSeconds: 0 })) living = "unsure";
  }
  return living;
}
