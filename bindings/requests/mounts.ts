// Which pattern a request of Express was routed by, mounted routers included.
//
// `req.baseUrl + req.route.path` at the end of a request is not it. `baseUrl` is what was sent, `/tenants/42`, in whatever case, and
// not what was mounted, `/tenants/:tenant`; and it is set back on the way out of a router, so that of a request that failed in a
// mounted router and was answered by the application's error handler the mount is lost. Both are known at the moment they are
// set: `params` has the mount's parameters when `baseUrl` becomes longer, and `baseUrl` is the router's while its `route`
// is there. So `baseUrl` becomes an accessor of the request, and so does `route` as soon as there is one: before, it is no property,
// as without us. A route that nobody saw come is seen when `baseUrl` changes, which is when its mount would be lost, or at the end.
//
// Accessors are the same functions for all requests, which find what they are of by a property. Engines keep one shape for all objects
// that become the same in the same steps; a function of each request's own would make each request a shape of its own, which every
// access to it pays for. The property is named by a text and not by a symbol, since those that copy a request by the names of its
// properties have to have it, too.
//
// What has a copy of an accessor, or inherits it, is another request: of a batch, or what a library makes of one. It reads what was
// there when it was made or is now, and what it writes is its own.

import { mountPattern } from "./mount-pattern.ts";
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
  readonly parameters: Readonly<Record<string, unknown>>;
}

const NOWHERE: Mount = { url: "", pattern: "", parameters: {} };

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
  readonly #request: ExpressRequest;
  readonly #mounts: Mount[] = [NOWHERE];

  constructor(request: ExpressRequest) {
    this.#request = request;
    this.#mounted(request.baseUrl);
    this.#look();
  }

  get #here(): Mount {
    return this.#mounts.at(-1) ?? NOWHERE;
  }

  get request(): ExpressRequest {
    return this.#request;
  }

  /** Whether a route came since somebody looked. */
  #sees(): boolean {
    const { route } = this.#request;
    if (route === this.route) return false;
    this.routed(route);
    return true;
  }

  /** From the first one on it is known whenever it comes to one, be it the same. */
  #look(): void {
    if (this.#sees()) Object.defineProperty(this.#request, "route", ROUTE);
  }

  mounted(url: unknown): void {
    this.#look();
    this.#mounted(url);
  }

  /** A router that is left sets back what was before it. */
  #mounted(url: unknown): void {
    this.baseUrl = url;
    if (typeof url !== "string") return;
    while (this.#mounts.length > 1 && !`${url}/`.startsWith(`${this.#here.url}/`)) this.#mounts.pop();
    const here = this.#here;
    if (url === here.url) return;
    const { params } = this.#request;
    const parameters = typeof params === "object" && params !== null ? { ...params } : {};
    const pattern = here.pattern + mountPattern(url.slice(here.url.length), parameters, here.parameters);
    this.#mounts.push({ url, pattern, parameters });
  }

  routed(route: unknown): void {
    this.route = route;
    if (typeof route === "object" && route !== null && "path" in route) this.#routed = joined(this.#here.pattern, textOf(route.path));
  }

  /** Without a route: where it is mounted what answered, as for files; nothing did where there was nothing. */
  pattern(status: number): string | undefined {
    quietly(() => this.#sees());
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

/**
 * Where a request has its mounts. Enumerations do not show it. It is a text and no symbol of ours, for recorders and metrics are entries of their
 * own, and of two accessors the one beneath would hear nothing; its number changes with what is in it.
 */
const MOUNTS = "tallystick.mounts.1";

type Viewed = { readonly [MOUNTS]?: Mounts };

/** A property of a request, of which its mounts hear what it is set to. */
function view(name: "baseUrl" | "route", hear: (mounts: Mounts, value: unknown) => void): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get(this: Viewed) {
      return this[MOUNTS]?.[name];
    },
    set(this: Viewed, value: unknown) {
      const mounts = this[MOUNTS];
      if (mounts?.request !== this) {
        Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
        return;
      }
      mounts[name] = value;
      quietly(() => hear(mounts, value));
    },
  };
}

const BASE_URL = view("baseUrl", (mounts, url) => mounts.mounted(url));
const ROUTE = view("route", (mounts, route) => mounts.routed(route));

/** Sees where the request goes from now on. Gives what knows its pattern. */
export function mountsOf(request: ExpressRequest): { pattern(status: number): string | undefined } {
  const there = (request as Viewed)[MOUNTS];
  // What inherits from a request or is a copy of one has those of another.
  if (there?.request === request) return there;
  const mounts = new Mounts(request);
  Object.defineProperty(request, MOUNTS, { value: mounts, configurable: true });
  Object.defineProperty(request, "baseUrl", BASE_URL);
  return mounts;
}
