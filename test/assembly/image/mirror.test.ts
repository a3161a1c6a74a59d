// The records of what a collector knows: what their drawings say.

import "../formatted";
import { Base, Family } from "../../../assembly/layout";
import {
  Entry,
  ENTRY_BYTES,
  entryBlock,
  Held,
  HELD_BYTES,
  KNOWN_BYTES,
  KNOWN_FAMILY,
  LAST_CHANGED,
  Link,
  LINK_BYTES,
  linkBytes,
  linkPart,
  Process,
  PROCESS_BYTES,
  PROCESS_DEAD,
  PROCESS_ENDED,
  PROCESS_HIDDEN,
  Source,
  SOURCE_BYTES,
} from "../../../assembly/image/mirror";

const room: usize = heap.alloc(256);

describe("records", () => {
  it("have their doubles, and what stands behind them, at multiples of 8", () => {
    expect<u32>((SOURCE_BYTES | KNOWN_BYTES | PROCESS_BYTES | HELD_BYTES | LINK_BYTES | ENTRY_BYTES) & 7).toBe(0);
    expect<usize>(offsetof<Source>("name") & 7).toBe(0);
    expect<usize>(offsetof<Process>("generation") & 7).toBe(0);
    expect<usize>(offsetof<Process>("seconds") & 7).toBe(0);
    expect<usize>((offsetof<Process>("sequence") | offsetof<Process>("pending") | offsetof<Process>("until")) & 7).toBe(0);
    expect<usize>(offsetof<Entry>("begun") & 7).toBe(0);
    expect<u32>(KNOWN_BYTES - KNOWN_FAMILY).toBe(<u32>offsetof<Family>());
    expect<u32>(<u32>offsetof<Held>()).toBe(HELD_BYTES);
  });

  it("have flags that are told apart, and an end of the changed that is no entry", () => {
    expect<u32>(PROCESS_HIDDEN | PROCESS_DEAD | PROCESS_ENDED).toBe(PROCESS_HIDDEN + PROCESS_DEAD + PROCESS_ENDED);
    expect<u32>(LAST_CHANGED & 7).not.toBe(0);
  });
});

describe("linkPart and linkBytes", () => {
  it("are what follows a link, and the block that takes both", () => {
    expect<usize>(linkPart(room)).toBe(room + LINK_BYTES);
    changetype<Base>(linkPart(room)).bytes = 72;
    expect<u32>(linkBytes(linkPart(room))).toBe(LINK_BYTES + 72);
    expect<usize>(linkPart(room) - room).toBe(offsetof<Link>());
  });
});

describe("entryBlock", () => {
  it("is what follows an entry", () => {
    expect<usize>(entryBlock(room)).toBe(room + ENTRY_BYTES);
  });
});
