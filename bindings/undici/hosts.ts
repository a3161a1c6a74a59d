// Hosts as labels: those of a closed number of origins, for a program that follows links asks whoever is in them.

import { atOnce } from "../requests/at-once.ts";
import { Bounded, OTHER } from "../http/bounded.ts";
import { type ClientMetrics, Host } from "./client-metrics.ts";
import type { UndiciSettings } from "./settings.ts";
import { hostFailed } from "./worded.ts";

/** So many origins are remembered beyond those that are told apart: others are looked at anew. */
const REMEMBERED_MOST = 1000;

export class Hosts {
  readonly #settings: UndiciSettings;
  readonly #metrics: ClientMetrics;
  readonly #names: Bounded;
  readonly #hosts = new Map<string, Host>();
  readonly #byOrigin = new Map<string, Host>();
  #told = false;

  constructor(settings: UndiciSettings, metrics: ClientMetrics) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#names = new Bounded(settings.maxHosts);
  }

  /** Of `https://example.org` and `http://127.0.0.1:80`. */
  of(origin: string): Host {
    const there = this.#byOrigin.get(origin);
    if (there !== undefined) return there;
    const name = this.#nameOf(origin);
    const label = this.#names.takes(name) ? name : OTHER;
    let host = this.#hosts.get(label);
    if (host === undefined) this.#hosts.set(label, (host = new Host(this.#metrics, label)));
    if (this.#byOrigin.size < this.#settings.maxHosts + REMEMBERED_MOST) this.#byOrigin.set(origin, host);
    return host;
  }

  #nameOf(origin: string): string {
    const { host } = this.#settings;
    try {
      const said: unknown =
        host === undefined ? origin.slice(origin.indexOf("://") + 1).replace(/^\/\//, "") : atOnce("a host", host(origin));
      if (typeof said === "string") return said;
      this.failed(new TypeError("host() must return a string"));
    } catch (error) {
      this.failed(error);
    }
    return OTHER;
  }

  failed(error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.#settings.told(hostFailed(error));
  }

  end(): void {
    for (const host of this.#hosts.values()) host.end();
  }
}
