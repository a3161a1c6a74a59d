// The table at the end of a run. Every line with a mark is a claim that was checked; one wrong line fails the run.
import { accounts } from "./accounts.mjs";
import { durationMilliseconds, quantileMilliseconds } from "./scrapes.mjs";
import { heading, mark, milliseconds, paint, say, table, whole } from "./terminal.mjs";

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
  sayStalls(run.stalls);
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
      `a worker is terminated ${milliseconds(death.computingMilliseconds)} into a request, with ${death.lost} in its hands`,
    ],
    [
      at(death.readyMilliseconds),
      `another worker is ready, ${milliseconds(death.readyMilliseconds - death.endedMilliseconds)} after the death`,
    ],
    [at(endedMilliseconds), "the last answer is in"],
  ]);
}

function sayAccounts(run, claim) {
  heading("Requests: seen by the client = counted by the service");
  const number = (value) => (value === undefined ? "" : whole(value));
  table("lrrrll", [
    ["", "client", "accepting thread", "worker threads", "", ""].map((cell) => paint("dim", cell)),
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
  const loaded = scrapes.within(beganMilliseconds, endedMilliseconds);
  const blocked = scrapes.within(block.beganMilliseconds, block.endedMilliseconds);
  const before = done.findLast((scrape) => scrape.endedMilliseconds <= death.beganMilliseconds);
  const after = done.find((scrape) => scrape.beganMilliseconds >= death.endedMilliseconds);
  const lower = done.flatMap((scrape) => scrape.lower);
  const inconsistent = done.flatMap((scrape) => scrape.inconsistent);
  const last = done.at(-1);
  const times = (list) => `p99 ${milliseconds(quantileMilliseconds(list, 0.99))}, slowest ${milliseconds(slowest(list))}`;
  heading("Scrapes: answered by a thread of their own, whatever the others do");
  table("lrll", [
    ["done", whole(done.length), claim(done.length > 0), `${last?.seriesCount ?? 0} samples, ${whole(last?.length ?? 0)} bytes`],
    ["failed", whole(failures.length), claim(failures.length === 0), failures[0]?.failure ?? ""],
    ["under load", whole(loaded.length), "", times(loaded)],
    ["while a loop was blocked", whole(blocked.length), claim(blocked.length > 0), times(blocked)],
    ["totals lower than before", whole(lower.length), claim(lower.length === 0), lower[0] ?? "every cumulative sample, scrape to scrape"],
    ["inconsistent histograms", whole(inconsistent.length), claim(inconsistent.length === 0), inconsistent[0] ?? ""],
    ["total before the death", whole(before?.requests ?? NaN), "", `requests; in flight ${before?.inFlight ?? "?"}`],
    [
      "total after the death",
      whole(after?.requests ?? NaN),
      claim(after?.requests >= before?.requests),
      `requests; in flight ${after?.inFlight ?? "?"}`,
    ],
  ]);
}

function sayStalls({ underLoad, idle, scraped }) {
  const worst = (readings) => Math.max(...readings.map(({ longestMilliseconds }) => longestMilliseconds));
  const row = (name, read) => [name, ...[idle, scraped, underLoad].map((stalls) => milliseconds(worst(stalls.flatMap(read))))];
  const total = (read) => scraped.reduce((sum, reading) => sum + read(reading), 0);
  const scrapeCount = total((reading) => reading.scrapeCount);
  const busy = total(({ exporter }) => exporter.busyMilliseconds) / Math.max(scrapeCount, 1);
  heading("Longest event-loop stalls, the deliberate one left out");
  table("lrrr", [
    ["", "idle", "idle, scraped", "under load"].map((cell) => paint("dim", cell)),
    row("accepting thread", ({ accepting }) => [accepting]),
    row("worker threads", ({ workers }) => workers),
    row("exporter thread", ({ exporter }) => [exporter]),
  ]);
  const serving = ({ accepting, workers }) => [accepting, ...workers];
  const caused = milliseconds(worst(scraped.flatMap(serving)));
  const unscraped = milliseconds(worst(idle.flatMap(serving)));
  sayNote(`The longest stall that one of ${whole(scrapeCount)} scrapes can have caused in a serving thread: ${caused}, where`);
  sayNote(`${unscraped} came with no scrape at all. A scrape kept the exporter thread busy for ${milliseconds(busy)}, HTTP`);
  sayNote("included. Under load, threads wait for their own work and for a processor.");
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

function sayNote(text) {
  say(`    ${paint("dim", text)}`);
}

function slowest(scrapes) {
  return Math.max(0, ...scrapes.map(durationMilliseconds));
}
