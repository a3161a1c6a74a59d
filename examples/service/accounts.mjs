// Holds what the client saw against what the service's metrics say: rows that must agree, to the last request.
// The two are counted in different processes, and by different threads of the service.

/** What the accepting thread answers by itself; every other status comes from a worker's work. */
const ACCEPTING_STATUSES = new Set(["404", "405", "413", "503"]);

/** `[{ name, client, accepting, workers, isRight, note }]`; a column that does not apply is undefined. */
export function accounts({ load, samples, death }) {
  return [...statusRows(load, samples, death), ...workRows(load, samples, death)];
}

function statusRows(load, samples, death) {
  const rows = [];
  for (const status of statusesOf(load, samples)) {
    const client = load.answers.get(Number(status))?.count ?? 0;
    const accepting = samples.sum("service_responses_total", { status });
    if (ACCEPTING_STATUSES.has(status)) {
      rows.push({
        name: status,
        client,
        accepting,
        isRight: client === accepting,
        ...explain(status, client, death),
      });
    } else {
      const workers = samples.sum("service_requests_total", { status });
      const counted = death.counted.filter((answer) => String(answer.status) === status).length;
      const undecided = death.undecided.filter((answer) => String(answer.status) === status).length;
      const isRight = client === accepting && isBetween(workers, client + counted, undecided);
      rows.push({
        name: status,
        client,
        accepting,
        workers,
        isRight,
        note: noteOf(status, counted, undecided),
      });
    }
  }
  const accepting = samples.sum("service_responses_total");
  const isRight = load.sent === accepting && load.sent === load.answered && load.failures.length === 0;
  const note =
    load.failures.length === 0 ? "all statuses together" : `${load.failures.length} without an answer: ${load.failures[0].message}`;
  const workers = samples.sum("service_requests_total");
  const followed = samples.sum("http_request_duration_seconds_count");
  return [
    { name: "sent", client: load.sent, accepting, workers, isRight, note },
    {
      name: "followed",
      client: load.answered,
      accepting: followed,
      isRight: followed === load.answered,
      note: "by instrument(), to the end of each",
    },
    ...rows,
  ];
}

function explain(status, client, death) {
  if (status === "404") return { note: "the accepting thread's own answers" };
  if (status !== "503") return { note: "" };
  return { isRight: client === death.lost, note: `died with the worker: ${inItsHands(death)}` };
}

/** What the requests in a dead worker's hands add up from. */
export function inItsHands({ computing, counted, undecided, untouched }) {
  const parts = [
    [computing, "being computed"],
    [undecided.length, "being counted"],
    [counted.length, "counted but not yet answered"],
    [untouched, "waiting behind it"],
  ];
  return parts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(" + ") || "nothing";
}

function workRows(load, samples, death) {
  const work = [...load.answers].filter(([status]) => !ACCEPTING_STATUSES.has(String(status)));
  const requests = samples.sum("service_requests_total");
  const undecided = death.undecided.length;
  const row = (name, service, client, spare, note) => ({
    name,
    client,
    workers: service,
    isRight: isBetween(service, client, spare),
    note,
  });
  const isError = (status) => status >= 400;
  return [
    row(
      "errors",
      samples.sum("service_errors_total"),
      total(work.filter(([status]) => isError(status)).map(([, { count }]) => count)) +
        death.counted.filter(({ status }) => isError(status)).length,
      death.undecided.filter(({ status }) => isError(status)).length,
      "the worker threads' answers of 400 and above",
    ),
    row(
      "bytes",
      samples.sum("service_response_bytes_total"),
      total(work.map(([, { length }]) => length)) + total(death.counted.map(({ length }) => length)),
      total(death.undecided.map(({ length }) => length)),
      "of the bodies that the worker threads made",
    ),
    {
      name: "latencies",
      workers: samples.sum("service_request_duration_seconds_count"),
      isRight: Math.abs(samples.sum("service_request_duration_seconds_count") - requests) <= undecided,
      note: "observations in the histograms, one a request",
    },
    {
      name: "in flight",
      workers: samples.sum("service_in_flight"),
      isRight: samples.sum("service_in_flight") === 0,
      note: "being computed, at the end: the dead worker's request is forgotten",
    },
    {
      name: "deaths",
      accepting: samples.sum("service_worker_deaths_total"),
      isRight: samples.sum("service_worker_deaths_total") === 1,
      note: "worker threads replaced",
    },
  ];
}

function statusesOf(load, samples) {
  const statuses = new Set([...load.answers.keys()].map(String));
  for (const status of samples.labelValues("service_responses_total", "status")) statuses.add(status);
  for (const status of samples.labelValues("service_requests_total", "status")) statuses.add(status);
  return [...statuses].sort();
}

function noteOf(status, counted, undecided) {
  const notes = [];
  if (status === "200" && counted + undecided === 0) notes.push("every answer that a worker counted reached its client");
  if (counted > 0) notes.push(`${counted} was counted, and died with its worker before it was sent: its client got 503`);
  if (undecided > 0)
    notes.push(`${undecided} was being counted when its worker died: the count may or may not have it; its client got 503`);
  return notes.join("; ");
}

function isBetween(value, low, spare) {
  return value >= low && value <= low + spare;
}

function total(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}
