// The pairs of verbs that race, and what each may come to. Of a pair the first verb is the follower's, the second one the
// leader's, who prepares the round and says what it came to. A table lists every outcome that linear histories of the two
// have, and nothing else.
//
// `open` is for both, before the first round. `lead`, then `follow`, then `ready` prepare a round; then the two verbs race.

import { loaded, pageOf, samplesOf } from "./door.mjs";

const BUCKETS = [1, 2, 4];
/** What is there before a verb that takes it away. */
const BEFORE = 5;

/** The number of a thread that no runtime starts. */
const NOBODY = 99999;
const DEFINITION = { name: "raced", help: "Raced.", labelNames: ["k"] };

function counter(registry, options = {}) {
  return registry.counter({ ...DEFINITION, ...options });
}

function histogram(registry) {
  return registry.histogram({ ...DEFINITION, buckets: BUCKETS });
}

/** The counter's only series on the page. */
function shown(registry, sample = 'raced_total{k="a"}') {
  const value = samplesOf(pageOf(registry)).get(sample);
  return value === undefined ? "absent" : `${value}`;
}

/** How many observations a histogram's series has and their sum, if its buckets are those of that many. */
function observed(registry) {
  const samples = samplesOf(pageOf(registry));
  const count = samples.get('raced_count{k="a"}');
  if (count === undefined) return "absent";
  const buckets = [...BUCKETS, "+Inf"].map((le) => samples.get(`raced_bucket{k="a",le="${le}"}`));
  return `${count} of ${samples.get('raced_sum{k="a"}')}, ${buckets.join(" ")}`;
}

/** Both signs, and sums that come back: what was read before an observation must not be taken for what is behind it. */
const VALUES = [1, -1, 0.5, 4, -4, 2, 8, -8, 3];
const OBSERVATIONS = 200;

/** What `observed` says after each number of observations from 1. */
const PREFIXES = Array.from({ length: OBSERVATIONS }, (_, last) => {
  const values = Array.from({ length: last + 1 }, (_each, i) => VALUES[i % VALUES.length]);
  const sum = values.reduce((total, value) => total + value, 0);
  return `${values.length} of ${sum}, ${[...BUCKETS, Infinity].map((le) => values.filter((value) => value <= le).length).join(" ")}`;
});

/** A series that both know, with BEFORE in it. */
function counting(ends) {
  return {
    open: (own) => (own.metric = counter(own.registry)),
    lead(own) {
      own.metric.remove({ k: "a" });
      own.handle = own.metric.labels("a");
      own.handle.inc(BEFORE);
    },
    follow(own) {
      own.handle = own.metric.labels("a");
      own.handle.inc(0);
    },
    follower: (own) => own.handle.inc(1),
    outcome: (own) => shown(own.registry),
    ...ends,
  };
}

/** A series of which a copy of the library that has left counted BEFORE. */
function left({ options = {}, ...ends }) {
  return {
    async open(own) {
      own.metric = counter(own.registry, options);
      own.ghost = await loaded("ghost");
      own.theirs = counter(own.ghost.join(own.ticket), options);
      const { memory, module } = own.ticket;
      own.core = new WebAssembly.Instance(module, { env: { memory } }).exports;
      own.now = Date.now() / 1000;
      own.core.clockSet(own.now);
      own.core.writerClaim(own.core.identityNext(), NOBODY, NOBODY);
    },
    lead(own) {
      own.metric.remove({ k: "a" });
      own.theirs.labels("a").inc(BEFORE);
      own.ghost.leave();
    },
    follow: () => undefined,
    ...ends,
  };
}

function folded(core) {
  for (let slot = 0; slot < core.writerCount(); slot++) core.writerFold(slot, 1000);
}

