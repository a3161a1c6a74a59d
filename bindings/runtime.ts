// What a door brings along: the core never asks where it runs.

/** Pieces of an exposition. */
export type Slices = AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>;

/** The capabilities of a runtime. */
export interface Runtime {
  /** @internal The compiled core for this runtime. */
  module(): WebAssembly.Module;
  /** False where memory cannot be shared between threads. */
  readonly shared: boolean;
  /** The runtime's id of this thread, 0 for the first. */
  readonly thread: number;
  /** Bytes to be filled at once; whatever is in them. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** Lets the event loop turn once. */
  pause(): Promise<void>;
  /** The content codings it has, the best first. */
  codings(): readonly string[];
  /** Slices, compressed beside the event loop where there are threads for it. Each is taken up before the next is asked for. */
  compressed(coding: string, slices: Slices): Slices;
  /** The id of the thread that started this one, as far as it is known; NO_PARENT else. */
  parent(): number;
  /** The ticket that this thread inherited, if any. */
  inherited(): unknown;
  /** Hands a ticket to threads that begin from now on; undefined takes it back. */
  bequeath(ticket: unknown): void;
}

/** The parent of the first thread, and of those that inherited nothing. */
export const NO_PARENT = 0xfffffffe;

let runtime: Runtime | undefined;

export function setRuntime(capabilities: Runtime): void {
  runtime = capabilities;
}

export function currentRuntime(): Runtime {
  if (runtime === undefined) throw new TypeError("Cannot use tallystick without a door: import it from its own entry");
  return runtime;
}

/** Calls back for what became garbage; does nothing where the runtime cannot tell (older workerd). */
export function finalizer<T>(tell: (held: T) => void): {
  register(target: object, held: T, token: object): void;
  unregister(token: object): void;
} {
  if (typeof FinalizationRegistry === "function") return new FinalizationRegistry<T>(tell);
  return { register: () => undefined, unregister: () => undefined };
}

/** What does not keep an object; it does where the runtime knows no such thing (older workerd). */
export interface Weak<T> {
  deref(): T | undefined;
}

export function weakly<T extends object>(target: T): Weak<T> {
  return typeof WeakRef === "function" ? new WeakRef(target) : { deref: () => target };
}
