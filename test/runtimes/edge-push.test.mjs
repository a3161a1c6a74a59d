// Both ends of a push in the runtimes that have sockets of their own: the packed package, its entry, streams and codings.

import { join } from "node:path";
import { project } from "./packed.mjs";
import { each, run, THREADED, told } from "./programs.mjs";

each(THREADED, "pushes and their receiver", async (runtime, t) => {
  await told(t, await run(runtime, join(project("push"), "edge-push.mjs")));
});
