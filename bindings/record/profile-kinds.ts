// The two profiles that an inspector takes: where the time goes, and what is alive and who made it. Another session of the same thread
// (DevTools, `--cpu-prof`, a library) has CPU profiles of its own beside ours in Node and Deno. Bun has one for all of a thread, and V8
// one of the heap: who begins there a second time gets the first one's, and whoever ends it ends both. So it is looked first.

import type { Inspector } from "./profile-inspector.ts";
import { profileBusy } from "./worded.ts";

export interface Kind {
  readonly name: "cpu" | "heap";
  /** DevTools knows files by it. */
  readonly ending: "cpuprofile" | "heapprofile";
  /** Whether one that is under way can be looked at and goes on: else it is begun anew. */
  readonly lasts: boolean;
  /** Throws `busy` where another session has one under way that would be ours, too. */
  begin(inspector: Inspector): void;
  take(inspector: Inspector, goesOn: boolean): unknown;
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

export function cpuKind(intervalMicroseconds: number, seconds: number): Kind {
  return {
    name: "cpu",
    ending: "cpuprofile",
    lasts: false,
    begin(inspector) {
      inspector.ask("Profiler.enable");
      const isFree = succeeds(() => inspector.ask("Profiler.setSamplingInterval", { interval: intervalMicroseconds }));
      // Of a profile that is under way nobody may change it.
      if (!isFree) throw profileBusy("cpu", seconds);
      inspector.ask("Profiler.start");
    },
    take: (inspector) => inspector.ask("Profiler.stop")["profile"],
  };
}

const HEAP_PROFILE = "HeapProfiler.getSamplingProfile";

/**
 * What is alive of what was allocated since it began; V8 forgets what is collected, so it takes no more memory the longer it goes on,
 * and what is alive after an hour is what whoever looks for a leak wants to see.
 */
export function heapKind(heapIntervalBytes: number, seconds: number): Kind {
  return {
    name: "heap",
    ending: "heapprofile",
    lasts: true,
    begin(inspector) {
      if (succeeds(() => inspector.ask(HEAP_PROFILE))) throw profileBusy("heap", seconds);
      inspector.ask("HeapProfiler.startSampling", { samplingInterval: heapIntervalBytes });
    },
    take: (inspector, goesOn) => inspector.ask(goesOn ? HEAP_PROFILE : "HeapProfiler.stopSampling")["profile"],
  };
}

/** Whether this runtime has profiles of the heap: Bun says of the method that there is none. */
export function hasHeap(inspector: Inspector): boolean {
  try {
    inspector.ask(HEAP_PROFILE);
    return true;
  } catch (error) {
    return !/wasn't found/.test(String(error));
  }
}
