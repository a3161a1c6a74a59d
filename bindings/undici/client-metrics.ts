// The metrics of undici in a registry, and their series by host: each is bound once.

import type { Counter, CounterHandle, Gauge, GaugeHandle, Histogram, HistogramHandle } from "../index.ts";
import { Bounded, OTHER } from "../http/bounded.ts";
import type { UndiciSettings } from "./settings.ts";

type Labelled = readonly string[];

/** Codes are undici's and the system's own, but an application may abort with whatever it likes. */
const CODES_MAX = 64;
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

export class ClientMetrics {
  readonly duration: Histogram<Labelled>;
  readonly firstByte: Histogram<Labelled>;
  readonly inFlight: Gauge<Labelled>;
  readonly retries: Counter<Labelled>;
  readonly open: Gauge<Labelled>;
  readonly made: Counter<Labelled>;
  readonly #errors: Counter<Labelled>;
  readonly #failures: Counter<Labelled>;
  readonly #codes = new Bounded(CODES_MAX);

  /** Throws a MetricsError where a name is taken by a metric of another definition. */
  constructor({ registry, prefix, buckets }: UndiciSettings) {
    const name = (rest: string) => `${prefix}http_client_${rest}`;
    const bounds = buckets === undefined ? {} : { buckets };
    const histogram = (rest: string, help: string, labelNames: Labelled) =>
      registry.histogram<Labelled>({ name: name(rest), help, labelNames, unit: "seconds", ...bounds });
    const counter = (rest: string, help: string, labelNames: Labelled) =>
      registry.counter<Labelled>({ name: name(rest), help, labelNames });
    const gauge = (rest: string, help: string, labelNames: Labelled) =>
      registry.gauge<Labelled>({ name: name(rest), help, labelNames, mode: "livesum" });
    this.duration = histogram("request_duration_seconds", "Time from a request to the end of its response.", ["method", "host", "status"]);
    this.firstByte = histogram("first_byte_seconds", "Time from a request to the head of its response.", ["method", "host"]);
    this.inFlight = gauge("requests_in_flight", "Requests that have not come to their end.", ["method", "host"]);
    this.#errors = counter("request_errors", "Requests that failed, by what undici or the system calls it.", ["host", "code"]);
    this.retries = counter("request_retries", "Requests that were sent again, as on a connection that had ended.", ["host"]);
    this.open = gauge("connections_open", "Connections that are open.", ["host"]);
    this.made = counter("connections", "Connections that were made.", ["host"]);
    this.#failures = counter("connection_failures", "Connections that could not be made.", ["host", "code"]);
  }

  requestFailed(host: string, error: unknown): void {
    this.#errors.inc({ host, code: this.#code(error) });
  }

  connectionFailed(host: string, error: unknown): void {
    this.#failures.inc({ host, code: this.#code(error) });
  }

  /** What an error is called: its code, or its name, as of those that abort. */
  #code(error: unknown): string {
    const { code, name } = (typeof error === "object" && error !== null ? error : {}) as {
      readonly code?: unknown;
      readonly name?: unknown;
    };
    const text = typeof code === "string" && CODE.test(code) ? code : name;
    return typeof text === "string" && CODE.test(text) && this.#codes.takes(text) ? text : OTHER;
  }
}

/** What is counted of one host, or of all that are beyond the limit. */
export class Host {
  readonly name: string;
  readonly open: GaugeHandle;
  readonly made: CounterHandle;
  readonly retries: CounterHandle;
  /** Connections that were made and have not ended. */
  connections = 0;
  readonly #metrics: ClientMetrics;
  readonly #methods = new Map<string, Calls>();

  constructor(metrics: ClientMetrics, name: string) {
    this.#metrics = metrics;
    this.name = name;
    this.open = metrics.open.labels(name);
    this.made = metrics.made.labels(name);
    this.retries = metrics.retries.labels(name);
  }

  calls(method: string): Calls {
    let calls = this.#methods.get(method);
    if (calls === undefined) this.#methods.set(method, (calls = new Calls(this.#metrics, method, this.name)));
    return calls;
  }

  /** Takes back what is open or in flight: nobody will hear of its end. */
  end(): void {
    this.open.dec(this.connections);
    this.connections = 0;
    for (const calls of this.#methods.values()) calls.end();
  }
}

/** Requests of one method to one host. */
export class Calls {
  readonly firstByte: HistogramHandle;
  readonly #metrics: ClientMetrics;
  readonly #method: string;
  readonly #host: string;
  readonly #inFlight: GaugeHandle;
  readonly #durations = new Map<string, HistogramHandle>();
  #count = 0;

  constructor(metrics: ClientMetrics, method: string, host: string) {
    this.#metrics = metrics;
    this.#method = method;
    this.#host = host;
    this.firstByte = metrics.firstByte.labels(method, host);
    this.#inFlight = metrics.inFlight.labels(method, host);
  }

  began(): void {
    this.#count++;
    this.#inFlight.inc();
  }

  ended(status: string, seconds: number): void {
    this.#count--;
    this.#inFlight.dec();
    let duration = this.#durations.get(status);
    if (duration === undefined) this.#durations.set(status, (duration = this.#metrics.duration.labels(this.#method, this.#host, status)));
    duration.observe(seconds);
  }

  end(): void {
    this.#inFlight.dec(this.#count);
    this.#count = 0;
  }
}