export const PAIRS = {
  "register/register": {
    open: () => undefined,
    lead: (own) => own.registry.remove("raced"),
    follow: () => undefined,
    follower: (own) => counter(own.registry).inc({ k: "a" }),
    leader: (own) => counter(own.registry).inc({ k: "a" }),
    outcome: (own) => `${shown(own.registry)} in ${pageOf(own.registry).match(/^# TYPE raced/gm)?.length}`,
    allowed: ["2 in 1"],
  },
  "register/scrape": {
    open: () => undefined,
    lead: (own) => own.registry.remove("raced"),
    follow: () => undefined,
    follower: (own) => counter(own.registry).inc({ k: "a" }),
    leader: (own) => (own.page = pageOf(own.registry)),
    outcome(own) {
      const value = samplesOf(own.page).get('raced_total{k="a"}');
      return value === undefined ? (own.page.includes("# TYPE raced") ? "no series" : "no family") : `${value}`;
    },
    allowed: ["no family", "no series", "0", "1"],
  },
  "observe/scrape": {
    open: (own) => (own.metric = histogram(own.registry)),
    lead: (own) => own.metric.remove({ k: "a" }),
    follow: (own) => (own.handle = own.metric.labels("a")).observe(VALUES[0]),
    follower(own) {
      for (let i = 1; i < OBSERVATIONS; i++) own.handle.observe(VALUES[i % VALUES.length]);
    },
    leader: (own) => (own.seen = observed(own.registry)),
    outcome(own) {
      const count = PREFIXES.indexOf(own.seen) + 1;
      if (count === 0) return own.seen;
      return count === 1 ? "none" : count === OBSERVATIONS ? "all" : "some";
    },
    allowed: ["none", "some", "all"],
  },
  "remove/observe": counting({
    leader: (own) => own.metric.remove({ k: "a" }),
    allowed: ["absent", "1"],
  }),
  "remove/scrape": counting({
    follower: (own) => own.metric.remove({ k: "a" }),
    leader: (own) => (own.seen = shown(own.registry)),
    outcome: (own) => own.seen,
    allowed: ["absent", `${BEFORE}`],
  }),
  "reset/observe": counting({ leader: (own) => own.metric.reset(), allowed: ["0", "1"] }),
  "clear/observe": counting({ leader: (own) => own.registry.clearSeries(), allowed: ["absent", "1"] }),
  "labels/labels": {
    open: (own) => (own.metric = counter(own.registry)),
    lead: (own) => own.metric.remove({ k: "a" }),
    follow: () => undefined,
    follower: (own) => own.metric.labels("a").inc(1),
    leader: (own) => own.metric.labels("a").inc(2),
    outcome: (own) => `${shown(own.registry)} in ${pageOf(own.registry).match(/^raced_total/gm)?.length}`,
    allowed: ["3 in 1"],
  },
  "grow/observe": {
    open: (own) => (own.metric = histogram(own.registry)),
    lead: (own) => own.metric.remove({ k: "a" }),
    follow: (own) => (own.handle = own.metric.labels("a")).observe(1),
    follower(own) {
      for (let i = 0; i < 20; i++) own.handle.observe(4);
      // A series is found and bound by way of views that may be too short by now.
      own.metric.labels("a").observe(2);
    },
    leader(own) {
      try {
        own.ticket.memory.grow(1);
        own.grown = true;
      } catch {
        own.grown = false; // it is as large as it may be
      }
    },
    outcome: (own) => `${own.grown ? "grown" : "full"}: ${observed(own.registry)}`,
    allowed: ["grown: 22 of 83, 1 2 22 22", "full: 22 of 83, 1 2 22 22"],
    /** So many times a memory grows. */
    rounds: 1000,
  },
  "fold/scrape": left({
    follower: (own) => folded(own.core),
    leader: (own) => (own.seen = shown(own.registry)),
    outcome: (own) => `${own.seen}, then ${shown(own.registry)}`,
    allowed: [`${BEFORE}, then ${BEFORE}`],
  }),
  "fold/fold": left({
    follower: (own) => folded(own.core),
    leader: (own) => folded(own.core),
    outcome: (own) => shown(own.registry),
    allowed: [`${BEFORE}`],
  }),
  // The first count of a copy without a slot adopts one.
  "adopt/fold": left({
    follow: (own) => own.ghost.leave(),
    follower: (own) => own.theirs.labels("a").inc(1),
    leader: (own) => folded(own.core),
    outcome: (own) => shown(own.registry),
    allowed: [`${BEFORE + 1}`],
  }),
  "adopt/expire": left({
    options: { expireAfterSeconds: 1 },
    follow: (own) => own.ghost.leave(),
    ready(own) {
      // Looked at once, and then its time is over.
      pageOf(own.registry);
      own.now += 5;
      own.core.clockSet(own.now);
    },
    follower: (own) => own.theirs.labels("a").inc(1),
    leader: (own) => pageOf(own.registry),
    outcome: (own) => shown(own.registry),
    // Absent: it was counted between the look and the removal, and went down with the series.
    allowed: ["1", `${BEFORE + 1}`, "absent"],
  }),
};

/** A pair whose table lacks what it comes to: it shows that what is in no table is told. */
export const REFUSED = {
  "refused/refused": {
    open: (own) => (own.metric = counter(own.registry)),
    lead: (own) => own.metric.remove({ k: "a" }),
    follow: () => undefined,
    follower: (own) => own.metric.labels("a").inc(1),
    leader: (own) => own.metric.labels("a").inc(1),
    outcome: (own) => shown(own.registry),
    allowed: ["1"],
  },
};
