// Label blocks from elsewhere: those that a binding may have written, and what would break a page.

import { family, format } from "../formatted";
import { beyondBytes, beyondPut, isBlock, isDefaults, mergedPut, withinPut } from "../../../assembly/image/block";
import { COUNTER, Family } from "../../../assembly/layout";

const room: usize = heap.alloc(1 << 16);

function is(text: string): bool {
  const length = <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, room);
  // Behind its end everything looks well.
  store<u8>(room + length, 34);
  return isBlock(room, length);
}

/** A value of these bytes. */
function isBytes(bytes: u32[]): bool {
  store<u32>(room, 0x223d61);
  for (let i = 0; i < bytes.length; i++) store<u8>(room + 3 + i, <u8>bytes[i]);
  store<u8>(room + 3 + bytes.length, 34);
  // What would go on with it.
  store<u64>(room + 4 + bytes.length, 0x8080808080808080);
  return isBlock(room, 4 + bytes.length);
}

describe("isBlock", () => {
  it("is true for what bindings write", () => {
    expect<bool>(is("")).toBe(true);
    expect<bool>(is('a=""')).toBe(true);
    expect<bool>(is('queue="mail",_x9="",B="a,b={}"')).toBe(true);
    expect<bool>(is('a="\\\\",b="\\"",c="\\n"')).toBe(true);
    expect<bool>(is('"the queue"="é",a="日本 🎉"')).toBe(true);
    expect<bool>(is('"a\\"b"="x"')).toBe(true);
    expect<bool>(isBytes([0])).toBe(true);
  });

  it("is false for what would end a line, a value or the block before its end", () => {
    const wrong: string[] = [
      'a="x\ny 5"',
      'a="x"} 5\nevil 1\n#{b="x"',
      'a="x"y"',
      'a="\\"',
      'a="\\t"',
      'a="',
      'a="x',
      "a=",
      "a",
      "=",
      ",",
      'a=x"',
      'a="x",',
      'a="x",,b="y"',
      ',a="x"',
      'a="x" ,b="y"',
      'a="x"b="y"',
      ' a="x"',
      '9a="x"',
      'a-b="x"',
      '="x"',
      '"a="x"',
      '"a\nb"="x"',
      'a\0b="x"',
      'é="x"',
    ];
    for (let i = 0; i < wrong.length; i++) expect<bool>(is(wrong[i])).toBe(false, wrong[i]);
  });

  it("is false for a name that comes twice", () => {
    expect<bool>(is('a="1",b="2",a="3"')).toBe(false);
    expect<bool>(is('a="1",a="1"')).toBe(false);
    expect<bool>(is('"a b"="1",c="2","a b"="3"')).toBe(false);
    expect<bool>(is('a="1",aa="2",aaa="3"')).toBe(true);
    expect<bool>(is('a="b=",b="a=\\",a="')).toBe(true);
  });

  it("is false for more labels than any series has", () => {
    const labels: string[] = [];
    for (let i = 0; i < 1024; i++) labels.push("a" + i.toString() + '=""');
    expect<bool>(is(labels.join(","))).toBe(true);
    labels.push('b=""');
    expect<bool>(is(labels.join(","))).toBe(false);
  });

  it("is false where it is no UTF-8, wherever it breaks off", () => {
    expect<bool>(isBytes([0xc3, 0xa9])).toBe(true);
    expect<bool>(isBytes([0xed, 0x9f, 0xbf])).toBe(true);
    expect<bool>(isBytes([0xf4, 0x8f, 0xbf, 0xbf])).toBe(true);
    const wrong: u32[][] = [
      [0x80],
      [0xc0, 0x80],
      [0xc1, 0xbf],
      [0xc3],
      [0xc3, 0x28],
      [0xe0, 0x9f, 0xbf],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf0, 0x9f, 0x8e],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xff],
      [0xe2, 0x82, 0x22],
    ];
    for (let i = 0; i < wrong.length; i++) expect<bool>(isBytes(wrong[i])).toBe(false, i.toString());
  });
});

function areDefaults(text: string): bool {
  return isDefaults(room, <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, room));
}

