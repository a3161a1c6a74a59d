// The end of this process, for all that must write a last word: one listener for each way out, whoever many ask for it, since
// "are we the only listener" is asked of the process. Copies of the library in one process have one between them.
//
// A signal ends a process that has no listener for it. With ours it would not: so where nobody else listens ours goes, and the
// signal is raised once more. Whoever else listens has a way of their own to end. Ours stands in front, so that those who listen
// once are still there when it looks. Others that ask as we do (signal-exit) are told by what they leave on the process: else
// each would wait for the other. The first process of a container is not ended by a signal that nobody listens to, with us
// or without: there nothing is the last. A signal that the process ignores, as after nohup, is not listened to: it would end it. (Node
// itself ignores none that its parent did, Deno and Bun do.)

import { constants } from "node:os";
import process from "node:process";
import { text } from "./disk.ts";

export interface Ending {
  /** Writes synchronously. Never throws. */
  flushSync(ended: boolean): void;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];
/** What Deno says before an error that nobody catches ends it: there is no exit then. */
const UNCAUGHT = ["error", "unhandledrejection"] as const;
const COPIES = Symbol.for("tallystick.exits");
const FIRST_PID = 1;
/**
 * How long a process waits at most for the signal that it sent itself. Measured on a busy machine: below 2 ms. Not longer: listeners of
 * Deno.addSignalListener are in no count, so where there is one the signal does not end the process, and nothing runs meanwhile.
 */
const SIGNAL_MS = 50;

/** How many listeners signal-exit has for each signal: where its versions 3 and 4 say it to each other. */
function signalExits(): number {
  const shared = process as unknown as { readonly __signal_exit_emitter__?: { readonly count?: number } };
  const own = globalThis as unknown as Record<symbol, { readonly count?: number } | undefined>;
  return (shared.__signal_exit_emitter__?.count ?? 0) + (own[Symbol.for("signal-exit emitter")]?.count ?? 0);
}

/** The signals that this process ignores, a bit each from the lowest on: Linux says so, others do not. */
function signalsIgnored(): bigint {
  const mask = /^SigIgn:\s*([0-9a-f]{1,16})$/m.exec(text("/proc/self/status") ?? "")?.[1];
  return mask === undefined ? 0n : BigInt(`0x${mask}`);
}

function isIn(mask: bigint, signal: Signal): boolean {
  return ((mask >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

class Exits {
  readonly #endings = new Set<Ending>();
  /** Those that write where a signal ends the process, too. */
  readonly #signalled = new Set<Ending>();
  /** Those that the process ignored, and would not without a listener that does nothing. */
  readonly #ignored = new Set<Signal>();
  readonly #listeners = new Map<string, () => void>();

  #flush(ended: boolean): void {
    // One that ends takes itself out. Of several none ends before all have said what they have: where they join a place only
    // now, the next one would find nobody who lives there.
    const endings = [...this.#endings];
    if (ended && endings.length > 1) for (const ending of endings) ending.flushSync(false);
    for (const ending of endings) ending.flushSync(ended);
  }

  #heard(signal: Signal): void {
    const own = this.#listeners.get(signal);
    const others = process.listenerCount(signal) - 1 - signalExits();
    const ends = others <= 0 && process.pid !== FIRST_PID;
    this.#flush(ends);
    if (!ends || own === undefined) return;
    process.removeListener(signal, own);
    this.#listeners.delete(signal);
    process.kill(process.pid, signal);
    // In Deno it comes by way of another thread: whatever ran until then would come after the last word, and be lost.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SIGNAL_MS);
  }

  #listen(event: string, listener: () => void): void {
    if (this.#listeners.has(event)) return;
    this.#listeners.set(event, listener);
    try {
      process.prependListener(event as "exit", listener);
    } catch {
      // A signal that this system does not have.
      this.#listeners.delete(event);
    }
  }

  #listenToSignals(): void {
    const before = signalsIgnored();
    const ignored = SIGNALS.filter((signal) => isIn(before, signal) && !this.#listeners.has(signal));
    for (const signal of SIGNALS) {
      if (!ignored.includes(signal) && !this.#ignored.has(signal)) this.#listen(signal, () => this.#heard(signal));
    }
    const now = signalsIgnored();
    for (const signal of ignored) {
      if (isIn(now, signal)) continue;
      // With the first listener for any signal Deno ignores none any more, for as long as it lives.
      this.#ignored.add(signal);
      process.on(signal, () => undefined);
    }
  }

  #leave(events: Iterable<string>): void {
    for (const event of events) {
      const listener = this.#listeners.get(event);
      if (listener !== undefined) process.removeListener(event, listener);
      this.#listeners.delete(event);
    }
  }

  readonly #beforeUncaught = () => this.#flush(false);

  add(ending: Ending, signals: boolean): () => void {
    if (this.#endings.size === 0) for (const event of UNCAUGHT) globalThis.addEventListener?.(event, this.#beforeUncaught);
    this.#endings.add(ending);
    this.#listen("exit", () => this.#flush(true));
    // Not the last word: whoever finds more to do goes on.
    this.#listen("beforeExit", () => this.#flush(false));
    if (signals) {
      this.#signalled.add(ending);
      this.#listenToSignals();
    }
    return () => {
      if (!this.#endings.delete(ending)) return;
      if (this.#signalled.delete(ending) && this.#signalled.size === 0) this.#leave(SIGNALS);
      if (this.#endings.size > 0) return;
      this.#leave([...this.#listeners.keys()]);
      for (const event of UNCAUGHT) globalThis.removeEventListener?.(event, this.#beforeUncaught);
    };
  }
}

/** Has a last word written at the end; returns what takes that back. `signals`: also where a signal ends the process. */
export function atExit(ending: Ending, signals: boolean): () => void {
  const shared = process as unknown as { [COPIES]?: Pick<Exits, "add"> };
  shared[COPIES] ??= new Exits();
  return shared[COPIES].add(ending, signals);
}
