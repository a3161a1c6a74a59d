// Where a directory of recordings is, whatever it is called: links lead there by several names, and who asks by each of them is to
// have one recorder.

import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

interface Permissions {
  querySync?(wanted: { readonly name: "read" }): { readonly state: string };
}

/** Deno would ask whoever sits at the terminal about each directory above one that is absent; and what is told must not change. */
function mayLook(): boolean {
  const { Deno } = globalThis as { readonly Deno?: { readonly permissions?: Permissions } };
  const permissions = Deno?.permissions;
  return permissions?.querySync === undefined || permissions.querySync({ name: "read" }).state === "granted";
}

/** Of what is absent, where it will be made: it is the same path before and after. */
function realOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realOf(parent), basename(path));
  }
}

/** The path of a directory from the root, through all links, as far as the system tells. */
export function placeOf(dir: string): string {
  const path = resolve(dir);
  return mayLook() ? realOf(path) : path;
}
