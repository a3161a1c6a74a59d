// Frames of images that went wrong, with checksums that are right: none is read or written outside of its bytes, traps, hangs or takes more
// memory than it is long, whatever it says; and what was there before stays.

import assert from "node:assert/strict";
import { lint } from "tallystick/lint";
import { HEAD_BYTES, framed } from "../frames.mjs";
import { told } from "../images/told.mjs";
import { FRAME_BYTES_MOST, World } from "../images/world.mjs";
import { inside } from "../internals.mjs";
import { mutated } from "../mutate.mjs";

const { status } = inside;
/** By the numbers of their dialects. */
const DIALECTS = ["text", "openmetrics", "openmetrics2", "protobuf"];
/** Those that the lint reads. */
const FORMATS = DIALECTS.slice(0, 2);
/** After so many inputs worlds are made anew: what one left behind is then gone. */
const WORLD_RUNS = 2000;
/** Of one process: 4,194,304 positions of 4 bytes, and 65,536 families of 32; see links.ts. What it takes it gives back when it is dropped. */
const PROCESS_BYTES_MOST = 2 ** 24 + 2 ** 21;
/** Of what stays: families that it described, and their series where one of them was shown. */
const LEFT_BYTES_MOST = 65536;
const LEFT_TIMES_MOST = 64;
/** How often pages are written, which costs more than all else. */
const PAGE_RUNS = 64;

/** An input: pieces that are applied one after the other, each with its length in front. */
function packed(pieces) {
  const heads = pieces.map((piece) => Buffer.from(Uint32Array.of(piece.length).buffer));
  return new Uint8Array(Buffer.concat(pieces.flatMap((piece, i) => [heads[i], piece])));
}

function unpacked(bytes) {
  const pieces = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + view.getUint32(at, true);
    pieces.push(bytes.subarray(at + 4, Math.min(end, bytes.length)));
    at = end;
  }
  return pieces;
}

/** A frame that went wrong: mostly behind its front, and mostly with a checksum that says it is sound. */
function wrong(frame, random, others) {
  const kind = random.below(20);
  if (kind === 0) return mutated(frame, random, others);
  if (kind === 1) return framed(mutated(frame, random, others, 12));
  if (kind === 2) return framed(mutated(frame.slice(0, HEAD_BYTES), random, others, 12));
  return framed(mutated(frame, random, others, HEAD_BYTES));
}

/** What readers refuse in a page. */
function faultsOf(page, format) {
  const faults = lint(page, { format }).filter(({ severity }) => severity === "error");
  return faults.map(({ line, message, rule }) => `${line}: ${message} (${rule})`);
}

export const images = {
  name: "images",
  about: "frames of images with right checksums",
  runs: 1_000_000,
  short: 3000,
  async open() {
    const { lines, kept } = await told();
    const all = lines.flat(2);
    let worlds = [];
    let done = 0;

    const renewed = () => {
      worlds = [0x00, 0xa5].map((fill) => new World(fill, kept, lines));
      assert.ok(worlds[0].isTwin(worlds[1]), "worlds that were given the same are not the same");
    };

    /** What one world makes of it. */
    const applied = (world, pieces) => {
      const process = world.thread.core.processCreate(world.source);
      const answers = [];
      for (const piece of pieces) {
        const before = world.thread.core.processSequence(process);
        const answer = world.apply(process, piece);
        answers.push(answer);
        const after = world.thread.core.processSequence(process);
        if (answer !== status.OK) assert.equal(after, before, "what is refused moved the sequence");
      }
      world.publish();
      return { process, answers };
    };

    return {
      input(random) {
        const line = random.of(lines);
        const rows = line.slice(0, 1 + random.below(line.length)).flat();
        const at = random.below(rows.length);
        const row = rows.slice(random.once(8) ? at : 0, at + 1);
        row[row.length - 1] = wrong(row.at(-1), random, random.of(all));
        if (random.once(4)) row.push(...rows.slice(at + 1));
        return packed(row.filter((frame) => frame.length <= FRAME_BYTES_MOST));
      },

      check(bytes, isKept = false) {
        const turn = done++;
        if (worlds.length === 0 || turn % WORLD_RUNS === 0) renewed();
        const [one, other] = worlds;
        // What fails leaves them as they are.
        worlds = [];
        const pieces = unpacked(bytes).filter((piece) => piece.length <= FRAME_BYTES_MOST);
        const [reserved, used] = [one.thread.core.bytesReserved(), one.used()];
        const [{ process, answers }, twin] = [one, other].map((world) => applied(world, pieces));
        assert.deepEqual(twin.answers, answers, "the answer depends on what lies behind the frame");
        assert.ok(one.isTwin(other), "what is in memory depends on what lies behind the frame");
        for (const world of [one, other]) assert.deepEqual(world.dead(), [], "blocks that are others' were written");
        const grown = one.thread.core.bytesReserved() - reserved;
        assert.ok(grown <= PROCESS_BYTES_MOST, `${bytes.length} bytes took ${grown} of memory`);
        const isRead = isKept || turn % PAGE_RUNS === 0;
        if (isRead) {
          const pages = DIALECTS.map((_, dialect) => one.scrape(dialect));
          assert.deepEqual(DIALECTS.map((_, dialect) => other.scrape(dialect)), pages); // prettier-ignore
          const faults = FORMATS.flatMap((format, dialect) => faultsOf(pages[dialect], format));
          assert.deepEqual(faults, [], "a page is none that readers take");
        }
        one.drop(process);
        other.drop(twin.process);
        for (const world of [one, other]) {
          world.publish();
          if (isRead) assert.equal(world.samples(), world.page, "what another process told is shown otherwise");
        }
        const left = one.used() - used;
        assert.ok(left <= LEFT_BYTES_MOST + bytes.length * LEFT_TIMES_MOST, `${bytes.length} bytes left ${left} of memory behind`);
        worlds = [one, other];
      },
    };
  },
};
