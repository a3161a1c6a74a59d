// What users say of a spool, checked, and how they hear of it: the same for its writers and its readers.

import { APPLICATION_BYTES_MAX } from "./head.ts";
import { applicationInvalid, secondsInvalid, SpoolError } from "./errors.ts";
import { listener } from "./line.ts";

export function applicationOf(application: string | undefined): string {
  const name = application ?? "";
  if (typeof name !== "string" || new TextEncoder().encode(name).length > APPLICATION_BYTES_MAX) throw applicationInvalid(application);
  return name;
}

export function secondsOf(option: string, value: number | undefined, own: number, least: number, most: number): number {
  const seconds = value ?? own;
  if (!(seconds >= least && seconds <= most)) throw secondsInvalid(option, value, least, most);
  return seconds;
}

/** A long life meets many files: what is forgotten is told twice. */
const TOLD_MAX = 1000;

/** Tells each kind of failure at each path once. Never throws. */
export function teller(onError: ((error: unknown) => void) | undefined): (error: unknown) => void {
  const told = new Set<string>();
  const tell = listener(onError);
  return (error) => {
    const kind = error instanceof SpoolError ? `${error.code} ${error.path}` : String(error);
    if (told.has(kind)) return;
    if (told.size >= TOLD_MAX) told.clear();
    told.add(kind);
    tell(error);
  };
}
