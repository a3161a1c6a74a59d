// The table at the end of a run. Every line with a mark is a claim that was checked; one wrong line fails the run.
import { accounts, inItsHands } from "./accounts.mjs";
import { quantileMilliseconds, slowestMilliseconds } from "./scrapes.mjs";
import { heading, mark, milliseconds, paint, paragraph, say, table, whole } from "./terminal.mjs";

/**
 * How much longer the typical stall of a serving thread may be with scrapes than without. Less is what the threads of
 * a busy machine do to each other by taking turns on a processor.
 */
const MAX_ADDED_STALL_MILLISECONDS = 5;

/** Prints the run, and returns whether everything in it was right. */
export function report(run) {
  const claims = [];
  const claim = (isRight) => {
    claims.push(isRight);
    return mark(isRight);
  };
  sayWhatHappened(run);
  sayAccounts(run, claim);
  sayScrapes(run, claim);
  sayStalls(run.stalls, claim);
  if (run.judgement !== undefined) sayJudgement(run, claim);
  const wrong = claims.filter((isRight) => !isRight).length;
  say();
  if (wrong === 0) say(`  ${paint("green", `All ${claims.length} claims hold`)}`);
  else say(`  ${paint("red", `${wrong} of ${claims.length} claims are wrong`)}`);
  say();
  return wrong === 0;
}

function sayWhatHappened({ load, block, death, beganMilliseconds, endedMilliseconds }) {
  const at = (time) => `${((time - beganMilliseconds) / 1_000).toFixed(1)} s`;
  const rate = load.answered / ((endedMilliseconds - beganMilliseconds) / 1_000);
  heading("What happened");
  table("rl", [
    [at(beganMilliseconds), `load over loopback begins: ${whole(Math.round(rate))} requests a second on average`],
    [
      at(block.beganMilliseconds),
      `the accepting thread's event loop is blocked for ${milliseconds(block.endedMilliseconds - block.beganMilliseconds)}`,
    ],
    [
      at(death.beganMilliseconds),
      `a worker is terminated ${milliseconds(death.computingMilliseconds)} into a request, with ${death.lost} in its hands: ${inItsHands(death)}`,
    ],
    [
      at(death.readyMilliseconds),
      `another worker is ready, ${milliseconds(death.readyMilliseconds - death.endedMilliseconds)} after the death`,
    ],
    [at(endedMilliseconds), "the last answer is in"],
  ]);
}

function sayAccounts(run, claim) {
  heading("Requests: seen by the client = counted by the service's threads");
  const number = (value) => (value === undefined ? "" : whole(value));
  table("lrrrll", [
    ["", "client", "accepting", "workers", "", ""].map((cell) => paint("dim", cell)),
    ...accounts(run).map(({ name, client, accepting, workers, isRight, note }) => [
      name,
      number(client),
      number(accepting),
      number(workers),
      claim(isRight),
      paint("dim", note),
    ]),
  ]);
}

