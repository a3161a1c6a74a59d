// Registries that end with the instance that made them.

import { become, claim, format } from "../formatted";
import { Registry } from "../../../assembly/layout";
import { identityNext, writerClaim, writerLeave, writerRetire, writerRevoke, writersSweep } from "../../../assembly/store/adopt";
import { registriesEnd, registryOwn } from "../../../assembly/store/owner";
import { registryCreate, registryRemove } from "../../../assembly/store/registry";
import { writerIdentity, writerIndex } from "../../../assembly/store/report";
import { clockNow, clockSet, ownSlot, slotForget } from "../../../assembly/store/writer";
import { GONE, NO_WRITER, OK } from "../../../assembly/status";

/** A registry of this instance's own. */
function made(): i32 {
  const registry = registryCreate();
  registryOwn(registry, load<u32>(registry), identity());
  return registry;
}

function identity(): u32 {
  return writerIdentity(writerIndex());
}

function pass(seconds: f64): void {
  for (; seconds > 0; seconds -= 10) clockSet(clockNow() + min<f64>(seconds, 10));
}

describe("registryOwn", () => {
  it("says whose a registry is, and is GONE for one that is no more", () => {
    format();
    const registry = registryCreate();
    expect<u32>(changetype<Registry>(registry).owner).toBe(0);
    const state = load<u32>(registry);
    expect<i32>(registryOwn(registry, state, 5)).toBe(OK);
    expect<u32>(changetype<Registry>(registry).owner).toBe(5);
    registryRemove(registry, state);
    expect<i32>(registryOwn(registry, state, 5)).toBe(GONE);
    const again = registryCreate();
    expect<u32>(changetype<Registry>(again).owner).toBe(0);
    slotForget();
    expect<i32>(registryOwn(again, load<u32>(again), 5)).toBe(NO_WRITER);
  });
});

describe("registriesEnd", () => {
  it("ends what a dead instance had for itself, and nobody else's", () => {
    const first = format();
    const mine = made();
    const shared = registryCreate();
    claim();
    const theirs = made();
    const theirState = load<u32>(theirs);
    const given = made();
    registryOwn(given, load<u32>(given), 0);
    const dead = identity();
    const index = writerIndex();
    become(first);
    writerRevoke(index);
    // It may live after all.
    registriesEnd(dead);
    expect<u32>(load<u32>(theirs)).toBe(theirState);
    writerRetire(index);
    expect<i32>(registriesEnd(dead)).toBe(OK);
    expect<bool>(load<u32>(theirs) == theirState).toBe(false);
    expect<i32>(registryRemove(mine, load<u32>(mine))).toBe(OK);
    expect<i32>(registryRemove(shared, load<u32>(shared))).toBe(OK);
    expect<i32>(registryRemove(given, load<u32>(given))).toBe(OK);
  });

  it("ends none of an instance that was believed dead and counts on in another slot", () => {
    const first = format();
    claim();
    const theirs = made();
    const state = load<u32>(theirs);
    const alive = identity();
    const index = writerIndex();
    become(first);
    writerRevoke(index);
    slotForget();
    writerClaim(alive, 7, 3);
    const anew = ownSlot();
    become(first);
    writerRetire(index);
    registriesEnd(alive);
    expect<u32>(load<u32>(theirs)).toBe(state);
    // Its own word, from the slot that it has now.
    become(anew);
    registriesEnd(alive);
    writerLeave();
    expect<bool>(load<u32>(theirs) == state).toBe(false);
  });

  it("ends them with the quarantine, by whoever sweeps or takes the slot over", () => {
    for (let sweeps = 0; sweeps < 2; sweeps++) {
      const first = format();
      claim();
      const theirs = made();
      const state = load<u32>(theirs);
      const index = writerIndex();
      become(first);
      writerRevoke(index);
      pass(121);
      if (sweeps == 1) writersSweep();
      else claim();
      expect<bool>(load<u32>(theirs) == state).toBe(false);
    }
  });

  it("does nothing without a slot, or for an instance that never claimed one", () => {
    format();
    const shared = registryCreate();
    const state = load<u32>(shared);
    expect<i32>(registriesEnd(0)).toBe(OK);
    slotForget();
    expect<i32>(registriesEnd(identityNext())).toBe(NO_WRITER);
    expect<u32>(load<u32>(shared)).toBe(state);
  });
});
