// Where the pressure is told that this process is under: in the directory of its cgroup, of version 2. Where that is mounted is not
// looked up, for the list of mounts stands in the kernel where a disk is away: it is one of two places on all systems.

import * as fs from "node:fs";

/** Where systems mount it: alone, and beside version 1. */
const MOUNTS = ["", "/unified"];
/** The line of version 2 in /proc/PID/cgroup: hierarchy 0, no controllers. */
const LINE = /^0::(\/[^\n]*)$/m;

export interface Cgroup {
  readonly path: string;
  /** The whole system's, of which the kernel does not tell how long all wait for a processor: it says 0. */
  readonly isRoot: boolean;
}

/** The cgroup of this process; undefined where it has none that can be seen. */
export function cgroupOf(proc: string, mounted: string): Cgroup | undefined {
  try {
    const [, path] = LINE.exec(fs.readFileSync(`${proc}/self/cgroup`, "utf8")) ?? [];
    if (path === undefined) return undefined;
    for (const mount of MOUNTS) {
      const directory = `${mounted}${mount}${path === "/" ? "" : path}`;
      // Each cgroup but the system's own has a type.
      if (fs.existsSync(`${directory}/cpu.pressure`)) return { path: directory, isRoot: !fs.existsSync(`${directory}/cgroup.type`) };
    }
  } catch {}
  return undefined;
}
