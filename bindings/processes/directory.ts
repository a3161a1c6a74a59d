// One reading after the other of a directory of Python's client: which files there are, and their bytes into the core.

import { type Core, utf8Length } from "../core.ts";
import { memoryExhausted } from "../errors.ts";
import { reason } from "./reason.ts";
import type { Host, OpenDirectory } from "./host.ts";
import { FILE_KINDS, fileNamed, isListed } from "./python.ts";
import { directoryAbsent, directoryUnreadable, fileSkipped } from "./refused.ts";

/** Files of one directory that are read; PR #421 of Python's client was about 2,857, and its issues tell of 6,802. */
const FILES_MAX = 262144;
/** Names that are asked for at once: 0.2 ms of work. */
const LISTED = 128;

/** So many broken files are told of in one reading. */
const TOLD_MAX = 1000;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Listed {
  readonly name: string;
  readonly number: number;
  readonly process: string;
}

/** Of the last reading. */
export interface DirectoryCounts {
  /** Those that were opened. */
  files: number;
  /** Those that were not read, or not to their end. */
  skipped: number;
  bytes: number;
}

export class Directory {
  readonly #core: Core;
  readonly #host: Host;
  readonly #path: string;
  readonly #flags: number;
  readonly #forgetsDead: boolean;
  #table: number;
  /** Names of processes by the numbers that the core keeps, and back. */
  readonly #processes: string[] = [""];
  readonly #numbers = new Map<string, number>();
  readonly counts: DirectoryCounts = { files: 0, skipped: 0, bytes: 0 };
  readonly #onSkipped: (error: Error) => void;
  /** Names that were skipped in the last reading, and in this one: a file that is broken is told of once, not at each. */
  #before = new Set<string>();
  #skipped = new Set<string>();

