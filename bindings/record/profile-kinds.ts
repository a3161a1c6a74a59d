// The two profiles that an inspector takes: where the time goes, and what is alive and who made it. Another session of the same thread
// (DevTools, `--cpu-prof`, a library) has CPU profiles of its own beside ours in Node and Deno. Bun has one for all of a thread, and V8
// one of the heap: who begins there a second time gets the first one's, and whoever ends it ends both. So it is looked first.

import { type Inspector, IS_BUN, promptly } from "./profile-inspector.ts";
import { profileBusy } from "./worded.ts";

export interface Kind {
  readonly name: "cpu" | "heap";
  /** DevTools knows files by it. */
  readonly ending: "cpuprofile" | "heapprofile";
  /** Throws `busy` where another session has one under way that would be ours, too. */
  begin(inspector: Inspector): void;
  /** What there is; the next one begins at once, or none does. */
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

const TITLE = "tallystick";

/**
 * V8 forgets which code is whose when the last profile of a session ends, and when the next one begins it finds all again but what was
 * compiled within a loop that ran at the time: that has its caller's name from then on. So while one profile takes the place of another
 * a third one is under way, the console's, which is begun and ended within a millisecond. Finding nothing again saves 10 to 50 more.
 * Other sessions hear of it as of any `console.profile()`.
 */
function remembering<T>(act: () => T): T {
  if (IS_BUN) return act();
  promptly(() => console.profile?.(TITLE));
  try {
    return act();
  } finally {
    promptly(() => console.profileEnd?.(TITLE));
  }
}

export function cpuKind(intervalMicroseconds: number, seconds: number): Kind {
  return {
    name: "cpu",
    ending: "cpuprofile",
    begin(inspector) {
      inspector.ask("Profiler.enable");
      const isFree = succeeds(() => inspector.ask("Profiler.setSamplingInterval", { interval: intervalMicroseconds }));
      // Of a profile that is under way nobody may change it.
      if (!isFree) throw profileBusy("cpu", seconds);
      inspector.ask("Profiler.start");
    },
    take(inspector, goesOn) {
      if (!goesOn) return inspector.ask("Profiler.stop")["profile"];
      return remembering(() => {
        const { profile } = inspector.ask("Profiler.stop");
        inspector.ask("Profiler.start");
        return profile;
      });
    },
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
