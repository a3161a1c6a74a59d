// The inside of default metrics, in the door's own copy of everything.

import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundled, DOORS } from "../bundled.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const ROOM = at("../../bindings/collect/runtime/");
const sources = [...readdirSync(ROOM).map((name) => ROOM + name), at("../../bindings/generated/core.ts"), fileURLToPath(import.meta.url)];
const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));

export const inside = await import(
  await bundled(
    "collect-runtime",
    `
      export * from "./bindings/node.ts";
      export { active } from "./bindings/collect/runtime/active.ts";
      export { cgroupOf } from "./bindings/collect/runtime/cgroup.ts";
      export { delay, Lateness } from "./bindings/collect/runtime/delay.ts";
      export { Delays } from "./bindings/collect/runtime/delays.ts";
      export { NamedLines } from "./bindings/collect/runtime/named-lines.ts";
      export { ownProcess } from "./bindings/collect/runtime/own-process.ts";
      export { namesOf } from "./bindings/collect/runtime/parts.ts";
      export { OWN_LABELS, settingsOf } from "./bindings/collect/runtime/settings.ts";
      export { startSecondsIn } from "./bindings/collect/runtime/start.ts";
      export { Sheet } from "./bindings/collect/runtime/sheet.ts";
    `,
    { ...DOORS, newest },
  )
);

const { Registry, settingsOf, Sheet } = inside;

/** A page as samples by name and labels; the library's own are left out. */
export function samplesOf(text) {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("tallystick_"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/** One part over a registry of its own; `shown` lets it collect, and gives the page. */
export function partOf(begin, { thread, ...options } = {}) {
  const registry = new Registry();
  const sheet = new Sheet(settingsOf({ registry, ...options }, registry), thread);
  const part = begin(sheet);
  return {
    registry,
    sheet,
    part,
    shown(began = performance.now()) {
      part?.collect({ began });
      sheet.show();
      return samplesOf(new TextDecoder().decode(registry.exposeSync().body));
    },
  };
}
