// What Linux tells of this process in /proc/self, and of its cgroup: small files, read once a collection into one buffer, and parsed
// from their bytes. A file that is not there, or that may not be read, is not looked for again, and what it would tell is not shown.

import * as fs from "node:fs";
import { DENIED, Files, GONE } from "../probe/files.ts";
import { cgroupOf } from "./cgroup.ts";
import { NamedLines } from "./named-lines.ts";
import type { Part } from "./part.ts";
import type { Sample, Sheet } from "./sheet.ts";

/** Where systems have them; tests bring their own. */
export interface Places {
  readonly proc: string;
  readonly cgroup: string;
}

export const PLACES: Places = { proc: "/proc", cgroup: "/sys/fs/cgroup" };
/** The names of prom-client's groups, and of ours. */
export const OWN_PROCESS_NAMES = [
  "osMemoryHeap",
  "processOpenFileDescriptors",
  "processMaxFileDescriptors",
  "processThreads",
  "processIo",
  "processPressure",
];

/** So many of what files have are one of what is shown: kilobytes a byte, microseconds a second. */
const KILOBYTES = 1 / 1024;
const MICROSECONDS = 1e6;
/** With the file system's own number of descriptors, since Linux 6.2, or with that of the directory that is read. */
const LISTED = 1;

/** Of /proc/PID/status, see proc(5): the line, its unit, and the metric. */
const STATUS = [
  ["VmPeak", KILOBYTES, "process_virtual_memory_peak_bytes", "The most virtual memory that the process has had, in bytes."],
  ["VmSize", KILOBYTES, "process_virtual_memory_bytes", "Virtual memory size in bytes."],
  ["VmHWM", KILOBYTES, "process_resident_memory_peak_bytes", "The most resident memory that the process has had, in bytes."],
  ["VmRSS", KILOBYTES, "process_resident_memory_bytes", "Resident memory size in bytes."],
  ["RssAnon", KILOBYTES, "process_resident_memory_anon_bytes", "Resident memory that is of no file, in bytes."],
  ["RssFile", KILOBYTES, "process_resident_memory_file_bytes", "Resident memory that is of files, in bytes."],
  ["RssShmem", KILOBYTES, "process_resident_memory_shared_bytes", "Resident memory that may be shared between processes, in bytes."],
  ["VmData", KILOBYTES, "process_heap_bytes", "Process heap size in bytes."],
  ["Threads", 1, "process_num_threads", "Threads of the process, the runtime's own among them."],
] as const;

/** Of /proc/PID/io. */
const IO = [
  ["rchar", "process_io_read_bytes_total", "Bytes that were read by any call, also from pipes and caches."],
  ["wchar", "process_io_written_bytes_total", "Bytes that were written by any call, also to pipes and caches."],
  ["syscr", "process_io_read_syscalls_total", "Calls of the system that read."],
  ["syscw", "process_io_write_syscalls_total", "Calls of the system that wrote."],
  ["read_bytes", "process_io_storage_read_bytes_total", "Bytes that were read from storage."],
  ["write_bytes", "process_io_storage_written_bytes_total", "Bytes that were written to storage."],
] as const;

const PRESSED = ["cpu", "io", "memory"] as const;

/** A file of lines, and what becomes of them. */
class Source {
  readonly #path: string;
  readonly #lines: NamedLines;
  readonly #samples: readonly (Sample | undefined)[];
  readonly #units: readonly number[];
  #isOver = false;

  constructor(path: string, lines: NamedLines, samples: readonly (Sample | undefined)[], units: readonly number[]) {
    this.#path = path;
    this.#lines = lines;
    this.#samples = samples;
    this.#units = units;
  }

  collect(files: Files): void {
    if (this.#isOver) return;
    const length = files.read(this.#path);
    this.#isOver = length === GONE || length === DENIED;
    if (length <= 0) return;
    this.#lines.parse(files.bytes, length);
    for (let i = 0; i < this.#samples.length; i++) {
      const value = this.#lines.values[i]!;
      if (value === value) this.#samples[i]?.is(value / this.#units[i]!);
    }
  }
}

function pressures(sheet: Sheet, { proc, cgroup }: Places): Source[] {
  const own = cgroupOf(proc, cgroup);
  if (own === undefined) return [];
  return PRESSED.map((what) => {
    const counter = (state: string, help: string) =>
      sheet.one({ kind: "counter", name: `process_pressure_${what}_${state}_seconds_total`, help });
    const some = counter("waiting", `Time in which some of the cgroup's tasks waited for ${what}.`);
    const all = counter("stalled", `Time in which all of the cgroup's tasks waited for ${what}.`);
    const lines = new NamedLines(["some", "full"], "total=");
    return new Source(
      `${own.path}/${what}.pressure`,
      lines,
      [some, own.isRoot && what === "cpu" ? undefined : all],
      [MICROSECONDS, MICROSECONDS],
    );
  });
}

/** How many descriptors this process has open; undefined where they cannot be counted. */
function openDescriptors(directory: string, isCounted: boolean): number | undefined {
  try {
    // The directory that is read has one, too.
    return isCounted ? fs.statSync(directory).size : fs.readdirSync(directory).length - LISTED;
  } catch {
    return undefined;
  }
}

function isCounted(directory: string): boolean {
  try {
    // Both are asked: some file systems say something else with a directory's size.
    return fs.statSync(directory).size === fs.readdirSync(directory).length - LISTED;
  } catch {
    return false;
  }
}

export function ownProcess(sheet: Sheet, rss: () => number, places: Places = PLACES): Part {
  const { proc } = places;
  const files = new Files(proc);
  const status = STATUS.map(([, , name, help]) => sheet.one({ kind: "gauge", name, help }));
  const io = IO.map(([, name, help]) => sheet.one({ kind: "counter", name, help }));
  const sources = [
    new Source(
      `${proc}/self/status`,
      new NamedLines(STATUS.map(([line]) => line)),
      status,
      STATUS.map(([, unit]) => unit),
    ),
    new Source(
      `${proc}/self/io`,
      new NamedLines(IO.map(([line]) => line)),
      io,
      IO.map(() => 1),
    ),
    ...pressures(sheet, places),
  ];
  const resident = status[STATUS.findIndex(([line]) => line === "VmRSS")]!;
  const directory = `${proc}/self/fd`;
  const counted = isCounted(directory);
  const open = sheet.one({ kind: "gauge", name: "process_open_fds", help: "Number of open file descriptors." });
  const most = sheet.one({ kind: "gauge", name: "process_max_fds", help: "Maximum number of open file descriptors." });
  // Read once, as prom-client does: programs set it before they begin.
  const limits = new NamedLines(["Max open files"]);
  limits.parse(files.bytes, files.read(`${proc}/self/limits`));
  const limit = limits.values[0]!;
  return {
    collect() {
      for (const source of sources) source.collect(files);
      if (!resident.isThere) resident.is(rss());
      const descriptors = openDescriptors(directory, counted);
      if (descriptors !== undefined) open.is(descriptors);
      if (limit === limit) most.is(limit);
    },
  };
}
