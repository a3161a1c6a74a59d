// Label blocks in images: whatever they are they come back, those that are alike in few bytes, and nonsense is refused.

import { randomBelow, randomFrom, textAt } from "../formatted";
import {
  LABELS_PUT_BYTES,
  labelsLength,
  labelsPut,
  labelsPutBegun,
  labelsPutMost,
  LABELS_TAKE_BYTES,
  labelsTakeBegun,
  labelsTaken,
  labelsText,
} from "../../../assembly/image/labels";
import { varintPut } from "../../../assembly/image/varint";

const BYTES: u32 = 4 << 20;
const frame: usize = heap.alloc(BYTES);
const putRoom: usize = heap.alloc(LABELS_PUT_BYTES);
const takeRoom: usize = heap.alloc(LABELS_TAKE_BYTES);
/** Where blocks lie as long as a frame is written. */
const blocks: usize = heap.alloc(BYTES);

let blockEnd: usize = 0;

/** Bytes of a text, beside those that were asked for before. */
function blockOf(text: string): usize {
  const at = blockEnd;
  blockEnd += String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, at);
  return at;
}

/** Puts blocks into one frame and takes them again; the bytes that they took. */
function round(texts: string[]): u32 {
  blockEnd = blocks;
  labelsPutBegun(putRoom);
  let to = frame;
  for (let i = 0; i < texts.length; i++) {
    const at = blockOf(texts[i]);
    const length = <u32>(blockEnd - at);
    const end = labelsPut(to, at, length);
    expect<bool>(end - to <= labelsPutMost(length)).toBe(true);
    to = end;
  }
  labelsTakeBegun(takeRoom);
  let at = frame;
  let wrong = 0;
  for (let i = 0; i < texts.length; i++) {
    at = labelsTaken(at, to);
    wrong += i32(textAt(labelsText(), labelsLength()) != texts[i]);
  }
  expect<i32>(wrong).toBe(0);
  expect<usize>(at).toBe(to);
  return <u32>(to - frame);
}

function handler(i: i32): string {
  const digits = (1000 + i).toString().substring(1);
  return '"/api/v0/resource/' + digits + '/"';
}

describe("labelsTaken", () => {
  it("takes what was put, whatever stands in it", () => {
    round(["", 'a="b"', "", 'a="b",c="d"', 'a="b"', 'a="\\",",c=""', '",",",",', "x", '"', ",", 'a="é",b="ü"']);
    const long = 'name="' + "v".repeat(5000) + '"';
    round([long, long, 'other="1",' + long, long + ',more="2"']);
    // More labels than pieces.
    let many = "";
    for (let i = 0; i < 100; i++) many += "l" + i.toString() + '="' + i.toString() + '",';
    round([many, many, many.substring(5), many + 'last="x"']);
  });

  it("takes random ones, of few and of many different labels", () => {
    randomFrom(7);
    for (let kinds: u32 = 1; kinds < 2000; kinds *= 7) {
      const texts: string[] = [];
      for (let i = 0; i < 1500; i++) {
        let text = "";
        for (let k: u32 = randomBelow(20); k > 0; k--) text += "k" + k.toString() + '="' + randomBelow(kinds).toString() + '",';
        texts.push(text);
      }
      round(texts);
    }
  });

  it("keeps no more than its room holds, on both sides alike", () => {
    randomFrom(9);
    const texts: string[] = [];
    for (let i = 0; i < 120; i++) {
      const text = "t" + randomBelow(100).toString() + "u".repeat(1500) + '",';
      texts.push('a="' + text + 'b="' + text);
    }
    round(texts);
  });

  it("of an API's routes, methods and statuses leaves 10 bytes each", () => {
    randomFrom(11);
    const methods = ["GET", "POST", "PUT", "DELETE"];
    const texts: string[] = [];
    for (let i = 0; i < 180; i++) {
      const status = "200 201 404 500".split(" ")[randomBelow(4)];
      texts.push('method="' + methods[randomBelow(4)] + '",handler=' + handler((i * 71) % 175) + ',status="' + status + '"');
    }
    expect<bool>(round(texts) < 1850).toBe(true);
  });

  it("refuses an end that comes first, and never reads astray with any byte another one", () => {
    const texts = ['method="GET",path="/a"', 'method="GET",path="/b"', 'method="PUT",path="/b"'];
    const bytes = round(texts);
    for (let length: u32 = 0; length < bytes; length++) {
      labelsTakeBegun(takeRoom);
      let at = frame;
      for (let i = 0; i < 3 && at != 0; i++) at = labelsTaken(at, frame + length);
      expect<usize>(at).toBe(0);
    }
    for (let place: u32 = 0; place < bytes; place++) {
      const was = load<u8>(frame + place);
      for (let byte = 0; byte < 256; byte++) {
        store<u8>(frame + place, <u8>byte);
        labelsTakeBegun(takeRoom);
        let at = frame;
        for (let i = 0; i < 3 && at != 0; i++) at = labelsTaken(at, frame + bytes);
      }
      store<u8>(frame + place, was);
    }
  });

  it("refuses too many pieces, numbers that nothing has, and more than a block may have", () => {
    labelsTakeBegun(takeRoom);
    expect<usize>(labelsTaken(frame, varintPut(frame, 65))).toBe(0);
    let to = varintPut(varintPut(frame, 1), 1);
    expect<usize>(labelsTaken(frame, to)).toBe(0);
    // A prefix of nothing.
    to = varintPut(varintPut(varintPut(varintPut(varintPut(frame, 1), 0), 1), 0), 0);
    expect<usize>(labelsTaken(frame, to)).toBe(0);
    const long = "v".repeat(16384);
    round([long]);
    blockEnd = blocks;
    labelsPutBegun(putRoom);
    const at = blockOf(long + "w");
    to = labelsPut(frame, at, 16385);
    labelsTakeBegun(takeRoom);
    expect<usize>(labelsTaken(frame, to)).toBe(0);
  });
});