function sayScrapes({ scrapes, block, death, beganMilliseconds, endedMilliseconds }, claim) {
  const { done, failures } = scrapes;
  const first = scrapes.begunWithin(0, beganMilliseconds);
  const loaded = scrapes.begunWithin(beganMilliseconds, endedMilliseconds);
  const afterwards = scrapes.begunWithin(endedMilliseconds, Infinity);
  const blocked = scrapes.within(block.beganMilliseconds, block.endedMilliseconds);
  const parts = [first, loaded, afterwards].map(({ length }) => length);
  const before = done.findLast((scrape) => scrape.endedMilliseconds <= death.beganMilliseconds);
  const after = done.find((scrape) => scrape.beganMilliseconds >= death.endedMilliseconds);
  const lower = done.flatMap((scrape) => scrape.lower);
  const inconsistent = done.flatMap((scrape) => scrape.inconsistent);
  const last = done.at(-1);
  const times = (list) => `p99 ${milliseconds(quantileMilliseconds(list, 0.99))}, slowest ${milliseconds(slowestMilliseconds(list))}`;
  const computed = (scrape) => `then being computed, by all workers: ${scrape?.inFlight ?? "?"}`;
  heading("Scrapes: answered by a thread of their own, whatever the others do");
  table("lrll", [
    ["before the load", whole(first.length), "", `warming up: ${milliseconds(slowestMilliseconds(first))}`],
    ["under load", whole(loaded.length), "", times(loaded)],
    ["  of which loop blocked", whole(blocked.length), claim(blocked.length > 0), times(blocked)],
    ["stalls being measured", whole(afterwards.length), "", times(afterwards)],
    [
      "all",
      whole(done.length),
      claim(done.length > 0 && done.length === parts.reduce((sum, part) => sum + part)),
      `= ${parts.map(whole).join(" + ")}`,
    ],
    ["failed", whole(failures.length), claim(failures.length === 0), failures[0]?.failure ?? ""],
    ["totals lower than before", whole(lower.length), claim(lower.length === 0), lower[0] ?? "every cumulative sample, scrape to scrape"],
    [
      "inconsistent histograms",
      whole(inconsistent.length),
      claim(inconsistent.length === 0),
      inconsistent[0] ?? `the last scrape: ${last?.seriesCount ?? 0} samples, ${whole(last?.length ?? 0)} bytes`,
    ],
  ]);
  heading("Requests counted so far, in the scrapes around the worker's death");
  table("lrll", [
    ["last one before", whole(before?.requests ?? NaN), "", computed(before)],
    ["first one after", whole(after?.requests ?? NaN), claim(after?.requests >= before?.requests), computed(after)],
  ]);
  paragraph(
    `In the dead worker's hands: ${inItsHands(death)}. The ${death.computing + death.untouched} unfinished are in neither total,` +
      " and what waits is not being computed.",
  );
}

function sayStalls({ underLoad, idle, scraped, watchMilliseconds }, claim) {
  const longest = (threads) => Math.max(...threads.map(({ longestMilliseconds }) => longestMilliseconds));
  const typical = (readings, read) => median(readings.map((reading) => longest(read(reading))));
  const scrapesPerWindow = median(scraped.map(({ scrapeCount }) => scrapeCount));
  const row = (name, read, isServing) => {
    const without = typical(idle, read);
    const withScrapes = typical(scraped, read);
    return [
      name,
      milliseconds(without),
      milliseconds(withScrapes),
      isServing ? claim(scrapesPerWindow > 0 && withScrapes <= without + MAX_ADDED_STALL_MILLISECONDS) : "",
      milliseconds(longest(read(underLoad))),
    ];
  };
  const total = (read) => scraped.reduce((sum, reading) => sum + read(reading), 0);
  const scrapeCount = total((reading) => reading.scrapeCount);
  const busy = total(({ exporter }) => exporter.busyMilliseconds) / Math.max(scrapeCount, 1);
  heading("Event-loop stalls: a scrape holds up no thread that serves");
  table("lrrlr", [
    ["", "idle", "idle, scraped", "", "under load"].map((cell) => paint("dim", cell)),
    row("accepting thread", ({ accepting }) => [accepting], true),
    row("worker threads", ({ workers }) => workers, true),
    row("exporter thread", ({ exporter }) => [exporter], false),
  ]);
  paragraph(
    `Read: the longest stall within ${watchMilliseconds} ms, the median of ${idle.length} such windows; ✓ = with scrapes` +
      ` (${whole(scrapesPerWindow)} a window) at most ${MAX_ADDED_STALL_MILLISECONDS} ms more than without.` +
      ` A scrape kept the exporter thread busy for ${milliseconds(busy)}, HTTP included.` +
      " Under load is the longest of the run, the deliberate one left out: threads wait for their own work and for a processor.",
  );
}

function sayJudgement({ load, samples, judgement }, claim) {
  const { responses, requests, resets, bucketResets, up, scrapeCount, slowestSeconds, version } = judgement;
  heading(`Prometheus ${version}, which scraped ${whole(scrapeCount)} times, slowest ${milliseconds(slowestSeconds * 1_000)}`);
  const row = (query, value, wanted, note) => [query, whole(value), claim(value === wanted), note];
  table("lrll", [
    row("sum(service_responses_total)", responses, load.sent, "= requests sent"),
    row("sum(service_requests_total)", requests, samples.sum("service_requests_total"), "= work counted by the worker threads"),
    row("max(resets(service_requests_total[5m]))", resets, 0, "no total ever went back"),
    row("max(resets(..._duration_seconds_bucket[5m]))", bucketResets, 0, "no bucket either"),
    row("min_over_time(up[5m])", up, 1, "no scrape failed"),
  ]);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
