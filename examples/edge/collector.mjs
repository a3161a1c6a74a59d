// A collector that is a Durable Object: isolates push their images to it, and it answers /metrics with the sum.
//
// What it acknowledges is in the object's storage first: README.md says what, and
// storage.mjs for how. So an object that is reset, moved or evicted begins where it was.

import { Registry } from "tallystick";
import { receiver } from "tallystick/push";
import { ObjectStore } from "./storage.mjs";

/** Of objects that were reset: the isolate and its memory outlive them. */
const closes = new Map();

export class Collector {
  #ctx;
  #registry = new Registry();
  #receive;
  #isResettable;

  constructor(ctx, env) {
    const id = ctx.id.toString();
    closes.get(id)?.();
    this.#ctx = ctx;
    this.#isResettable = env.RESETTABLE === "yes";
    this.#receive = receiver({
      registry: this.#registry,
      name: id,
      token: env.TOKEN,
      store: new ObjectStore(ctx.storage),
      deadAfterSeconds: Number(env.DEAD_AFTER_SECONDS),
      foldAfterSeconds: Number(env.FOLD_AFTER_SECONDS),
    });
    closes.set(id, () => {
      this.#receive.close();
      this.#registry.close();
    });
  }

  async fetch(request) {
    switch (new URL(request.url).pathname) {
      case "/push":
        return this.#receive(request);
      case "/metrics":
        return this.#registry.handler()(request);
      case "/state":
        return Response.json(this.#receive.counts());
      case "/reset":
        // For tests: what the platform does when it likes to.
        if (this.#isResettable) this.#ctx.abort("reset");
        return new Response("This object is not for testing\n", { status: 403 });
      default:
        return new Response("There are /push, /metrics and /state\n", { status: 404 });
    }
  }
}

export default {
  fetch(request, { COLLECTOR }) {
    return COLLECTOR.get(COLLECTOR.idFromName("collector")).fetch(request);
  },
};
