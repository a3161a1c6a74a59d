// Links: at the numbers of an image, and in the lists of their entries.

import { failFrom, format } from "../formatted";
import { bytesUsed, listening, source } from "./frames";
import { partOfValue, partWith } from "../others";
import {
  entryChanged,
  FAMILIES_MOST,
  heldAt,
  heldEnd,
  heldMade,
  isPlace,
  linkEnd,
  linkMade,
  linkMoved,
  linkSet,
  placeAt,
  placeMade,
} from "../../../assembly/image/links";
import { Lent } from "../../../assembly/image/lent";
import { Entry, ENTRY_BYTES, Held, LAST_CHANGED, Link, linkPart, Process, Source } from "../../../assembly/image/mirror";
import { processCreate, processSeries } from "../../../assembly/image/processes";
import { Base, KIND_PLAIN } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";

let process: usize = 0;

function entry(): usize {
  const made = take(ENTRY_BYTES, KIND_PLAIN, true);
  memory.fill(made, 0, ENTRY_BYTES);
  return made;
}

/** The links of an entry, in their order; -1 where `before` does not lead back. */
function listed(owner: usize): usize[] {
  const links: usize[] = [];
  let before: usize = 0;
  for (let link: usize = changetype<Entry>(owner).links; link != 0; link = changetype<Link>(link).next) {
    if (changetype<Link>(link).before != <u32>before || changetype<Link>(link).entry != <u32>owner) links.push(-1);
    links.push(link);
    before = link;
  }
  return links;
}

beforeEach(() => {
  format();
  listening();
  process = processCreate(source);
});

describe("entryChanged", () => {
  it("puts an entry into the list once", () => {
    const one = entry();
    const other = entry();
    entryChanged(source, one);
    entryChanged(source, other);
    entryChanged(source, one);
    expect<u32>(changetype<Source>(source).changed).toBe(<u32>other);
    expect<u32>(changetype<Entry>(other).changed).toBe(<u32>one);
    expect<u32>(changetype<Entry>(one).changed).toBe(LAST_CHANGED);
  });
});

describe("heldMade and heldAt", () => {
  it("keep what there was when a larger number comes", () => {
    expect<usize>(heldAt(process, 0)).toBe(0);
    for (let i: u32 = 0; i < 100; i += 7) changetype<Held>(heldMade(process, i)).known = 1000 + i;
    for (let i: u32 = 0; i < 100; i++) expect<u32>(changetype<Held>(heldAt(process, i)).known).toBe(i % 7 == 0 ? 1000 + i : 0);
    expect<usize>(heldAt(process, 128)).toBe(0);
    expect<usize>(heldMade(process, FAMILIES_MOST - 1)).not.toBe(0);
  });

  it("are as they were without memory", () => {
    changetype<Held>(heldMade(process, 3)).known = 9;
    failFrom(1);
    expect<usize>(heldMade(process, 500)).toBe(0);
    failFrom(0);
    expect<u32>(changetype<Held>(heldAt(process, 3)).known).toBe(9);
    expect<u32>(changetype<Process>(process).capacity).toBe(8);
  });
});

describe("placeMade and isPlace", () => {
  it("keep what there was, and count the places of a process", () => {
    const held = heldMade(process, 0);
    for (let i: u32 = 0; i < 1000; i += 13) store<u32>(placeMade(process, held, i), i + 1);
    for (let i: u32 = 0; i < 1000; i++) expect<u32>(load<u32>(placeAt(held, i))).toBe(i % 13 == 0 ? i + 1 : 0);
    expect<usize>(placeAt(held, 1024)).toBe(0);
    expect<u32>(changetype<Process>(process).places).toBe(1024);
    placeMade(process, heldMade(process, 1), 0);
    expect<u32>(changetype<Process>(process).places).toBe(1032);
  });

  it("have a limit by what is there: of a family, and of a process", () => {
    const held = heldMade(process, 0);
    expect<bool>(isPlace(process, held, 65536)).toBe(true);
    expect<bool>(isPlace(process, held, 65537)).toBe(false);
    expect<bool>(isPlace(process, held, u32.MAX_VALUE)).toBe(false);
    changetype<Held>(held).count = 10;
    expect<bool>(isPlace(process, held, 65556)).toBe(true);
    expect<bool>(isPlace(process, held, 65557)).toBe(false);
    // 16 MiB in many families, where each of them is within its own.
    changetype<Process>(process).places = 4194304 - 65536;
    expect<bool>(isPlace(process, held, 65535)).toBe(true);
    changetype<Process>(process).places = 4194304;
    expect<bool>(isPlace(process, held, 65535)).toBe(false);
    changetype<Process>(process).count = 1 << 20;
    expect<bool>(isPlace(process, held, 65535)).toBe(true);
  });

  it("are as they were without memory", () => {
    const held = heldMade(process, 0);
    store<u32>(placeMade(process, held, 2), 7);
    failFrom(1);
    expect<usize>(placeMade(process, held, 100)).toBe(0);
    failFrom(0);
    expect<u32>(load<u32>(placeAt(held, 2))).toBe(7);
    expect<u32>(changetype<Process>(process).places).toBe(8);
  });
});

