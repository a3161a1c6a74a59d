// Deno's door. Threads ran on for 20 s after `terminate`; a BroadcastChannel would keep the process alive.

import { open } from "./worker_threads.ts";
import { startedByAnother } from "./thread.ts";

// A web Worker says that it is the main thread, and thread 0.
if ("WorkerGlobalScope" in globalThis) startedByAnother();
open({ exitProves: false, channel: false });

export * from "./index.ts";
