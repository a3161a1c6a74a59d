// When the process began. On Node every thread is told; of Deno and Bun the main thread alone, for a worker is told when it began itself.
// What /proc says is the same in all threads, so that is taken where it may be read: whichever thread measures the process, it is there. Else
// the main thread shows it, whoever measures the rest.

import * as fs from "node:fs";
import process from "node:process";
import type { Part } from "./part.ts";
import type { Sample, Sheet } from "./sheet.ts";
import { KNOWS_UPTIME, readsProc, RUNTIME } from "./where.ts";

/** USER_HZ, in which the kernel tells times of processes: 100 on all that Deno and Bun run on, see proc(5). */
const TICKS = 100;
/** Of /proc/PID/stat behind the name of the program, which may have anything in it: the 22nd of all, less the two before. */
const START_FIELD = 19;

/** What Linux says, in seconds since the epoch; undefined where it cannot be read. */
export function startSecondsIn(proc: string): number | undefined {
  try {
    const stat = fs.readFileSync(`${proc}/self/stat`, "latin1");
    const ticks = Number(
      stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .at(START_FIELD),
    );
    const boot = Number(/^btime (\d+)$/m.exec(fs.readFileSync(`${proc}/stat`, "latin1"))?.[1]);
    const seconds = Math.round(boot + ticks / TICKS);
    return ticks >= 0 && boot > 0 ? seconds : undefined;
  } catch {
    return undefined;
  }
}

function sampleOf(sheet: Sheet): Sample {
  const help = "Start time of the process since unix epoch in seconds.";
  return sheet.one({ kind: "gauge", name: "process_start_time_seconds", help, mode: "livemin" });
}

const told = () => Math.round(Date.now() / 1000 - process.uptime());
const read = () => (readsProc() ? startSecondsIn("/proc") : undefined);

function shown(sheet: Sheet, seconds: number): Part {
  const start = sampleOf(sheet);
  return {
    collect() {
      start.is(seconds);
    },
  };
}

/** As whoever measures the process knows it. */
export function start(sheet: Sheet): Part | undefined {
  const seconds = RUNTIME === "nodejs" ? told() : read();
  return seconds === undefined ? undefined : shown(sheet, seconds);
}

/** As the main thread alone knows it. */
export function startOfMain(sheet: Sheet): Part | undefined {
  return KNOWS_UPTIME && read() === undefined ? shown(sheet, told()) : undefined;
}
