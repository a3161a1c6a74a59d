// Numbers on a page read back: what the core prints is, to the bit, what the reader of another language makes of it, and this one.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { memoryMade } from "../faults/thread.mjs";
import { hard, random } from "../proofs/floats.mjs";

const PYTHON = "/usr/bin/python3";
const PROGRAM = `
import struct, sys
out = sys.stdout.buffer
for line in sys.stdin:
    out.write(struct.pack("<d", float(line)))
`;

export const available = existsSync(PYTHON);
export const missing = "there is no /usr/bin/python3";

/** How many numbers were read back, and how many as another one; NaN is one number. */
export function readBack(count, next) {
  const { core, memory } = memoryMade();
  const at = core.inputAddress(64);
  const printed = (value) => Buffer.from(memory.buffer.slice(at, core.valuePut(at, value))).toString("latin1");
  const values = [...hard(), ...random(count, next)].flatMap((value) => [value, -value]);
  const texts = values.map(printed);
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", PROGRAM], { input: texts.join("\n"), maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`Python ended with ${status}: ${stderr}`);
  const read = new Float64Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
  const here = (text) => Number(text.replace("Inf", "Infinity"));
  const wrong = values.filter((value, i) => !Object.is(read[i], value) || !Object.is(here(texts[i]), value));
  return { read: read.length, wrong: wrong.length + Math.abs(values.length - read.length) };
}
