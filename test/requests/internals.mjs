// The inside of the room of requests, bundled: it stands alone, so its tests need no recorder.

import { bundled } from "../bundled.mjs";

const outfile = await bundled(
  "requests",
  `
    export { adapters, fetchAdapters } from "./bindings/requests/adapters.ts";
    export { isId, pathRoute } from "./bindings/requests/path.ts";
    export { mountPattern } from "./bindings/requests/mount-pattern.ts";
    export { methodOf } from "./bindings/requests/method.ts";
    export { mountsOf } from "./bindings/requests/mounts.ts";
  `,
  { platform: "neutral" },
);

export const inside = await import(outfile);

/** Adapters whose requests and complaints are kept. */
export function kept(routing = {}, into = {}) {
  const finished = [];
  const told = [];
  const sink = {
    into,
    isOn: true,
    start: () => (sink.isOn ? performance.now() : NaN),
    finished: (request) => finished.push(request),
    told: (error) => told.push(error.message),
  };
  return { requests: inside.adapters(sink, routing), sink, finished, told };
}

/** What was told of requests, without how long they took. */
export const brief = (finished) =>
  finished.map(({ method, route, status, aborted }) => `${route} [${method}] ${status}${aborted ? " aborted" : ""}`);
