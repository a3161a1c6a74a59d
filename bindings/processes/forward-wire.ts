// Images of several processes in one body, as a collector hands them on to the next one: what each process pushed, as it was, with what
// stood in its headers. What lies in a frame is not looked at.
//
//   body    0 magic    u32  "TLYR"
//           4 version  u32  ROW_VERSION
//           8 entries, one behind the other
//   entry   0 length   u32  of its frames
//           4 share    u8   0 the whole image or a part of it, 1 changes, 2 nothing
//           5 hops     u8   collectors that handed it on
//           6          u16  0
//           8 instance u64  the process
//          16 silent   f64  seconds since the next collector may have heard of it last; -1 where it never has
//          24 age      f64  seconds since the process itself was heard of
//          32 generation u64  with nothing: who told what the process takes for received; with a last word: who told one before it that
//                         said the same; 0 where it does not say
//          40 until    u64  and the last sequence that had begun by then
//          48 hops × u64    the collectors' ids, the first one's first
//             the frames
//
// Numbers are little-endian. The answer is JSON: {"answers": [...]}, one for each entry and in their order: what the entry alone would have
// been answered, {"status": 200, "sequence": 7} or {"status": 409, "why": "..."}.

import { type Bytes, joined } from "./push-body.ts";
import { IMAGES_TYPE, type Share } from "./push-wire.ts";
import type { Answer, Push } from "./receive-settings.ts";

export { IMAGES_TYPE };
/** What comes back to a collector that handed it on, or went a way that has no end. */
export const STATUS_LOOP = 508;
/** So many collectors hand one thing on. */
export const HOPS_MOST = 16;
/** Of one body. */
export const ENTRIES_MOST = 4096;
const MAGIC = 0x52594c54;
/** Raised with every change to the row. */
const ROW_VERSION = 2;
const ROW_HEAD_BYTES = 8;
const ENTRY_HEAD_BYTES = 48;
const ID_BYTES = 8;
/** What a row of as many entries has beside their frames, at the most. */
export const HEADS_BYTES_MOST = ROW_HEAD_BYTES + ENTRIES_MOST * (ENTRY_HEAD_BYTES + (HOPS_MOST + 1) * ID_BYTES);
const SHARES: readonly Share[] = ["full", "changes", "nothing"];
/** That of the retired. */
const NO_INSTANCE = 0xffffffffffffffffn;
const NEVER = -1;

function hexadecimal(id: bigint): string {
  return id.toString(16).padStart(16, "0");
}

/** What an entry is, with its frames. */
export function entryBytes(push: Push): number {
  return ENTRY_HEAD_BYTES + push.via.length * ID_BYTES + push.body.length;
}

export function rowOf(pushes: readonly Push[]): Bytes {
  const head = new DataView(new ArrayBuffer(ROW_HEAD_BYTES));
  head.setUint32(0, MAGIC, true);
  head.setUint32(4, ROW_VERSION, true);
  const parts = [new Uint8Array(head.buffer)];
  for (const { instance, share, silentSeconds, ageSeconds, via, state, body } of pushes) {
    const view = new DataView(new ArrayBuffer(ENTRY_HEAD_BYTES + via.length * ID_BYTES));
    view.setUint32(0, body.length, true);
    view.setUint8(4, SHARES.indexOf(share));
    view.setUint8(5, via.length);
    view.setBigUint64(8, BigInt(`0x${instance}`), true);
    view.setFloat64(16, silentSeconds ?? NEVER, true);
    view.setFloat64(24, ageSeconds, true);
    view.setBigUint64(32, state?.generation ?? 0n, true);
    view.setBigUint64(40, BigInt(state?.until ?? 0), true);
    for (const [i, id] of via.entries()) view.setBigUint64(ENTRY_HEAD_BYTES + i * ID_BYTES, BigInt(`0x${id}`), true);
    parts.push(new Uint8Array(view.buffer), body);
  }
  return joined(parts);
}

/** A duration that somebody else says; -1 where it is none. */
function durationOf(seconds: number): number {
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : NEVER;
}

/** Everything in a row; undefined where it is none, or has more entries than may be. Each has bytes of its own. */
export function pushesIn(bytes: Bytes): readonly Push[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < ROW_HEAD_BYTES || view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== ROW_VERSION) return undefined;
  const pushes: Push[] = [];
  for (let at = ROW_HEAD_BYTES; at < bytes.length;) {
    if (pushes.length === ENTRIES_MOST || at + ENTRY_HEAD_BYTES > bytes.length) return undefined;
    const share = SHARES[view.getUint8(at + 4)];
    const hops = view.getUint8(at + 5);
    const instance = view.getBigUint64(at + 8, true);
    const silent = view.getFloat64(at + 16, true);
    const ageSeconds = durationOf(view.getFloat64(at + 24, true));
    const from = at + ENTRY_HEAD_BYTES + hops * ID_BYTES;
    const end = from + view.getUint32(at, true);
    const until = Number(view.getBigUint64(at + 40, true));
    if (share === undefined || instance === NO_INSTANCE || view.getUint16(at + 6, true) !== 0 || end > bytes.length) return undefined;
    if (until > Number.MAX_SAFE_INTEGER) return undefined;
    if (ageSeconds === NEVER || (silent !== NEVER && durationOf(silent) === NEVER)) return undefined;
    const via = Array.from({ length: hops }, (_, i) => hexadecimal(view.getBigUint64(at + ENTRY_HEAD_BYTES + i * ID_BYTES, true)));
    const silentSeconds = silent === NEVER ? undefined : silent;
    const generation = view.getBigUint64(at + 32, true);
    const state = generation === 0n ? undefined : { generation, until };
    pushes.push({ instance: hexadecimal(instance), share, silentSeconds, ageSeconds, via, state, body: bytes.slice(from, end) });
    at = end;
  }
  return pushes;
}

/** As answers are on their way. */
export interface Told {
  readonly status: number;
  readonly sequence?: number;
  readonly full?: boolean;
  readonly why?: string;
}

export function toldOf(answer: Answer): Told {
  return "receipt" in answer ? { status: 200, ...(answer.receipt as { sequence: number; full?: boolean }) } : answer;
}

/** Whoever answers may be any program: what is none of these ends up in a text, or in a count. */
function isTold(answer: unknown): answer is Told {
  const { status, sequence = 0, full = false, why = "" } = (answer ?? {}) as Partial<Record<keyof Told, unknown>>;
  return typeof status === "number" && typeof sequence === "number" && typeof full === "boolean" && typeof why === "string";
}

/** What was answered to so many entries; undefined where no receiver said it. */
export function answersIn(said: string, count: number): readonly Told[] | undefined {
  let answers: unknown;
  try {
    answers = (JSON.parse(said) as { answers?: unknown } | null)?.answers;
  } catch {
    return undefined;
  }
  if (!Array.isArray(answers) || answers.length !== count) return undefined;
  return answers.every(isTold) ? answers : undefined;
}
