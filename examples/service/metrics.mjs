// What the service counts. Every thread imports this file: the first one that registers a family creates it, the
// others get the same one, and each thread writes cells of its own.
import { registry } from "tallystick";
import { collectDefaultMetrics } from "tallystick/runtime";

// What the runtime tells of the process, once, and of each thread: CPU, memory, event loops, the garbage collector.
collectDefaultMetrics();

const WORK_LABELS = ["route", "method", "status"];

/** Counted by the thread that did the work, when the work is done. */
export const requests = registry.counter({
  name: "service_requests_total",
  help: "Requests whose work a worker thread completed.",
  labelNames: WORK_LABELS,
});

export const responseBytes = registry.counter({
  name: "service_response_bytes_total",
  help: "Bytes of the response bodies that the worker threads made.",
  labelNames: WORK_LABELS,
});

export const errors = registry.counter({
  name: "service_errors_total",
  help: "Requests whose work ended with a status of 400 or above.",
  labelNames: WORK_LABELS,
});

export const requestSeconds = registry.histogram({
  name: "service_request_duration_seconds",
  help: "Time from accepting a request to the end of its work, waiting included.",
  labelNames: WORK_LABELS,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
});

// `livesum` forgets dead threads: a shared gauge would stay above zero for ever once a thread is terminated between
// its `inc` and its `dec`.
export const inFlight = registry.gauge({
  name: "service_in_flight",
  help: "Requests that a worker thread computes at this moment.",
  mode: "livesum",
});

/** Counted by the accepting thread. */
export const responses = registry.counter({
  name: "service_responses_total",
  help: "Responses sent to clients, whoever made them.",
  labelNames: ["status"],
});

export const unavailable = registry.counter({
  name: "service_unavailable_total",
  help: "Requests answered 503 by the accepting thread.",
  labelNames: ["route", "method", "reason"],
});

export const workerDeaths = registry.counter({
  name: "service_worker_deaths_total",
  help: "Worker threads that died and were replaced.",
});

export const waiting = registry.gauge({
  name: "service_waiting",
  help: "Requests that wait for a worker thread.",
});
