// What is in a spool when somebody begins to serve it, and what of that is not asked for: whoever forgot an option would else
// see an empty page, and no reason.

import { cut, shown } from "../errors.ts";
import { type Disk, unlessAbsent } from "./disk.ts";
import { directoryUnreadable, entryForeign } from "./errors.ts";
import { keepName, named, registryNamed, registryPart, runNamed, runNumberOf, runTold } from "./paths.ts";
import { foreign, isDirectory } from "./runs.ts";

export interface SurveyOptions {
  readonly dir: string;
  readonly name?: string | undefined;
  readonly run?: string | undefined;
  readonly keepTotals: boolean;
}

/** So many names are said. */
const NAMES_MOST = 10;

function listed(names: readonly string[], option: string): string {
  const more = names.length > NAMES_MOST ? ` and ${names.length - NAMES_MOST} more` : "";
  const some = names.slice(0, NAMES_MOST).map((name) => shown(name));
  return `${some.join(", ")}${more}: for ${names.length === 1 ? "it" : "one of them"} say ${option} ${cut(names[0]!)}`;
}

/**
 * What the options leave out of a spool, a line each; nothing where there is no directory yet. Throws where it may not be
 * read, and where all that would be is another's.
 */
export function surveyed(disk: Disk, { dir, name = "default", run, keepTotals }: SurveyOptions): string[] {
  if (!isDirectory(disk, dir)) return [];
  let names: string[];
  try {
    names = disk.names(dir);
  } catch (error) {
    throw directoryUnreadable(dir, error);
  }
  const isAsked = (entry: string) => (run === undefined ? runNumberOf(entry) > 0 : entry === runNamed(run));
  const asked: string[] = [];
  const others: string[] = [];
  let refused: { readonly path: string; readonly why: string } | undefined;
  for (const entry of names) {
    if (!isAsked(entry) && runTold(entry) === undefined) continue;
    const status = disk.status(`${dir}/${entry}`);
    const why = status && foreign(disk, status, "directory");
    if (isAsked(entry) && why !== undefined) refused = { path: `${dir}/${entry}`, why };
    if (status !== undefined && why === undefined) (isAsked(entry) ? asked : others).push(entry);
  }
  if (asked.length === 0 && refused !== undefined) throw entryForeign(refused.path, refused.why);
  const lines: string[] = [];
  const runs = others.map((entry) => runTold(entry)!).toSorted();
  if (runs.length > 0) lines.push(`${shown(dir)} has also ${runs.length === 1 ? "a run" : "runs"} named ${listed(runs, "--run")}`);
  if (run !== undefined && names.some((entry) => runNumberOf(entry) > 0)) {
    lines.push(`${shown(dir)} has also runs without a name: for those say no --run`);
  }
  const top = run === undefined ? asked.toSorted((a, b) => runNumberOf(b) - runNumberOf(a))[0] : asked[0];
  const files = top === undefined ? [] : (unlessAbsent(() => disk.names(`${dir}/${top}`)) ?? []);
  const registries = new Set<string>();
  for (const file of files) {
    const what = named(file);
    if ((what?.kind === "image" || what?.kind === "retired") && what.registry !== registryPart(name))
      registries.add(registryNamed(what.registry));
  }
  const also = [...registries].toSorted();
  if (also.length > 0)
    lines.push(`${shown(dir)} has also ${also.length === 1 ? "a registry" : "registries"} named ${listed(also, "--name")}`);
  if (!keepTotals && run === undefined && names.includes(keepName(registryPart(name)))) {
    lines.push(`${shown(dir)} has totals of earlier runs, for its processes keep them: to have them on this page, too, say --keep-totals`);
  }
  return lines;
}
