// The edge's door: one isolate, no threads. The Wasm is a static import, for nothing may be compiled here;
// nothing at import needs time, randomness or timers.

import module from "./core.edge.wasm";
import { NO_PARENT, setRuntime } from "./runtime.ts";

setRuntime({
  module: () => module,
  shared: false,
  thread: 0,
  bytes: (length) => new Uint8Array(length),
  pause: () => Promise.resolve(),
  parent: () => NO_PARENT,
  inherited: () => undefined,
  bequeath: () => undefined,
});

export * from "./index.ts";
