// All series of a registry end, its families stay.

import { bind, family, format, input, tokenOf } from "../formatted";
import { COUNTER, GAUGE, MODE_SHARED } from "../../../assembly/layout";
import { counterAdd } from "../../../assembly/metric/counter";
import { registryClear } from "../../../assembly/store/clear";
import { registryFirst, registryRemove } from "../../../assembly/store/registry";
import { seriesRead, seriesValue } from "../../../assembly/store/report";
import { slotForget } from "../../../assembly/store/writer";
import { ABSENT, NO_WRITER, OK, STALE } from "../../../assembly/status";

function clear(): i32 {
  return registryClear(registryFirst(), load<u32>(registryFirst()));
}

function read(family: i32, block: string): i32 {
  return seriesRead(family, load<u32>(family), input(block));
}

describe("registryClear", () => {
  it("ends the series of every family; those without labels begin again at nothing", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    const plain = family(COUNTER, 0, "plain");
    const level = family(GAUGE, MODE_SHARED, "level", "queue");
    const mail = bind(jobs, 'queue="mail"');
    counterAdd(mail, tokenOf(mail), 2);
    const only = bind(plain, "");
    counterAdd(only, tokenOf(only), 3);
    const token = tokenOf(only);
    bind(level, 'queue="mail"');
    expect<i32>(clear()).toBe(OK);
    expect<i32>(read(jobs, 'queue="mail"')).toBe(ABSENT);
    expect<i32>(read(level, 'queue="mail"')).toBe(ABSENT);
    expect<i32>(counterAdd(only, token, 1)).toBe(STALE);
    expect<i32>(read(plain, "")).toBe(0);
    expect<f64>(seriesValue()).toBe(0);
    // The families are those that were there.
    expect<i32>(family(COUNTER, 0, "jobs", "queue")).toBe(jobs);
    expect<i32>(family(COUNTER, 0, "plain")).toBe(plain);
  });

  it("is content with a registry that is no more, and needs a writer", () => {
    format();
    const registry = registryFirst();
    const state = load<u32>(registry);
    registryRemove(registry, state);
    expect<i32>(registryClear(registry, state)).toBe(OK);
    slotForget();
    expect<i32>(registryClear(registry, state)).toBe(NO_WRITER);
  });
});
