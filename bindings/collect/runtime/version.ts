// Which runtime this is.

import process from "node:process";
import type { Part, RuntimeName } from "./part.ts";
import type { Sheet } from "./sheet.ts";

export const VERSION_NAMES = ["version"];

/** Help as prom-client's. */
const HELPS = { nodejs: "Node.js version info.", deno: "Deno version info.", bun: "Bun version info." } as const;

function versionOf(runtime: RuntimeName): string {
  if (runtime === "nodejs") return process.version;
  return `v${process.versions[runtime]}`;
}

export function version(sheet: Sheet, runtime: RuntimeName): Part {
  const text = versionOf(runtime);
  const [major = "", minor = "", patch = ""] = text.slice(1).split(".");
  const info = sheet
    .metric({
      kind: "gauge",
      name: `${runtime}_version_info`,
      help: HELPS[runtime],
      labelNames: ["version", "major", "minor", "patch"],
      mode: "livemax",
    })
    .sample([text, major, minor, patch]);
  return {
    collect() {
      info.is(1);
    },
  };
}
