// Threads of Node, Deno and Bun: who inherits the memory, who died, and who came too late to inherit.
//
// A door says what its runtime can tell. Where `exit` proves that a thread ended (Node), its slot is retired
// at once, and folded a second later if no new thread has adopted it by then. Elsewhere `exit` is a hint: the
// slot is revoked, and what the thread claims after that is revoked again when it is certainly gone.
//
// A thread that began before the library was loaded in its parent inherits nothing. It counts in a memory of
// its own, asks on a channel, and carries what it counted along as soon as it is answered.

import { type Place, joining, openThread, placeOf, settleLate, threadTicket, usable, whenSettled } from "./thread.ts";
import { now } from "./clock.ts";
import { ABSENT } from "../assembly/status.ts";
import type { Core } from "./core.ts";
import { threadCores } from "./ticket.ts";

/** A channel to the other threads of the process that keeps nobody alive. */
export interface Channel {
  post(message: unknown): void;
  close(): void;
}

export interface Threads {
  /** True for the first thread of the process. */
  readonly first: boolean;
  /** Whether `exit` comes after the thread's last store. */
  readonly exitProves: boolean;
  /** Calls `born` for every thread that this one starts; `died` tells of its end. */
  watch(born: (thread: number, died: (listener: () => void) => void) => void): void;
  /** Undefined where no channel can be had without keeping the process alive. */
  channel?(receive: (message: unknown) => void): Channel;
  /** Runs later without keeping the process alive. */
  later(milliseconds: number, task: () => void): void;
}

/** The thread of a slot that nobody owns, or that is just being claimed. */
const NO_THREAD = -1;
/** A pool that restarts its worker adopts the slot before this; else the cells are folded. */
const FOLD_AFTER_MS = 1000;
/** About 0.3 ms of folding. */
const FOLD_CELLS = 1000;
/** How often a thread says that it is in no verb. */
const REST_MS = 1000;
/** Deno's threads wrote on for 20 s after `exit`, and one that died while it began may claim its slot only then. */
const GHOST_MS = [250, 1000, 5000, 30000];

function slotsOf(core: Core, thread: number): number[] {
  const slots: number[] = [];
  for (let i = 0; i < core.verbs.writerCount(); i++) if (core.verbs.writerThread(i) === thread) slots.push(i);
  return slots;
}

function fold(core: Core, slot: number, threads: Threads): void {
  const folded = core.cold(() => core.verbs.writerFold(slot, FOLD_CELLS));
  if (folded === FOLD_CELLS) threads.later(0, () => fold(core, slot, threads));
}

/** Retires a slot whose owner is certainly dead; what the owner had for itself alone ends, what it counted is folded. */
function retired(core: Core, slot: number, threads: Threads): void {
  const identity = core.verbs.writerIdentity(slot);
  core.verbs.writerRetire(slot);
  threads.later(FOLD_AFTER_MS, () => {
    core.cold(() => core.verbs.registriesEnd(identity));
    fold(core, slot, threads);
  });
}

/** Retires a thread that died, and with it the threads that it had started: nobody else hears of their end. */
function buried(thread: number, threads: Threads): void {
  for (const core of threadCores()) {
    for (let i = 0; i < core.verbs.writerCount(); i++) {
      const child = core.verbs.writerThread(i);
      if (core.verbs.writerParent(i) === thread && child !== thread && child !== NO_THREAD) buried(child, threads);
    }
    for (const slot of slotsOf(core, thread)) {
      core.verbs.clockSet(now() / 1000);
      if (core.verbs.writerRevoke(slot) !== ABSENT && threads.exitProves) retired(core, slot, threads);
    }
  }
}

function watch(threads: Threads): void {
  threads.watch((thread, died) => {
    died(() => {
      buried(thread, threads);
      if (threads.exitProves) return;
      for (const milliseconds of GHOST_MS) threads.later(milliseconds, () => buried(thread, threads));
    });
  });
}

/** A thread that only counts says now and then that it is in no verb; else shared cells could not be used again. */
function rest(threads: Threads): void {
  threads.later(REST_MS, () => {
    for (const core of threadCores()) {
      core.verbs.writerRest();
      // The windows of summaries turn by it, and what is idle ends by it.
      core.verbs.clockSet(now() / 1000);
    }
    rest(threads);
  });
}

interface Message {
  readonly tallystick: "ask" | "ticket";
  readonly ticket?: unknown;
}

function isMessage(message: unknown): message is Message {
  return typeof message === "object" && message !== null && "tallystick" in message;
}

/** The first thread answers whoever asks, and tells those who asked before it could. */
function answer(open: NonNullable<Threads["channel"]>): void {
  // Not before the memory is settled: `configure` may still replace it.
  const tell = () => whenSettled(() => joining() && channel.post({ tallystick: "ticket", ticket: threadTicket() }));
  const channel = open((message) => {
    if (isMessage(message) && message.tallystick === "ask") tell();
  });
  tell();
}

/** A late thread asks once and then listens. `moved` without a place: another copy here was answered before. */
function ask(open: NonNullable<Threads["channel"]>, moved: (place?: Place) => void): void {
  const channel = open((message) => {
    const ticket = isMessage(message) && message.tallystick === "ticket" && joining() ? usable(message.ticket) : undefined;
    if (ticket === undefined) return;
    channel.close();
    const there = placeOf(ticket);
    if (there.core === openThread().core) {
      moved();
      return;
    }
    // What was counted is read from the old place: the registry moves before the thread does.
    moved(there);
    settleLate(ticket);
  });
  channel.post({ tallystick: "ask" });
}

/** Opens this thread's memory and does what its runtime allows for the others. `late`: it waits for another one. */
export function begin(threads: Threads, late: boolean, moved: (place?: Place) => void): void {
  openThread();
  watch(threads);
  rest(threads);
  if (threads.channel === undefined) return;
  if (threads.first) answer(threads.channel);
  else if (late) ask(threads.channel, moved);
}
