// Requests of Express 4 and 5, by a middleware.

import { mountsOf, type ExpressRequest } from "./mounts.ts";
import { follow, type NodeRequest, type NodeResponse } from "./node.ts";
import type { Watch } from "./watch.ts";

export type ExpressMiddleware = (request: NodeRequest, response: NodeResponse, next: () => void) => void;

export function expressOf(watch: Watch): ExpressMiddleware {
  return (request, response, next) => {
    follow(watch, request, response, () => {
      const mounts = mountsOf(request as ExpressRequest);
      return (status) => mounts.pattern(status);
    });
    next();
  };
}
