// What the soaked service counts, the same in its threads and in its processes. A `slot` is who counts; see ledger.mjs.

import { registry } from "tallystick";

/** Series of sessions end by themselves behind so long. What comes late, whatever the machine did, is not counted into one: it may have ended. */
const EXPIRE_SECONDS = 6;
const LATE_MILLISECONDS = 2_000;

export const requests = registry.counter({ name: "soak_requests", help: "Requests.", labelNames: ["slot", "route"] });
export const bytes = registry.counter({ name: "soak_bytes", help: "Bytes of requests.", labelNames: ["slot"] });
export const sizes = registry.histogram({ name: "soak_sizes", help: "Sizes.", labelNames: ["slot"], buckets: [10, 100, 1000] });
export const spread = registry.histogram({
  name: "soak_spread",
  help: "Sizes, natively.",
  labelNames: ["slot"],
  native: true,
  buckets: [1],
});
export const answers = registry.counter({ name: "soak_answers", help: "Answers.", labelNames: ["status"] });
/** Series that come and go: ended by hand, by the clock, and with the process that set them. */
export const sessions = registry.counter({ name: "soak_sessions", help: "Requests of a session.", labelNames: ["session", "route"] });
export const visits = registry.histogram({
  name: "soak_visits",
  help: "Sizes of a session.",
  labelNames: ["session"],
  buckets: [10, 100, 1000],
  expireAfterSeconds: EXPIRE_SECONDS,
});
export const open = registry.gauge({ name: "soak_open", help: "Sessions of those who live.", labelNames: ["session"], mode: "livesum" });

/** Counts a request that stands for `times`, one by one: so death comes in the midst of it. */
export function count({ slot, route, times, size, session, sent }) {
  const isIn = session !== undefined && Date.now() - sent < LATE_MILLISECONDS;
  for (let i = 0; i < times; i++) {
    requests.inc({ slot, route });
    bytes.inc({ slot }, size);
    sizes.observe({ slot }, size);
    spread.observe({ slot }, size);
    if (isIn) sessions.inc({ session, route });
    if (isIn) visits.observe({ session }, size);
  }
}