  constructor(core: Core, host: Host, path: string, forgetsDead: boolean, onSkipped: (error: Error) => void = () => undefined) {
    this.#onSkipped = onSkipped;
    this.#core = core;
    this.#host = host;
    this.#path = path;
    this.#forgetsDead = forgetsDead;
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = host.fs.constants;
    // Neither by a link to somebody else's file, nor for ever at a pipe that nobody writes to.
    this.#flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    this.#table = core.verbs.pythonCreate();
    if (this.#table < 0) throw memoryExhausted(`read ${path}`, core.maxBytes);
  }

  /** A reading: the files there are, in the order in which Python's glob has them. Each is to be read before the next one. */
  *files(): Generator<Listed, void, undefined> {
    let open: OpenDirectory | undefined;
    try {
      const directory = this.#unless(() => (open = this.#host.fs.opendirSync(this.#path, { bufferSize: LISTED })));
      Object.assign(this.counts, { files: 0, skipped: 0, bytes: 0 });
      this.#before = this.#skipped;
      this.#skipped = new Set();
      this.#core.verbs.pythonBegin(this.#table);
      for (let count = 0; ;) {
        const entry = this.#unless(() => directory.readSync());
        if (entry === null) return;
        const { name } = entry;
        if (!isListed(name)) continue;
        const named = fileNamed(name);
        if (named === undefined) this.#skip(name, "its name is of none");
        else if (!entry.isFile()) this.#skip(name, "it is no regular file");
        else if (count === FILES_MAX) this.#skip(name, `there are more than ${FILES_MAX}`);
        else if (!this.#isForgotten(name, named)) {
          count++;
          yield { name, ...named };
        }
      }
    } finally {
      open?.closeSync();
    }
  }

  #skip(name: string, why: string): void {
    this.counts.skipped++;
    // One listing may have many of them, and whoever hears of so many hears of the directory.
    if (this.#skipped.size === TOLD_MAX) return;
    this.#skipped.add(name);
    if (!this.#before.has(name)) this.#onSkipped(fileSkipped(`${this.#path}/${name}`, why));
  }

  #unless<T>(listing: () => T): T {
    try {
      return listing();
    } catch (error) {
      throw (error as { code?: unknown }).code === "ENOENT" ? directoryAbsent(this.#path) : directoryUnreadable(this.#path, error);
    }
  }

  #isForgotten(name: string, { number, process }: Pick<Listed, "number" | "process">): boolean {
    if (!this.#forgetsDead || !FILE_KINDS[number]!.live || !/^[1-9]\d{0,9}$/.test(process)) return false;
    return this.#host.isGone(Number(process), `${this.#path}/${name}`);
  }

  /** Reads one of them, as far as it is whole. */
  read({ name, number, process }: Listed): void {
    const { fs } = this.#host;
    let file: number;
    try {
      file = fs.openSync(`${this.#path}/${name}`, this.#flags);
    } catch (error) {
      // Python's mark_process_dead came first.
      if ((error as { code?: unknown }).code !== "ENOENT") this.#skip(name, reason(error));
      return;
    }
    try {
      this.counts.files++;
      const before = this.counts.bytes;
      if (this.#readBytes(file, number, process)) return;
      // One that is empty was made this moment, and is not told of.
      if (this.counts.bytes === before) this.counts.skipped++;
      else this.#skip(name, "it is cut short, or holds something else");
    } catch (error) {
      // A pipe, a directory, a disk that fails: what was whole is read.
      this.#skip(name, reason(error));
    } finally {
      fs.closeSync(file);
    }
  }

  #readBytes(file: number, number: number, process: string): boolean {
    const core = this.#core;
    const { verbs } = core;
    const { rule, apart } = FILE_KINDS[number]!;
    let wanted = verbs.pythonFile(this.#table, rule, number, apart ? this.#numbered(process) : 0);
    while (wanted > 0) {
      const address = verbs.pythonInput(this.#table);
      const length = this.#host.fs.readSync(file, core.bytes(address + wanted), address, wanted, null);
      this.counts.bytes += length;
      wanted = verbs.pythonRead(this.#table, length);
    }
    return wanted === 0;
  }

  #numbered(process: string): number {
    let number = this.#numbers.get(process);
    if (number === undefined) {
      number = this.#processes.push(process) - 1;
      this.#numbers.set(process, number);
    }
    return number;
  }

  get samples(): number {
    return this.#core.verbs.pythonSamples(this.#table);
  }

  /** Samples whose keys were too many. */
  get refused(): number {
    return this.#core.verbs.pythonRefused(this.#table);
  }

  get keyCount(): number {
    return this.#core.verbs.pythonKeyCount(this.#table);
  }

  keyNumber(index: number): number {
    return this.#core.verbs.pythonKeyKind(this.#table, index);
  }

  keyProcess(index: number): string {
    return this.#processes[this.#core.verbs.pythonKeyProcess(this.#table, index)] ?? "";
  }

  /** True where this reading has a value for a key. */
  keySeen(index: number): boolean {
    return this.#core.verbs.pythonKeySeen(this.#table, index) !== 0;
  }

  /** A key's JSON; undefined where it is no UTF-8. */
  keyText(index: number): string | undefined {
    const from = this.#core.verbs.pythonKey(this.#table, index);
    const end = from + this.#core.verbs.pythonKeyLength(this.#table, index);
    try {
      return decoder.decode(this.#core.bytes(end).slice(from, end));
    } catch {
      return undefined;
    }
  }

  /** Values by key, or their timestamps; until the next file is read. */
  numbers(stamps: boolean): Float64Array<ArrayBufferLike> {
    const { verbs } = this.#core;
    const from = stamps ? verbs.pythonStamps(this.#table) : verbs.pythonValues(this.#table);
    return new Float64Array(this.#core.bytes(from + this.keyCount * 8).buffer, from, this.keyCount);
  }

  /** How many processes have been met that have series of their own. */
  get processCount(): number {
    return this.#processes.length - 1;
  }

  /** True where the core has room for a label block. */
  isBlock(block: string): boolean {
    const { labelsBytesMax } = this.#core;
    return block.length * 3 <= labelsBytesMax || utf8Length(block) <= labelsBytesMax;
  }

  /** Forgets all keys, for most of them are gone; false where there is no memory for a second table: the first one goes on. */
  forget(): boolean {
    const table = this.#core.verbs.pythonCreate();
    if (table < 0) return false;
    this.close();
    this.#table = table;
    this.#processes.length = 1;
    this.#numbers.clear();
    return true;
  }

  close(): void {
    this.#core.verbs.pythonEnd(this.#table);
  }
}
