// Where a directory of recordings is, whatever it is called: links lead there by several names, and who asks by each of them is to
// have one recorder.

import { readlinkSync, realpathSync } from "node:fs";
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

/** Where a link leads; undefined of what is none, and of what cannot be looked at. */
function ledTo(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Links behind links that Linux follows (path_resolution(7)): beyond them they may lead in a circle. */
const LINKS_MOST = 40;

/** Of what is absent, where it will be made, through links to it that are there already: it is the same path before and after. */
function realOf(path: string, links = 0): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    const own = join(realOf(parent, links), basename(path));
    const target = links < LINKS_MOST ? ledTo(own) : undefined;
    return target === undefined ? own : realOf(resolve(dirname(own), target), links + 1);
  }
}

/** The path of a directory from the root, through all links, as far as the system tells. */
export function placeOf(dir: string): string {
  const path = resolve(dir);
  return mayLook() ? realOf(path) : path;
}
