// Files of Python's client, written record by record into a block of memory, for the tests of what reads them.

// First, for it takes what the arena will use.
import "../formatted";

const BYTES: u32 = 262144;
/** Where the file is. */
export const file: usize = (heap.alloc(BYTES + 16) + 15) & ~15;
/** Its bytes so far. */
export let used: u32 = 0;

/** An empty file. */
export function fileBegin(): void {
  memory.fill(file, 0, BYTES);
  used = 8;
  store<u32>(file, used);
}

/** A record with a key as it is; `doubles` behind it. */
export function recordPut(key: string, value: f64, doubles: u32 = 2, stamp: f64 = 0): void {
  const length = <u32>String.UTF8.byteLength(key);
  store<u32>(file + used, length);
  String.UTF8.encodeUnsafe(changetype<usize>(key), key.length, file + used + 4);
  const padded = length + (8 - ((length + 4) % 8));
  memory.fill(file + used + 4 + length, 0x20, padded - length);
  used += 4 + padded;
  store<f64>(file + used, value);
  if (doubles == 2) store<f64>(file + used, stamp, 8);
  used += doubles << 3;
  store<u32>(file, used);
}

/** A key of a counter without a help. */
export function keyNamed(name: string): string {
  return '["' + name + '", "' + name + '_total", {}]';
}