describe("linkMade and linkEnd", () => {
  it("keep a list that leads both ways, whoever leaves it", () => {
    const owner = entry();
    const used = bytesUsed();
    const part = partOfValue(3);
    const links: usize[] = [];
    for (let i = 0; i < 3; i++) links.push(linkMade(owner, process, part));
    expect<i32>(listed(owner).length).toBe(3);
    expect<u32>(processSeries(process)).toBe(3);
    expect<f64>(changetype<Base>(linkPart(links[1])).high).toBe(3);
    expect<u32>(changetype<Link>(links[1]).said).toBe(0);
    linkEnd(links[1]);
    expect<usize>(listed(owner)[0]).toBe(links[2]);
    expect<usize>(listed(owner)[1]).toBe(links[0]);
    linkEnd(links[2]);
    expect<usize>(listed(owner)[0]).toBe(links[0]);
    linkEnd(links[0]);
    expect<i32>(listed(owner).length).toBe(0);
    expect<u32>(processSeries(process)).toBe(0);
    expect<u32>(bytesUsed()).toBe(used + 48);
  });

  it("makes nothing without memory", () => {
    const owner = entry();
    const part = partWith(500);
    failFrom(1);
    expect<usize>(linkMade(owner, process, part)).toBe(0);
    failFrom(0);
    expect<u32>(changetype<Entry>(owner).links).toBe(0);
    expect<u32>(processSeries(process)).toBe(0);
  });
});

/** Lends some part to a link, with a number. */
function lentTo(link: usize, value: f64): void {
  const lent = changetype<Lent>(heap.alloc(offsetof<Lent>()));
  lent.what = 64;
  lent.value = value;
  changetype<Link>(link).lent = <u32>changetype<usize>(lent);
}

describe("linkMade and linkMoved", () => {
  it("end what was lent to the link that was alone", () => {
    const owner = entry();
    const first = linkMade(owner, process, partOfValue(1));
    lentTo(first, 5);
    const second = linkMade(owner, process, partOfValue(2));
    expect<u32>(changetype<Link>(first).lent).toBe(0);
    expect<f64>(changetype<Base>(linkPart(first)).high).toBe(5);
    const other = entry();
    linkMoved(second, other);
    lentTo(first, 6);
    lentTo(second, 7);
    linkMoved(second, owner);
    expect<u32>(changetype<Link>(first).lent).toBe(0);
    expect<u32>(changetype<Link>(second).lent).toBe(0);
    expect<f64>(changetype<Base>(linkPart(first)).high).toBe(6);
    expect<f64>(changetype<Base>(linkPart(second)).high).toBe(7);
  });
});

describe("linkSet", () => {
  it("keeps a part in the block there, or in a larger one", () => {
    const owner = entry();
    const place = placeMade(process, heldMade(process, 0), 0);
    const first = linkMade(owner, process, partOfValue(3));
    store<u32>(place, first);
    expect<bool>(linkSet(place, partOfValue(4))).toBe(true);
    expect<usize>(load<u32>(place)).toBe(first);
    expect<f64>(changetype<Base>(linkPart(first)).high).toBe(4);
    const large = partWith(400);
    changetype<Base>(large).high = 5;
    failFrom(1);
    expect<bool>(linkSet(place, large)).toBe(false);
    failFrom(0);
    expect<f64>(changetype<Base>(linkPart(load<u32>(place))).high).toBe(4);
    expect<bool>(linkSet(place, large)).toBe(true);
    const second: usize = load<u32>(place);
    expect<usize>(second).not.toBe(first);
    expect<f64>(changetype<Base>(linkPart(second)).high).toBe(5);
    expect<i32>(listed(owner).length).toBe(1);
    // A smaller one stays where it is, and its block keeps its size.
    expect<bool>(linkSet(place, partOfValue(6))).toBe(true);
    expect<usize>(load<u32>(place)).toBe(second);
    expect<u32>(changetype<Link>(second).bytes).toBe(32 + 448);
    expect<u32>(processSeries(process)).toBe(1);
  });
});

describe("linkMoved", () => {
  it("puts a link into the list of another entry", () => {
    const one = entry();
    const other = entry();
    const first = linkMade(one, process, partOfValue(1));
    const second = linkMade(one, process, partOfValue(2));
    const third = linkMade(other, process, partOfValue(3));
    linkMoved(first, other);
    expect<usize>(listed(one)[0]).toBe(second);
    expect<i32>(listed(one).length).toBe(1);
    expect<usize>(listed(other)[0]).toBe(first);
    expect<usize>(listed(other)[1]).toBe(third);
    expect<u32>(processSeries(process)).toBe(3);
  });
});

describe("heldEnd", () => {
  it("gives back all numbers of an image, and may come twice", () => {
    const used = bytesUsed();
    for (let i: u32 = 0; i < 20; i++) placeMade(process, heldMade(process, i), i * 10);
    expect<u32>(bytesUsed()).toBeGreaterThan(used);
    heldEnd(process);
    expect<u32>(bytesUsed()).toBe(used);
    expect<u32>(changetype<Process>(process).places).toBe(0);
    heldEnd(process);
    expect<u32>(bytesUsed()).toBe(used);
    expect<usize>(heldAt(process, 0)).toBe(0);
  });

  it("walks nothing where a death left no table, and believes no size", () => {
    heldMade(process, 0);
    changetype<Process>(process).capacity = 0;
    heldEnd(process);
    expect<u32>(changetype<Process>(process).held).toBe(0);
  });
});