describe("isDefaults", () => {
  it("is true for what setDefaultLabels writes, and false for other blocks", () => {
    expect<bool>(areDefaults("")).toBe(true);
    expect<bool>(areDefaults('a="1",_b="x,y"')).toBe(true);
    expect<bool>(areDefaults('a="' + "x".repeat(4092) + '"')).toBe(true);
    const wrong: string[] = ['a="1",a="2"', 'a="x\ny"', '__name__="x"', 'a="1",__b="x"', '"q.t"="1"', 'a="1",'];
    for (let i = 0; i < wrong.length; i++) expect<bool>(areDefaults(wrong[i])).toBe(false, wrong[i]);
    expect<bool>(areDefaults('a="' + "x".repeat(4093) + '"')).toBe(false);
  });
});

/** The labels of a block that another one has not. */
function beyond(block: string, other: string): string {
  const length = <u32>String.UTF8.encodeUnsafe(changetype<usize>(block), block.length, room);
  const otherLength = <u32>String.UTF8.encodeUnsafe(changetype<usize>(other), other.length, room + length);
  const to = room + length + otherLength;
  const bytes = beyondPut(to, room, length, room + length, otherLength);
  expect<u32>(beyondBytes(room, length, room + length, otherLength)).toBe(bytes);
  return String.UTF8.decodeUnsafe(to, bytes);
}

describe("beyondPut", () => {
  it("leaves out what the other has by that name", () => {
    expect<string>(beyond('a="1",b="x,y",c="3"', 'b="2"')).toBe('a="1",c="3"');
    expect<string>(beyond('a="1",b="2"', 'a="1",b="2"')).toBe("");
    expect<string>(beyond('ab="1","a b"="2"', 'a="1",b="2"')).toBe('ab="1","a b"="2"');
    expect<string>(beyond("", 'a="1"')).toBe("");
    expect<string>(beyond('a="1"', "")).toBe('a="1"');
  });
});

/** What a verb puts of two blocks. */
function put(verb: u32, text: string, other: string, definition: usize): string {
  const length = <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, room);
  const behind = room + 8192;
  const otherLength = <u32>String.UTF8.encodeUnsafe(changetype<usize>(other), other.length, behind);
  const to = room + 16384;
  const bytes = verb == 0 ? withinPut(to, room, length, behind, otherLength) : mergedPut(to, room, length, behind, otherLength, definition);
  return String.UTF8.decodeUnsafe(to, bytes);
}

describe("withinPut", () => {
  it("is what beyondPut leaves out", () => {
    expect<string>(put(0, 'a="1",b="2,c=3",c="4"', 'c="x",a="y",d="z"', 0)).toBe('a="1",c="4"');
    expect<string>(put(0, 'a="1"', 'aa="x"', 0)).toBe("");
    expect<string>(put(0, 'a="1",b="2"', 'b="x"', 0)).toBe('b="2"');
    expect<string>(put(0, "", 'b="x"', 0)).toBe("");
  });
});

describe("mergedPut", () => {
  it("puts labels in the order of their names", () => {
    expect<string>(put(1, 'b="2",d="4"', 'a="1",c="3,a=",e="5"', 0)).toBe('a="1",b="2",c="3,a=",d="4",e="5"');
    expect<string>(put(1, "", 'a="1",c="3"', 0)).toBe('a="1",c="3"');
    expect<string>(put(1, 'a="1"', "", 0)).toBe('a="1"');
    expect<string>(put(1, 'aa="1"', 'a="2",aaa="3"', 0)).toBe('a="2",aa="1",aaa="3"');
    expect<string>(put(1, "", "", 0)).toBe("");
  });

  it("leaves those in front that a family has", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "z\nm");
    const definition: usize = changetype<Family>(jobs).definition;
    expect<string>(put(1, 'z="1",m="2",b="3",y="4"', 'a="5",n="6",zz="7"', definition)).toBe('z="1",m="2",a="5",b="3",n="6",y="4",zz="7"');
    expect<string>(put(1, 'z="1"', 'a="5"', definition)).toBe('z="1",a="5"');
  });
});
