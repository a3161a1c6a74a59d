// Labels of the probe's own metrics. A registry whose default labels have such a name takes none of these metrics, and that shall be told
// to whoever begins the probe: its thread would find out later, and could only end.

import type { Catalog } from "../../catalog.ts";
import { labelsOf } from "../../carry.ts";
import type { Registry } from "../../index.ts";
import { blockLabels } from "../../labels.ts";
import type { ProbeGrouping, Settings } from "./settings.ts";
import { labelReserved } from "./worded.ts";

/** Labels of what is shown of a group. */
export const GROUP_LABELS: Readonly<Record<ProbeGrouping, readonly string[]>> = {
  command: ["command"],
  pid: ["command", "pid"],
  total: [],
};
/** Those that every probe has; `of`, `part`, `what` and `writer` are of what it says of itself. */
const LABELS = ["mode", "state", "namespace", "protocol", "of", "part", "what", "writer"];
/** Those of the host, which a tree's probe does not show. */
const HOST_LABELS = ["device"];

/** The names that default labels may not have. */
export function reservedLabels({ by, tree }: Pick<Settings, "by" | "tree">): readonly string[] {
  return [...LABELS, ...GROUP_LABELS[by], ...(tree === undefined ? HOST_LABELS : [])];
}

/** Throws `label-conflict` where a default label of the registry has a name of these. */
export function checkLabels(registry: Registry, settings: Settings): void {
  const block = labelsOf((registry as Catalog).here("probe"));
  const reserved = reservedLabels(settings);
  for (const [name] of blockLabels(block)) if (reserved.includes(name)) throw labelReserved(name, reserved);
}
