// The names in a spool, each made and recognised in one place: whatever has another name is not the spool's, and is
// neither read nor removed.

import { registryNameInvalid, runNameInvalid } from "./errors.ts";

/** The file that a collector touches to have processes flush. */
export const WANTED = "wanted";
const KEEP = "keep";
const NAME_BYTES_MAX = 100;
const RUN_DIGITS = 6;

/** A registry's name as a part of a file's name: letters, digits and underscores are themselves. */
export function registryPart(name: string): string {
  if (typeof name !== "string") throw registryNameInvalid(name);
  const part = [...new TextEncoder().encode(name)]
    .map((byte) => (/\w/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`))
    .join("");
  if (part === "" || part.length > NAME_BYTES_MAX) throw registryNameInvalid(name);
  return part;
}

/** A registry's name again; what no name becomes stays as it is. */
export function registryNamed(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The directory of a run that its user named. */
export function runNamed(run: string): string {
  if (typeof run !== "string" || run.length > NAME_BYTES_MAX || !/^[A-Za-z_][\w.-]*$/.test(run)) throw runNameInvalid(run);
  return `run-${run}`;
}

/** The name that a run's user gave it; undefined for whatever else. */
export function runTold(name: string): string | undefined {
  return /^run-([A-Za-z_][\w.-]{0,99})$/.exec(name)?.[1];
}

export function runNumbered(number: number): string {
  return `run-${String(number).padStart(RUN_DIGITS, "0")}`;
}

/** The number of a run that has one; 0 for whatever else. */
export function runNumberOf(name: string): number {
  const digits = /^run-(\d{6,15})$/.exec(name)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

/** The file, in the directory itself, that says that what a registry counted in runs which are over is to be kept. */
export function keepName(registry: string): string {
  return registry === "default" ? KEEP : `${KEEP}-${registry}`;
}

export function imageName(instance: string, registry: string): string {
  return `${instance}-${registry}.image`;
}

export function retiredName(number: number, registry: string): string {
  return `retired-${number}-${registry}.image`;
}

/** The empty file whose name tells a run from another one of the same number: its maker's. */
export function runIdName(id: string): string {
  return `id-${id}`;
}

/** The id of the run whose names these are; undefined where none is there. */
export function runIdIn(names: readonly string[]): string | undefined {
  return names
    .map((name) => /^id-([0-9a-f]{16})$/.exec(name)?.[1])
    .filter((id) => id !== undefined)
    .sort()[0];
}

/** A name under which nobody reads: of a file, or of the directory of a run, until it is whole. */
export function temporaryName(instance: string): string {
  return `.${instance}-${Math.floor(Math.random() * 2 ** 48).toString(16)}.tmp`;
}

export type Named =
  | { readonly kind: "image"; readonly instance: string; readonly registry: string }
  | { readonly kind: "retired"; readonly number: number; readonly registry: string }
  | { readonly kind: "temporary" | "wanted" | "run" };

/** What a file in a run's directory is by its name; undefined where it is not the spool's. */
export function named(name: string): Named | undefined {
  // No process has the instance of nobody, or that of the retired.
  const image = /^(?!0{16}|f{16})([0-9a-f]{16})-([\w%]+)\.image$/.exec(name);
  if (image !== null) return { kind: "image", instance: image[1]!, registry: image[2]! };
  const retired = /^retired-(\d{1,15})-([\w%]+)\.image$/.exec(name);
  if (retired !== null) return { kind: "retired", number: Number(retired[1]), registry: retired[2]! };
  if (/^\.[0-9a-f]{16}-[0-9a-f]+\.tmp$/.test(name)) return { kind: "temporary" };
  if (runIdIn([name]) !== undefined) return { kind: "run" };
  return name === WANTED ? { kind: "wanted" } : undefined;
}
