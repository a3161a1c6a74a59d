// The series that takes what is beyond a family's limit.

import { family, format, textAt } from "../formatted";
import { Wanted } from "../wanted";
import { overflowBlock, overflowLength } from "../../../assembly/image/overflow";
import { COUNTER } from "../../../assembly/layout";
import { isOverflow } from "../../../assembly/store/match";
import { inputAddress } from "../../../assembly/store/writer";

function block(labels: string): string {
  const made = new Wanted(COUNTER, "jobs");
  made.labels = labels;
  const at = overflowBlock(made.family());
  return textAt(at, overflowLength());
}

beforeEach(() => {
  format();
});

describe("overflowBlock", () => {
  it("has all labels of the family, as the binding writes it", () => {
    expect<string>(block("queue")).toBe('queue="tallystick_overflow"');
    expect<bool>(isOverflow(inputAddress(0), overflowLength())).toBe(true);
  });

  it("has a comma between any two", () => {
    expect<string>(block("a\nb\nc")).toBe('a="tallystick_overflow",b="tallystick_overflow",c="tallystick_overflow"');
    expect<bool>(isOverflow(inputAddress(0), overflowLength())).toBe(true);
  });

  it("keeps names in their quotes", () => {
    expect<string>(block('"the queue"\né')).toBe('"the queue"="tallystick_overflow",é="tallystick_overflow"');
  });

  it("is empty for a family without labels, which has one series anyway", () => {
    expect<string>(block("")).toBe("");
  });

  it("has room for as many labels as there are", () => {
    const names: string[] = [];
    for (let i = 0; i < 300; i++) names.push("n" + i.toString());
    const all = block(names.join("\n"));
    expect<i32>(all.split(",").length).toBe(300);
    expect<bool>(all.endsWith('n299="tallystick_overflow"')).toBe(true);
  });

  it("is of the family that is asked for", () => {
    const one = family(COUNTER, 0, "one", "a");
    const other = family(COUNTER, 0, "other", "b");
    overflowBlock(one);
    expect<string>(textAt(overflowBlock(other), overflowLength())).toBe('b="tallystick_overflow"');
  });
});
