// Workers that begin before their parent loads the library: they count in a memory of their own, join when
// they hear of the parent's, and bring along what they counted.

import { join } from "node:path";
import { each, NODES, run, told } from "./programs.mjs";
import { project } from "./packed.mjs";

const path = project("late");
const file = join(path, "late-parent.mjs");

const rest = join(path, "late-rest.mjs");
const death = join(path, "late-death.mjs");

async function late(t, runtime, ...args) {
  await told(t, await run(runtime, file, args, { within: 20000 }));
}

each([...NODES, "bun"], "worker_threads that began before the import join with what they counted", (runtime, t) =>
  late(t, runtime, "thread", "worker"),
);
each([...NODES, "bun"], "worker_threads that began before the import, and import after the parent, join", (runtime, t) =>
  late(t, runtime, "thread", "parent"),
);
each(["bun"], "web Workers that began before the import join with what they counted", (runtime, t) => late(t, runtime, "web", "worker"));
each(["bun"], "web Workers that began before the import, and import after the parent, join", (runtime, t) =>
  late(t, runtime, "web", "parent"),
);
each(["deno", "bun"], "web Workers join by a ticket alone", (runtime, t) => late(t, runtime, "web", "ticket"));
each(["deno", "bun"], "web Workers that counted in a memory of their own join by a ticket and bring it along", (runtime, t) =>
  late(t, runtime, "web", "moved"),
);
each([...NODES, "bun"], "worker_threads that counted in a memory of their own join by a ticket and bring it along", (runtime, t) =>
  late(t, runtime, "thread", "moved"),
);
each([...NODES, "bun"], "late threads bring collectors and copies, and clash or refuse in peace", async (runtime, t) => {
  await told(t, await run(runtime, rest, [], { within: 20000 }));
});
for (const way of ["channel", "ticket"]) {
  each([...NODES, "bun"], `late threads that joined by a ${way} and are terminated are dead`, async (runtime, t) => {
    await told(t, await run(runtime, death, [way], { within: 20000 }));
  });
}
