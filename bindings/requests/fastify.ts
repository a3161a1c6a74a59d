// Requests of Fastify, by a plugin. By the response beneath and not by Fastify's own hooks of its end, of which one that is aborted
// has another one than all others, and one that is hijacked has none. And by the server beneath as well as by its hook: what it
// answers before any hook, as a URL that cannot be decoded, is a request, too.

import { follow, type NodeRequest, type NodeResponse, type NodeServer, serverOf } from "./node.ts";
import type { Watch } from "./watch.ts";

export interface FastifyRequestLike {
  readonly raw: NodeRequest;
  readonly is404: boolean;
  readonly routeOptions: { readonly url?: string | undefined };
}

export interface FastifyReplyLike {
  readonly raw: NodeResponse;
}

/** As much of an instance of Fastify as is needed. */
export interface FastifyLike {
  readonly server: NodeServer;
  addHook(name: "onRequest", hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void): unknown;
}

/** A plugin as `app.register()` of Fastify takes it: `done` is called when its hooks are there. */
export type FastifyPlugin = (instance: FastifyLike, options: unknown, done: () => void) => void;

/** Whether a plugin has all of an application: the instances of others inherit from it. */
function isRoot(instance: FastifyLike): boolean {
  return Object.getPrototypeOf(instance) === Object.prototype;
}

export function fastifyOf(watch: Watch): FastifyPlugin {
  const plugin: FastifyPlugin = (instance, _options, done) => {
    // What no hook had no route is there for.
    if (isRoot(instance)) serverOf(watch, instance.server, () => () => undefined);
    instance.addHook("onRequest", (request, reply, next) => {
      follow(watch, request.raw, reply.raw, () => {
        const route = request.is404 ? undefined : request.routeOptions.url;
        return () => route;
      });
      next();
    });
    done();
  };
  // Hooks are for the instance it is registered with, and not for one of its own: what fastify-plugin says, too.
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "tallystick-requests",
    [Symbol.for("plugin-meta")]: { name: "tallystick-requests", fastify: ">=4.10" },
  });
}
