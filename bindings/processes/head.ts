// The front of every file of a spool, before the frames: who left it. Text, so that `head -c 512` shows it.
//
//   0    "tallystick image file\n"
//   22   JSON of Head, its version and file first, then spaces
//   511  "\n", "." when its process has written its last, or "," while it has left the spool and lives: it may come back
//   512  of a retired file: `taken` lines, each "NUMBER INSTANCE\n" or "NUMBER INSTANCE?\n" or "NUMBER RUN\n"
//   then frames
//
// `file` tells each file from all others, for nothing else does: a file system gives the inode of one that was replaced to the next
// one, at once. So it stands in the first 64 bytes, and a reader looks at them whenever it reads on.
//
// NUMBER is that of the retired file that took it in first. "?" is behind those whose death is not proven: see runs.ts.

import { headForeign, headVersion } from "./errors.ts";
import type { Identity } from "./disk.ts";
import { idNew } from "./names.ts";

export const HEAD_BYTES = 512;
/** Raised with every change to the head or to the protocol of the directory; images have a version of their own. */
export const HEAD_VERSION = 2;
/** So much of the front tells a file from all others: the first line, the version, and what the file says of itself. */
export const FRONT_BYTES = 64;
const FIRST_LINE = "tallystick image file\n";
/** A host's name has at most 64 bytes on Linux, an application's at most 100: so the head has room. */
const HOST_MAX = 64;
export const APPLICATION_BYTES_MAX = 100;
const ENDED = 0x2e;
const LEFT = 0x2c;
/** What the last byte of a head becomes, and where. */
export const ENDED_MARK = { bytes: Uint8Array.of(ENDED), position: HEAD_BYTES - 1 } as const;
export const LEFT_MARK = { bytes: Uint8Array.of(LEFT), position: HEAD_BYTES - 1 } as const;

export interface Head extends Identity {
  readonly version: number;
  /** 16 hexadecimal digits, others in each file. */
  readonly file: string;
  readonly application: string;
  /** How often its process means to write or touch the file. */
  readonly flushSeconds: number;
  /** Of a retired file: the bytes of the lines behind the head, */
  readonly takenBytes: number;
  /** and the number from which on they are complete. */
  readonly since: number;
  /** Its process has written its last: whoever looks for the living need not read the frames. */
  readonly ended: boolean;
  /** Its process has left the spool, and may join again under the same instance: so nobody folds it before the process ends. */
  readonly left: boolean;
}

/** Another process, run or the like that a retired file holds. */
export interface Taken {
  readonly number: number;
  /** An instance, or the name of a whole run. */
  readonly what: string;
  readonly proven: boolean;
}

/** Of the unproven whose files are gone a retired file names so many, the latest: 18 bytes each. */
export const UNPROVEN_MAX = 4096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The head of a new file. */
export function headBytes(identity: Identity, own: Partial<Head>): Uint8Array {
  const { pid, started, boot, namespace, host } = identity;
  const head = { version: HEAD_VERSION, file: idNew(), pid, started, boot, namespace, host: host.slice(0, HOST_MAX), ...own };
  const bytes = new Uint8Array(HEAD_BYTES).fill(0x20);
  encoder.encodeInto(FIRST_LINE + JSON.stringify(head), bytes);
  bytes[HEAD_BYTES - 1] = 0x0a;
  return bytes;
}

function textOr<T>(value: unknown, other: T): string | T {
  return typeof value === "string" ? value : other;
}

function numberOr(value: unknown, other: number): number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : other;
}

/** The head of a file, or why it is refused. */
export function headOf(bytes: Uint8Array): Head | string {
  if (bytes.length < HEAD_BYTES) return headForeign(`it has ${bytes.length} bytes, and the head alone has ${HEAD_BYTES}`);
  const text = decoder.decode(bytes.subarray(0, HEAD_BYTES));
  if (!text.startsWith(FIRST_LINE)) return headForeign("the first line is another");
  let said: unknown;
  try {
    said = JSON.parse(text.slice(FIRST_LINE.length, -1));
  } catch {
    return headForeign("the second line is no JSON");
  }
  if (typeof said !== "object" || said === null) return headForeign("the second line is no object");
  const { version, file, pid, started, boot, namespace, host, application, flushSeconds, takenBytes, since } = said as Record<
    string,
    unknown
  >;
  if (version !== HEAD_VERSION) return headVersion(version, HEAD_VERSION);
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return headForeign("it names no process");
  if (typeof file !== "string") return headForeign("it does not say which file it is");
  return {
    version,
    file,
    pid,
    started: textOr(started, undefined),
    boot: textOr(boot, undefined),
    namespace: textOr(namespace, undefined),
    host: textOr(host, ""),
    application: textOr(application, ""),
    flushSeconds: numberOr(flushSeconds, 1),
    takenBytes: Math.floor(numberOr(takenBytes, 0)),
    since: numberOr(since, 0),
    ...markOf(bytes[HEAD_BYTES - 1]),
  };
}

/** Whether what is read in front of a file is what was read in front of one before: then it is the same. */
export function isFront(before: Uint8Array, now: Uint8Array): boolean {
  const length = Math.min(now.length, FRONT_BYTES);
  if (before.length !== length) return false;
  for (let at = 0; at < length; at++) if (before[at] !== now[at]) return false;
  return true;
}

/** What the last byte of a head says. */
export function markOf(byte: number | undefined): Pick<Head, "ended" | "left"> {
  return { ended: byte === ENDED, left: byte === LEFT };
}

export function takenBytesOf(all: Iterable<Taken>): Uint8Array {
  let text = "";
  for (const { number, what, proven } of all) text += `${number} ${what}${proven ? "" : "?"}\n`;
  return encoder.encode(text);
}

const LINE = /^(\d+) ([^?\n]+)(\??)$/gm;

export function takenOf(bytes: Uint8Array): Map<string, Taken> {
  const all = new Map<string, Taken>();
  for (const [, number, what, unproven] of decoder.decode(bytes).matchAll(LINE)) {
    all.set(what!, { number: Number(number), what: what!, proven: unproven === "" });
  }
  return all;
}

/** What the highest retired file says of itself. */
export interface Retired {
  readonly number: number;
  readonly since: number;
  readonly taken: ReadonlyMap<string, Taken>;
  /** Nothing may be built on it. */
  readonly refused: boolean;
}

export const NONE: Retired = { number: 0, since: 0, taken: new Map(), refused: false };
