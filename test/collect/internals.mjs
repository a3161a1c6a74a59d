// The probe's inside, in the door's own copy of everything: for tests and for the benchmark, whose thread runs its rounds.

import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundled, DOORS } from "../bundled.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const ROOM = at("../../bindings/collect/probe/");

const core = at("../../bindings/generated/core.ts");
const sources = [...readdirSync(ROOM).map((name) => ROOM + name), core, fileURLToPath(import.meta.url)];
const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
export const outfile = await bundled(
  "probing",
  `
    export * from "./bindings/node.ts";
    export { pusher, receiver } from "./bindings/processes/push-entry.ts";
    export { DISKS, NETWORK } from "./bindings/collect/probe/device-kinds.ts";
    export { Devices, DEVICES_MOST } from "./bindings/collect/probe/devices.ts";
    export { Due } from "./bindings/collect/probe/due.ts";
    export { Files, GONE, DENIED, UNREAD } from "./bindings/collect/probe/files.ts";
    export { Groups, OTHER_NAME, KERNEL_NAME } from "./bindings/collect/probe/groups.ts";
    export { kernelOf } from "./bindings/collect/probe/kernel.ts";
    export { Pace, paced, ROUNDS_SHARE, SECONDS_MOST } from "./bindings/collect/probe/pacing.ts";
    export { Parts, PARTS } from "./bindings/collect/probe/parts.ts";
    export { ProcessIo } from "./bindings/collect/probe/process-io.ts";
    export * as stat from "./bindings/collect/probe/process-stat.ts";
    export { GROUP_LABELS, reservedLabels } from "./bindings/collect/probe/reserved.ts";
    export { Rounds } from "./bindings/collect/probe/rounds.ts";
    export { settingsOf } from "./bindings/collect/probe/settings.ts";
    export { OWN_FAMILIES } from "./bindings/collect/probe/own.ts";
    export { Ledger } from "./bindings/collect/probe/ledger.ts";
    export { FAMILIES, Shown } from "./bindings/collect/probe/shown.ts";
    export { PROCESSES_MOST, Table } from "./bindings/collect/probe/table.ts";
    export { Namespaces, StateCounter, TCP_STATES, UDP_AT } from "./bindings/collect/probe/sockets.ts";
  `,
  { ...DOORS, newest },
);

export const probing = await import(outfile);
