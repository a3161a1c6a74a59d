// The end of this process, for all that must write a last word: one listener for each way out, whoever many ask for it, since
// "are we the only listener" is asked of the process.

import process from "node:process";

export interface Ending {
  /** Writes synchronously. Never throws. */
  flushSync(ended: boolean): void;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

const endings = new Set<Ending>();
const listeners = new Map<string, () => void>();

function flushAll(ended: boolean): void {
  for (const ending of endings) ending.flushSync(ended);
}

/** Others may have a way of their own to end, and count until then; alone we must not keep the signal from its work. */
function signalled(signal: (typeof SIGNALS)[number]): void {
  const alone = process.listenerCount(signal) <= 1;
  flushAll(alone);
  if (!alone) return;
  process.removeListener(signal, listeners.get(signal)!);
  process.kill(process.pid, signal);
}

function listen(event: string, listener: () => void): void {
  listeners.set(event, listener);
  try {
    process.on(event, listener);
  } catch {
    // A signal that this system does not have.
    listeners.delete(event);
  }
}

/** What Deno says before an error that nobody catches ends it: there is no exit then. */
const UNCAUGHT = ["error", "unhandledrejection"] as const;
const beforeUncaught = () => flushAll(false);

export function atExit(ending: Ending, signals: boolean): () => void {
  endings.add(ending);
  if (!listeners.has("exit")) {
    listen("exit", () => flushAll(true));
    // Not the last word: whoever finds more to do goes on.
    listen("beforeExit", () => flushAll(false));
    for (const event of UNCAUGHT) globalThis.addEventListener?.(event, beforeUncaught);
  }
  if (signals) for (const signal of SIGNALS) if (!listeners.has(signal)) listen(signal, () => signalled(signal));
  return () => {
    endings.delete(ending);
    if (endings.size > 0) return;
    for (const [event, listener] of listeners) process.removeListener(event, listener);
    listeners.clear();
    for (const event of UNCAUGHT) globalThis.removeEventListener?.(event, beforeUncaught);
  };
}
