// What entries of their own, as that of processes, use of a door's inside. They are built without it and find it here, so
// that there is one of each: one class of errors, one runtime, one registry.

import * as carry from "./carry.ts";
import * as clock from "./clock.ts";
import * as constant from "./constant.ts";
import * as core from "./core.ts";
import * as definition from "./definition.ts";
import * as describe from "./describe.ts";
import * as errors from "./errors.ts";
import * as inspect from "./inspect.ts";
import * as labels from "./labels.ts";
import * as names from "./names.ts";
import * as options from "./options.ts";
import * as reading from "./reading.ts";
import { Registry } from "./registry.ts";
import * as runtime from "./runtime.ts";
import * as stored from "./stored.ts";
import * as ticket from "./ticket.ts";

/** @internal By the names of their files. */
export const inside = {
  "carry.ts": carry,
  "clock.ts": clock,
  "constant.ts": constant,
  "core.ts": core,
  "definition.ts": definition,
  "describe.ts": describe,
  "errors.ts": errors,
  "inspect.ts": inspect,
  "labels.ts": labels,
  "names.ts": names,
  "options.ts": options,
  "reading.ts": reading,
  "runtime.ts": runtime,
  "stored.ts": stored,
  "ticket.ts": ticket,
} as const;

/** @internal Where entries find it. */
export function insideShown(): void {
  Object.defineProperty(Registry, Symbol.for("tallystick.inside"), { value: inside, configurable: true });
}
