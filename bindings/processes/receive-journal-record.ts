// One record of a receiver's journal, and what a row of them comes to.
//
//   record  0 magic  u32  "TLYJ"
//           4 length u32  of the changes
//           8 check  u32  of the changes
//          12 front  u32  check of the 12 bytes before: a length that is damaged is no record that was cut off
//          16 changes, each: 0 length of the key u32, 4 length of the value u32 (REMOVED: there is none any more), the key, the value
//
// A change is durable when its record is: it is written behind the last one and synced. One that a crash cut off is at the journal's end,
// and was acknowledged to nobody; any pages of it may be there, and others not. So what is no record, and has none behind it, is cut off;
// it is told and kept aside, for nobody sees whether it is a record that was whole once. Damage anywhere else is told, and nothing is
// taken in: what stands behind it counted. A new journal ends with a record of no changes: nothing that was written anew is an end.
//
// A change holds what strangers chose, as a label's value, and that may be a record itself. So where a front is whole its length is known, and
// what stands within it is not looked at: it says nothing of the end. Only where a loss of power took the front, and no other page, may
// such a text be taken for a record behind the end, and a journal for a damaged one, which is told.

import { joined } from "./push-body.ts";
import { journalDamaged } from "./receive-worded.ts";

const MAGIC = 0x4a594c54;
/** "T", with which its bytes begin. */
const MAGIC_BYTE = 0x54;
/** Of a record, before its changes. */
export const HEAD_BYTES = 16;
const FRONT_AT = 12;
const REMOVED = 0xffffffff;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** FNV-1a. */
function checkOf(bytes: Uint8Array): number {
  let check = 2166136261;
  for (const byte of bytes) check = Math.imul(check ^ byte, 16777619);
  return check >>> 0;
}

/** A record of changes. */
export function recordOf(put: ReadonlyMap<string, Uint8Array>, remove: Iterable<string>): Uint8Array {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const add = (key: string, value: Uint8Array | undefined) => {
    const name = encoder.encode(key);
    const head = new DataView(new ArrayBuffer(8));
    head.setUint32(0, name.length, true);
    head.setUint32(4, value?.length ?? REMOVED, true);
    parts.push(new Uint8Array(head.buffer), name, new Uint8Array(value ?? []));
  };
  for (const [key, value] of put) add(key, value);
  for (const key of remove) add(key, undefined);
  const changes = joined(parts);
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  head.setUint32(0, MAGIC, true);
  head.setUint32(4, changes.length, true);
  head.setUint32(8, checkOf(changes), true);
  head.setUint32(FRONT_AT, checkOf(new Uint8Array(head.buffer, 0, FRONT_AT)), true);
  return joined([new Uint8Array(head.buffer), changes]);
}

/** Applies the changes of one record; false where one says that it is longer than what is there: a check is no seal. */
function applied(kept: Map<string, Uint8Array>, changes: Uint8Array): boolean {
  const view = new DataView(changes.buffer, changes.byteOffset, changes.length);
  for (let at = 0; at < changes.length;) {
    if (at + 8 > changes.length) return false;
    const behind = at + 8 + view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    const end = behind + (length === REMOVED ? 0 : length);
    if (end > changes.length) return false;
    const key = decoder.decode(changes.subarray(at + 8, behind));
    if (length === REMOVED) kept.delete(key);
    else kept.set(key, changes.slice(behind, end));
    at = end;
  }
  return true;
}

/** Where the record that begins there says that it ends, whatever is there; undefined where its front is not whole. */
function saidEndOf(bytes: Uint8Array, at: number): number | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const head = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD_BYTES);
  if (head.getUint32(0, true) !== MAGIC || head.getUint32(FRONT_AT, true) !== checkOf(bytes.subarray(at, at + FRONT_AT))) return undefined;
  return at + HEAD_BYTES + head.getUint32(4, true);
}

/** Where the record that begins there ends; undefined where none does, or it is not whole. */
function endOf(bytes: Uint8Array, at: number): number | undefined {
  const end = saidEndOf(bytes, at);
  if (end === undefined || end > bytes.length) return undefined;
  const check = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD_BYTES).getUint32(8, true);
  return checkOf(bytes.subarray(at + HEAD_BYTES, end)) === check ? end : undefined;
}

/** Whether a whole record begins anywhere from there on. */
function isFollowed(bytes: Uint8Array, from: number): boolean {
  for (let at = from; (at = bytes.indexOf(MAGIC_BYTE, at)) >= 0; at++) if (endOf(bytes, at) !== undefined) return true;
  return false;
}

/** What a journal comes to, and how much of it is whole: the rest was cut off. Throws where it is damaged. */
export function readOf(bytes: Uint8Array, path: string): { readonly kept: Map<string, Uint8Array>; readonly end: number } {
  const kept = new Map<string, Uint8Array>();
  let at = 0;
  for (let end; (end = endOf(bytes, at)) !== undefined; at = end) {
    if (!applied(kept, bytes.subarray(at + HEAD_BYTES, end))) throw journalDamaged(path, at);
  }
  const isDamaged = at < bytes.length && (at === 0 || isFollowed(bytes, saidEndOf(bytes, at) ?? at + 1));
  if (isDamaged) throw journalDamaged(path, at);
  return { kept, end: at };
}
