// This thread's default memory: inherited, found in another copy of this module, or made.
//
// Copies of the library in one thread (ESM beside CommonJS, two bundles) find the memory under a symbol that
// is the same for all of them; each has a core and a writer of its own over it. A copy of another layout
// version makes a memory of its own.

import { Core } from "./core.ts";
import { currentRuntime } from "./runtime.ts";
import { LAYOUT_VERSION } from "./generated/layout.ts";
import { checkOptions } from "./options.ts";
import { maxBytesInvalid, tooLate } from "./errors.ts";
import { type CheckedTicket, checkTicket, coreForgotten, coreKept, coreOf } from "./ticket.ts";

/** @internal Where a registry is: its memory may become another one while a late thread joins. */
export interface Place {
  readonly core: Core;
  readonly address: number;
  readonly state: number;
}

/** What `configure` takes: both are this thread's, and are said before its first metric. */
export interface Configuration {
  /** What series may use of the memory, in bytes: 1 MiB to 1,792 MiB, 256 MiB by default. */
  readonly maxBytes?: number;
  /** False: neither join what was inherited nor hand the memory to threads that begin later. True by default. */
  readonly join?: boolean;
}

/** About a million histogram series of 11 buckets. */
const DEFAULT_MAX_BYTES = 268435456;
const LEAST_BYTES = 1048576;
/** The memory's maximum is 32,767 pages, a sixteenth of maxBytes is reserved for scrapes. */
const MOST_BYTES = 1879048192;
const COPIES = Symbol.for("tallystick");

let place: Place | undefined;
let used = false;
let maxBytes = DEFAULT_MAX_BYTES;
let joins = true;
let guest = false;
let moved = false;

function copies(): { [COPIES]?: CheckedTicket } {
  return globalThis as { [COPIES]?: CheckedTicket };
}

/** @internal A ticket of this layout, or undefined for anything else. */
export function usable(value: unknown): CheckedTicket | undefined {
  try {
    checkTicket(value, LAYOUT_VERSION);
    return value;
  } catch {
    return undefined;
  }
}

function placeMade(): Place {
  const { shared, thread } = currentRuntime();
  const core = coreKept(Core.create(currentRuntime().module(), maxBytes, shared, thread));
  const address = core.cold(() => core.verbs.registryCreate());
  return { core, address, state: core.verbs.recordState(address) };
}

let comes: (() => void) | undefined;

/** @internal Calls back whenever this thread comes to a memory that it has not made. */
export function whenComing(tell: () => void): void {
  comes = tell;
}

/** @internal The place that a ticket tells of, in this thread. */
export function placeOf(ticket: CheckedTicket): Place {
  comes?.();
  return { core: coreOf(ticket, currentRuntime().thread), address: ticket.registry, state: ticket.registryState };
}

/** @internal The ticket of a registry. */
export function ticketOf({ core, address, state }: Place): CheckedTicket {
  return {
    layoutVersion: core.layoutVersion,
    module: core.module,
    memory: core.memory,
    maxBytes: core.maxBytes,
    registry: address,
    registryState: state,
  };
}

/** @internal Opens the default memory, without touching it where it was inherited. */
export function openThread(): Place {
  if (place !== undefined) return place;
  const inherited = joins ? (usable(copies()[COPIES]) ?? usable(currentRuntime().inherited())) : undefined;
  settle(inherited === undefined ? placeMade() : placeOf(inherited));
  return place!;
}

/** Makes a place the default one of this thread and of those that begin later. */
function settle(now: Place): void {
  place = now;
  if (!joins) return;
  const ticket = ticketOf(now);
  copies()[COPIES] = ticket;
  if (currentRuntime().shared) currentRuntime().bequeath(ticket);
}

/** @internal The default memory, made where there is none. From here on it is settled. */
export function threadPlace(): Place {
  const there = openThread();
  if (!used) {
    used = true;
    for (const tell of settled) tell();
  }
  return there;
}

const settled: (() => void)[] = [];

/** @internal Calls back once this thread's memory is the one that it will keep. */
export function whenSettled(tell: () => void): void {
  if (used) tell();
  else settled.push(tell);
}

/** @internal The ticket of the default memory, for threads that ask. */
export function threadTicket(): CheckedTicket {
  return ticketOf(openThread());
}

/** @internal True where this thread joins what it inherits and hands it on. */
export function joining(): boolean {
  return joins;
}

/**
 * Decides how this thread's memory is made; call it before the first metric. Throws a MetricsError `too-late`
 * after that, a RangeError for a size out of bounds, a TypeError for an option that there is not.
 *
 * @example
 * ```ts
 * import { configure } from "tallystick";
 *
 * configure({ maxBytes: 64 * 1024 * 1024 });
 * ```
 */
export function configure(configuration: Configuration): void {
  checkOptions("configure", configuration, { maxBytes: "number", join: "boolean" });
  if (used) throw tooLate();
  const bytes = configuration.maxBytes ?? maxBytes;
  if (!Number.isInteger(bytes) || bytes < LEAST_BYTES || bytes > MOST_BYTES) throw maxBytesInvalid(bytes);
  const inherited = place !== undefined && place.core.verbs.writerOwned() === 0;
  maxBytes = bytes;
  joins = configuration.join ?? joins;
  // An inherited memory has the size that its maker gave it.
  if (joins && inherited) return;
  if (place !== undefined) {
    if (!inherited) coreForgotten(place.core);
    place = undefined;
    // The ticket of what is given up must not be found again below.
    delete copies()[COPIES];
    currentRuntime().bequeath(undefined);
  }
  openThread();
}

/** @internal Says that somebody started this thread, where its number says nothing of that. */
export function startedByAnother(): void {
  guest = true;
}

/**
 * @internal True where a place is another memory's default one and this thread, which inherited none, is to move there.
 * The first thread stays where it is: others inherit from it.
 */
export function movesTo({ core, address }: Place): boolean {
  const own = openThread().core;
  if (!joins || moved || own === core || address !== core.verbs.registryFirst()) return false;
  const started = guest || currentRuntime().thread !== 0;
  return started && usable(currentRuntime().inherited())?.memory !== own.memory;
}

/** @internal Replaces the default memory of a thread that could only join late. */
export function settleLate(ticket: CheckedTicket): Place {
  moved = true;
  settle(placeOf(ticket));
  return place!;
}
