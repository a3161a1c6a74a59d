// The order of images of one registry.

import { format } from "../formatted";
import { momentNext, momentNow } from "../../../assembly/image/moments";
import { Registry } from "../../../assembly/layout";
import { registryCreate, registryFirst } from "../../../assembly/store/registry";

describe("momentNext", () => {
  it("is one more each time, in each registry by itself", () => {
    format();
    const one = registryFirst();
    const other: usize = registryCreate();
    expect<u64>(momentNow(one)).toBe(0);
    expect<u64>(momentNext(one)).toBe(1);
    expect<u64>(momentNext(one)).toBe(2);
    expect<u64>(momentNow(one)).toBe(2);
    expect<u64>(momentNow(one)).toBe(2);
    expect<u64>(momentNext(other)).toBe(1);
  });

  it("goes on beyond 32 bits", () => {
    format();
    const registry = registryFirst();
    changetype<Registry>(registry).moments = 0xffffffff;
    expect<u64>(momentNext(registry)).toBe(0x100000000);
    expect<u64>(momentNow(registry)).toBe(0x100000000);
  });
});
