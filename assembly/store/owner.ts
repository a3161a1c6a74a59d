// Registries that one instance made for itself alone. A program's own registry ends with its thread: nobody else
// has a ticket of it, so nothing that it counted can ever be read again.

import { load32, store32 } from "../memory/atomics";
import { HEADER, Header, LIVE, Registry, Writer } from "../layout";
import { GONE, NO_WRITER, OK } from "../status";
import { registryEmpty } from "./family";
import { registryRemove } from "./registry";
import { isLive } from "./series";
import { tableCount, tableGet } from "./table";
import { begin, end, mayAct, owned, ownSlot, slotAt, slotCount } from "./writer";

/** Says whose a registry is; 0 for one that others may know from now on. */
export function registryOwn(registry: usize, state: u32, owner: u32): i32 {
  if (!begin()) return NO_WRITER;
  const live = isLive(registry, state);
  if (live) store32(registry + offsetof<Registry>("owner"), owner);
  end();
  return live ? OK : GONE;
}

/** True where an instance that was believed dead, or another slot of it, may still run. */
function mayRun(identity: u32): bool {
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0 || slot == ownSlot() || !mayAct(slot)) continue;
    if (load32(slot + offsetof<Writer>("identity")) == identity) return true;
  }
  return false;
}

/** The state of the registry at a position where it is LIVE and an instance's own; else 0. */
function ownState(registry: usize, identity: u32): u32 {
  if (registry == 0) return 0;
  const state = load32(registry);
  return (state & 3) == LIVE && load32(registry + offsetof<Registry>("owner")) == identity ? state : 0;
}

/** Ends the registries of an instance that is dead or leaves. None where it may still run. */
export function registriesEnd(identity: u32): i32 {
  if (!owned()) return NO_WRITER;
  if (identity == 0 || mayRun(identity)) return OK;
  const table: usize = changetype<Header>(HEADER).registries;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const registry = tableGet(table, i);
    const state = ownState(registry, identity);
    if (state == 0) continue;
    registryEmpty(registry, state, false);
    // Who is believed dead in the middle of it has left the rest.
    if (registryRemove(registry, state) == NO_WRITER) return NO_WRITER;
  }
  return OK;
}
