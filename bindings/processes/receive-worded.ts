// What a receiver answers to pushes that it does not take, and what it tells its owner, worded.

import { shown } from "../errors.ts";

export const UNTOKENED = "There is no token: send it as Authorization: Bearer TOKEN";
export const WRONG_TOKEN = "The token is not the one of this receiver";
export const NOT_POST = "Images are pushed by POST";
export const BEHIND = "It builds upon what is not here: push the whole image";
export const WAITS = "What was pushed before waits to be made durable, and there is no more room: push again";
export const WHOLE_WANTED = "It is taken in here, and the collector that it is handed on to needs more: push the whole image";
export const CUT_SHORT = "The body ends in the middle of a frame";
export const INSTANCE_FOREIGN = "The frames are of another instance than the headers say";
export const NOT_UNPACKED = "The body is not whole, or not compressed as its headers say";
export const OVER = "This receiver is closed, and nothing shows what is pushed to it: push again";
export const NOT_KEPT = "What was pushed could not be made durable: push again";

export function typeForeign(wanted: string): string {
  return `The body must be of type ${wanted}`;
}

export function codingForeign(): string {
  return "The body may be compressed by gzip, and by nothing else";
}

export function headerInvalid(name: string): string {
  return `The header ${name} is absent, or not what it should be`;
}

export function bodyTooLong(maxBytes: number): string {
  return `The body is longer than ${maxBytes} bytes, packed or unpacked`;
}

export function bodyTooLate(seconds: number): string {
  return `The body did not come to its end within ${seconds} s`;
}

export function processesTooMany(most: number): string {
  return `There are ${most} processes already: no other one is taken`;
}

/** Told once a reason and address. */
export function pushNotTaken(status: number, why: string, address: string): Error {
  const from = address === "" ? "" : ` from ${address}`;
  return new Error(`Refused a push${from}, ${status}: ${why}`);
}

export function notKept(cause: unknown): Error {
  return new Error(`Cannot keep what was pushed: ${textOf(cause)}; pushes are refused until it can`, { cause });
}

export function notLoaded(cause: unknown): Error {
  return new Error(`Cannot load what was kept of pushes: ${textOf(cause)}`, { cause });
}

export function keptRefused(key: string, why: string): Error {
  return new Error(`Cannot use "${key}" of what was kept of pushes: ${why}`);
}

export function notApplied(cause: unknown): Error {
  return new Error(`Cannot take in what was pushed: ${textOf(cause)}`, { cause });
}

export function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

export function storeUnsafe(dir: string): Error {
  return new Error(`Cannot use ${shown(dir)} as a store: every user may write to it`);
}

export function storeTaken(dir: string, pid: number): Error {
  return new Error(`Cannot use ${shown(dir)} as a store: process ${pid} uses it; give each collector a directory of its own`);
}

/** Or somebody removed it, or what is in it. */
export function storeLost(dir: string): Error {
  return new Error(`${shown(dir)} is another collector's store by now, or was removed: this one has to be started anew to write there`);
}

/** Told with what `notKept` says. */
export function storeNarrow(path: string): Error {
  return new Error(`there is no room for a new one beside ${shown(path)}, to which the collector that had it before may still write`);
}

/** Nobody sees whether it was whole once. */
export function journalCut(path: string, at: number, bytes: number, aside: string, failed: unknown): Error {
  const where = failed === undefined ? `they are in ${shown(aside)}` : `they could not be kept aside: ${textOf(failed)}`;
  return new Error(
    `${shown(path)} was cut at byte ${at}: the ${bytes} bytes behind it are no whole change. A crash leaves one so that was acknowledged ` +
      `to nobody; where they were damaged later, what they said is lost; ${where}`,
  );
}

export function journalDamaged(path: string, at: number): Error {
  return new Error(`${shown(path)} is damaged at byte ${at}; put it aside to begin without it`);
}
