// What a thread needs to join a memory: a plain object that structured cloning carries to any thread.

import { foreignMemory, notATicket } from "./errors.ts";
import { Core } from "./core.ts";

/** Pass it by `postMessage` or `workerData`; `join` takes it. */
export interface Ticket {
  /** Which build of the records the memory has; another build refuses it. */
  readonly layoutVersion: number;
  /** A WebAssembly.Module and a Memory, which the types of Node alone do not know. */
  readonly module: unknown;
  readonly memory: unknown;
  readonly maxBytes: number;
  /** The registry that the ticket is for. */
  readonly registry: number;
  readonly registryState: number;
}

/** @internal A ticket that may be used. */
export interface CheckedTicket extends Ticket {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** @internal Rejects what is no ticket, or one of another layout. `ours` is this build's layout version. */
export function checkTicket(value: unknown, ours: number): asserts value is CheckedTicket {
  if (typeof value !== "object" || value === null || !("layoutVersion" in value)) throw notATicket(value);
  const { layoutVersion } = value;
  if (layoutVersion !== ours) throw foreignMemory(layoutVersion, ours);
  const { module, memory, maxBytes, registry, registryState } = value as Partial<Ticket>;
  const numbers = [maxBytes, registry, registryState].every((number) => Number.isInteger(number));
  // By tag and not by instanceof: the objects may come from another realm.
  const tag = (object: unknown) => Object.prototype.toString.call(object);
  if (!numbers || tag(module) !== "[object WebAssembly.Module]" || tag(memory) !== "[object WebAssembly.Memory]") throw notATicket(value);
}

/** The cores of this thread, one a memory. */
const cores = new Map<WebAssembly.Memory, Core>();

function attached(ticket: CheckedTicket, thread: number): Core {
  try {
    return Core.attach(ticket.module, ticket.memory, ticket.maxBytes, thread);
  } catch (error) {
    // The memory is too small or not shared, or the module wants something else.
    throw error instanceof WebAssembly.LinkError ? notATicket(ticket) : error;
  }
}

/** @internal */
export function coreOf(ticket: CheckedTicket, thread: number): Core {
  for (const [memory, core] of cores) if (memory === ticket.memory || memory.buffer === ticket.memory.buffer) return core;
  const core = attached(ticket, thread);
  // Every message clones the object: what is in the memory says whether it is there already.
  const identity = core.verbs.memoryIdentity();
  for (const there of cores.values()) if (there.verbs.memoryIdentity() === identity) return there;
  cores.set(ticket.memory, core);
  return core;
}

/** @internal */
export function coreKept(core: Core): Core {
  cores.set(core.memory, core);
  return core;
}

/** @internal */
export function coreForgotten(core: Core): void {
  cores.delete(core.memory);
}

/** @internal */
export function threadCores(): Iterable<Core> {
  return cores.values();
}
