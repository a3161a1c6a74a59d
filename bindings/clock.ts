// What time it is: whatever the library measures and dates asks here, so that a test may say it instead. All copies of the library in a
// thread (ESM beside CommonJS) ask the same.

/** The runtime's clock. In Node the global of that name is a getter: who reads it for each look at the time takes 9 ns longer. */
export const clock = performance;

/** Fake timers of a test runner put another one in its place (Jest 30, Vitest 4), and another `Date` with it, which costs nothing to look at. */
const RuntimeDate = Date;

/** Two clocks that somebody holds, in microseconds: since the epoch, and since some moment, which no step moves. */
export type HeldTimes = BigInt64Array<ArrayBufferLike>;

export const WALL = 0;
export const PASSED = 1;
const MICROSECONDS = 1000;

interface Shared {
  times: HeldTimes | undefined;
}

const CLOCK = Symbol.for("tallystick.clock");

/** Of this thread, whichever copy came first. Sealed: Jest puts getters that warn upon what globals have, behind each test file. */
function shared(): Shared {
  const copies = globalThis as { [CLOCK]?: Shared };
  if (copies[CLOCK] === undefined) Object.defineProperty(copies, CLOCK, { value: Object.seal({ times: undefined }) });
  return copies[CLOCK]!;
}

const own = shared();

/** @internal Whose clocks are held; undefined where time is the runtime's. */
export function heldTimes(): HeldTimes | undefined {
  return own.times;
}

/** @internal Holds both clocks; undefined lets them go on. */
export function holdTimes(times: HeldTimes | undefined): void {
  own.times = times;
}

function held(times: HeldTimes, which: number): number {
  return Number(Atomics.load(times, which)) / MICROSECONDS;
}

/** Milliseconds since the epoch. */
export function now(): number {
  return own.times === undefined ? Date.now() : held(own.times, WALL);
}

/** Milliseconds since some moment, monotonic. */
export function ticks(): number {
  if (own.times !== undefined) return held(own.times, PASSED);
  return Date === RuntimeDate ? clock.now() : performance.now();
}

/** Seconds between a moment of `ticks` and now: of milliseconds that are whole exact ones. */
export function secondsSince(from: number): number {
  return (ticks() - from) / 1000;
}
