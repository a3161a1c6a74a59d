// A worker that counts in the memory of its isolate and hands its image to a collector when a request is done. It has no
// timer and no state elsewhere: an isolate that ends without a word loses what it counted since its last push.

import { registry } from "tallystick";
import { pusher } from "tallystick/push";

const requests = registry.counter({ name: "edge_requests", help: "Requests that were answered.", labelNames: ["service", "path"] });
const seconds = registry.histogram({ name: "edge_request_seconds", help: "How long they took.", labelNames: ["service"] });
const open = registry.gauge({ name: "edge_open_requests", help: "Requests under way.", mode: "livesum" });

/** An isolate pushes at most so often. */
const PUSH_SECONDS = 1;
let made;

/** With a Durable Object at hand pushes go there; else over HTTP to wherever COLLECTOR_URL leads. */
function pusherOf({ COLLECTOR, COLLECTOR_URL, TOKEN }) {
  // What belongs to a request must not outlive it: the stub is a new one for each push.
  const fetch = COLLECTOR && ((url, init) => COLLECTOR.get(COLLECTOR.idFromName("collector")).fetch(url, init));
  made ??= pusher({ url: COLLECTOR_URL, token: TOKEN, fetch });
  return made;
}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const own = pusherOf(env);
    open.inc();
    const from = Date.now();
    // The work of this worker is to say hello.
    const greeting = `Hello from ${env.SERVICE}\n`;
    requests.labels(env.SERVICE, pathname).inc();
    seconds.labels(env.SERVICE).observe((Date.now() - from) / 1000);
    open.dec();
    // For whoever must know that it arrived; others are not kept waiting.
    if (searchParams.has("pushed")) return Response.json(await own.push());
    if (own.due(PUSH_SECONDS)) ctx.waitUntil(own.push());
    return new Response(greeting);
  },
};
