// What users say of metrics of undici, checked.

import { optionInvalid } from "../errors.ts";
import type { Registry } from "../index.ts";
import { identityOf } from "../http/identity.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { choiceInvalid, numberOutside, poolInvalid } from "./worded.ts";

/** What undici tells of a pool or a client; an agent has one of these for each origin. */
export interface PoolStats {
  readonly connected?: boolean | number | undefined;
  readonly free?: number | undefined;
  readonly pending?: number | undefined;
  readonly queued?: number | undefined;
  readonly running?: number | undefined;
}

/** A Pool, a Client, a BalancedPool or an Agent of undici. */
export interface Dispatching {
  readonly stats: unknown;
}

/** What `observeUndici` takes. */
export interface UndiciOptions {
  /** Where they are counted; the default registry. */
  readonly registry?: Registry | undefined;
  /** In front of every name; none by default. */
  readonly prefix?: string | undefined;
  /** Upper bounds of durations in seconds: 0.005 to 10 by default. */
  readonly buckets?: readonly number[] | undefined;
  /** `class` for `2xx`, by default, or `code` for `200`. */
  readonly status?: "class" | "code" | undefined;
  /** What stands for an origin, as `https://eu.example.org`; its host by default. */
  readonly host?: ((origin: string) => string) | undefined;
  /** So many hosts at most, 100 by default; others are `other`. */
  readonly maxHosts?: number | undefined;
  /** Pools, clients and agents whose connections and requests are shown, by the names that they have there. */
  readonly pools?: Readonly<Record<string, Dispatching>> | undefined;
  /** Hears of the first time that something goes wrong, as a `host` that throws; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const OPTIONS: Kinds = {
  registry: "Object",
  prefix: "string",
  buckets: "Array",
  status: "string",
  host: "function",
  maxHosts: "number",
  pools: "Object",
  onError: "function",
};

const STATUSES = ["class", "code"] as const;
const HOSTS = 100;
const HOSTS_MOST = 10_000;

/** The options with their defaults. */
export interface UndiciSettings {
  readonly registry: Registry;
  /** What stands for it in all copies of this library. */
  readonly identity: object;
  readonly prefix: string;
  readonly buckets: readonly number[] | undefined;
  readonly isClass: boolean;
  readonly host: UndiciOptions["host"];
  readonly maxHosts: number;
  readonly pools: readonly (readonly [name: string, pool: Dispatching])[];
  readonly told: (error: unknown) => void;
}

export function undiciSettings(
  options: UndiciOptions,
  defaultRegistry: Registry,
  listener: (onError: UndiciOptions["onError"]) => (error: unknown) => void,
): UndiciSettings {
  checkOptions("observeUndici", options, OPTIONS);
  const registry = options.registry ?? defaultRegistry;
  // Of another copy it may be, or of a worker's.
  if (typeof registry.histogram !== "function") throw optionInvalid("observeUndici", "registry", registry, "Registry");
  const status = options.status ?? "class";
  if (!STATUSES.includes(status)) throw choiceInvalid("status", status, STATUSES);
  const maxHosts = options.maxHosts ?? HOSTS;
  if (!Number.isInteger(maxHosts) || maxHosts < 1 || maxHosts > HOSTS_MOST) throw numberOutside("maxHosts", maxHosts, 1, HOSTS_MOST);
  const pools = Object.entries(options.pools ?? {});
  for (const [name, pool] of pools) {
    const stats: unknown = (pool as Partial<Dispatching> | undefined | null)?.stats;
    if (typeof stats !== "object" || stats === null) throw poolInvalid(name, pool);
  }
  return {
    registry,
    identity: identityOf(registry, defaultRegistry),
    prefix: options.prefix ?? "",
    buckets: options.buckets ?? undefined,
    isClass: status === "class",
    host: options.host ?? undefined,
    maxHosts,
    pools,
    told: listener(options.onError ?? undefined),
  };
}
