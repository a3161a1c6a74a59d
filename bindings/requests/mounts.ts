// Which pattern a request of Express was routed by, mounted routers included.
//
// `req.baseUrl + req.route.path` at the end of a request is not it. `baseUrl` is what was sent, `/tenants/42`, in whatever case, and
// not what was mounted, `/tenants/:tenant`; and it is set back on the way out of a router, so that of a request that failed in a
// mounted router and was answered by the application's error handler the mount is lost. Both are known at the moment they are
// set: `params` has the mount's parameters when `baseUrl` becomes longer, and `baseUrl` is the router's when `route`
// is set. So both become accessors on the request, which give what was set.

import { pathPattern } from "./path.ts";
import { NOT_FOUND } from "./watch.ts";

/** As much of a request of Express as is needed. */
export interface ExpressRequest {
  baseUrl?: unknown;
  route?: unknown;
  params?: unknown;
}

interface Mount {
  readonly url: string;
  readonly pattern: string;
}

const NOWHERE: Mount = { url: "", pattern: "" };
const MOUNTS = Symbol("tallystick.mounts");

interface Mounted extends ExpressRequest {
  [MOUNTS]?: Mounts;
}

/** The pattern of a route: a text, an expression, or several of them. */
function textOf(path: unknown): string {
  return Array.isArray(path) ? path.map(textOf).join("|") : String(path);
}

function joined(mount: string, path: string): string {
  if (mount === "") return path;
  return path === "/" ? mount : mount + path;
}

/** Where a request is, and which route it came to last. */
class Mounts {
  baseUrl: unknown;
  route: unknown;
  #routed: string | undefined;
  readonly #mounts: Mount[] = [NOWHERE];

  constructor(baseUrl: unknown, route: unknown, parameters: unknown) {
    this.route = route;
    this.mounted(baseUrl, parameters);
  }

  get #here(): Mount {
    return this.#mounts.at(-1) ?? NOWHERE;
  }

  /** A router that is left sets back what was before it. */
  mounted(url: unknown, parameters: unknown): void {
    this.baseUrl = url;
    if (typeof url !== "string") return;
    while (this.#mounts.length > 1 && !`${url}/`.startsWith(`${this.#here.url}/`)) this.#mounts.pop();
    const here = this.#here;
    if (url === here.url) return;
    const known = typeof parameters === "object" && parameters !== null ? (parameters as Record<string, unknown>) : {};
    this.#mounts.push({ url, pattern: here.pattern + pathPattern(url.slice(here.url.length), known) });
  }

  routed(route: unknown): void {
    this.route = route;
    if (typeof route === "object" && route !== null && "path" in route) this.#routed = joined(this.#here.pattern, textOf(route.path));
  }

  /** Without a route: where it is mounted what answered, as for files; nothing did where there was nothing. */
  pattern(status: number): string | undefined {
    if (this.#routed !== undefined) return this.#routed;
    return this.#here.pattern === "" || status === NOT_FOUND ? undefined : this.#here.pattern;
  }
}

/** What is thrown at this comes out of an assignment in the framework: whatever a pattern is made of, it is caught. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {}
}

const ACCESSORS: PropertyDescriptorMap & ThisType<Mounted> = {
  baseUrl: {
    configurable: true,
    enumerable: true,
    get() {
      return this[MOUNTS]!.baseUrl;
    },
    set(url: unknown) {
      quietly(() => this[MOUNTS]!.mounted(url, this.params));
    },
  },
  route: {
    configurable: true,
    enumerable: true,
    get() {
      return this[MOUNTS]!.route;
    },
    set(route: unknown) {
      quietly(() => this[MOUNTS]!.routed(route));
    },
  },
};

/** Sees where the request goes from now on. Gives what knows its pattern. */
export function mountsOf(request: ExpressRequest): { pattern(status: number): string | undefined } {
  const mounted = request as Mounted;
  const there = mounted[MOUNTS];
  if (there !== undefined) return there;
  const mounts = new Mounts(request.baseUrl, request.route, request.params);
  Object.defineProperty(request, MOUNTS, { value: mounts });
  Object.defineProperties(request, ACCESSORS);
  return mounts;
}
