// Bun's door. Wasm loops ran on for 5 s after `terminate`.

import { open } from "./worker_threads.ts";

open({ exitProves: false, channel: true });

export * from "./index.ts";
