// The floors of the house, the lowest first. A file may import what lies on a lower floor, and in assembly/ also
// its own room. Whoever adds a file to bindings/ puts it on a floor here.

/** assembly/: rooms. */
export const ASSEMBLY = [
  ["cells.ts", "status.ts"],
  ["layout.ts"],
  ["memory/"],
  ["metric/"],
  ["store/"],
  ["text/"],
  ["image/"],
  ["record/"],
  ["index.ts"],
];

/** bindings/: files, for a value's way is one line: application, handle, core. */
export const BINDINGS = [
  // What knows nothing of a core.
  ["clock.ts", "errors.ts", "negotiate.ts", "runtime.ts", "verbs.ts", "wasm.d.ts", "generated/"],
  // One instance over one memory; what users pass.
  ["core.ts", "groups.ts", "options.ts", "timer.ts", "values.ts"],
  // Labels on their way to a cell; what console.log prints; what definitions are made of.
  ["buckets.ts", "inspect.ts", "labels.ts", "quantiles.ts"],
  ["names.ts"],
  // What one registry or one memory is made of.
  ["collect.ts", "definition.ts", "exemplar.ts", "ticket.ts"],
  ["reading.ts", "stored.ts"],
  // What a walk is kept to, and the walk.
  ["filter.ts"],
  ["exposition.ts"],
  // What becomes of a walk; the memory of this thread; metrics of which some labels are given; constant ones as they are given.
  ["curry.ts", "describe.ts", "samples.ts", "scrape.ts", "thread.ts", "serve/rooms.ts"],
  // Scrapes that requests share, and answers to them.
  ["serve/scrapes.ts"],
  ["serve/handler.ts"],
  // A family's series, and the ways out of all families.
  ["exposer.ts", "family.ts"],
  // The metrics, and what threads have to do with one another.
  ["constant.ts", "observer.ts"],
  ["counter.ts", "gauge.ts", "histogram.ts", "summary.ts", "threads.ts"],
  ["whole.ts"],
  // Over all the metrics.
  ["metrics.ts"],
  ["carry.ts", "catalog.ts", "own.ts", "place.ts"],
  ["constants.ts", "statistics.ts"],
  ["registry.ts"],
  ["merge.ts"],
  // What entries of their own use of a door, and the public API.
  ["inside.ts"],
  ["index.ts"],
  // Entries of their own, over what a door shows of its inside. Images: their words and their two ends.
  [
    "processes/reason.ts",
    "processes/later.ts",
    "processes/image.ts",
    "processes/frames.ts",
    "processes/line.ts",
    "processes/nearest.ts",
    "processes/push-told.ts",
    "processes/names.ts",
    "processes/labels.ts",
    "processes/refused.ts",
    "processes/refusals.ts",
    "processes/shapes.ts",
    "processes/own.ts",
  ],
  // What was typed behind a command, and the page that it serves.
  ["processes/parsed.ts"],
  ["processes/typed.ts", "processes/page.ts"],
  ["processes/source-process.ts"],
  ["processes/source.ts", "processes/ways.ts"],
  ["processes/exporter.ts", "processes/claims.ts", "processes/collected.ts"],
  // What Python's processes left: who reads it, and where it goes.
  ["processes/host.ts", "processes/sink.ts"],
  ["processes/python.ts", "processes/given.ts"],
  ["processes/directory.ts"],
  ["processes/series.ts"],
  ["processes/multiprocess.ts"],
  // A spool: its words, a file, the run, what was read of it, its two ends.
  ["processes/errors.ts", "processes/disk.ts"],
  ["processes/head.ts", "processes/paths.ts", "processes/exits.ts"],
  ["processes/deaths.ts", "processes/settings.ts", "processes/pids.ts"],
  ["processes/runs.ts"],
  ["processes/leaf.ts", "processes/left.ts", "processes/survey.ts", "processes/writer-settings.ts"],
  ["processes/election.ts", "processes/sheet.ts", "processes/lower.ts"],
  ["processes/joining.ts"],
  ["processes/shelf.ts"],
  ["processes/compaction.ts"],
  ["processes/reader.ts", "processes/writer.ts"],
  ["processes/spool.ts", "processes/spool-options.ts"],
  ["processes/writer-thread.ts"],
  ["processes/spooled.ts", "processes/beside.ts"],
  ["processes/spool-thread.ts"],
  // Clusters: what is said on a channel, its two ends, and what a runtime has of it.
  ["processes/cluster-channel.ts", "processes/cluster-refused.ts"],
  ["processes/cluster-member.ts", "processes/cluster-worker.ts"],
  ["processes/cluster-collector.ts"],
  ["processes/cluster-runtime.ts"],
  ["processes/cluster.ts"],
  // Pushes over HTTP and their receiver.
  ["processes/push-wire.ts", "processes/push-body.ts", "processes/push-worded.ts", "processes/retry-after.ts"],
  [
    "processes/push-last.ts",
    "processes/push-settings.ts",
    "processes/receive-worded.ts",
    "processes/receive-body.ts",
    "processes/push-turn.ts",
    "processes/push-writer.ts",
  ],
  ["processes/receive-token.ts", "processes/receive-keep.ts", "processes/receive-journal-record.ts", "processes/push-post.ts"],
  ["processes/push-folded.ts"],
  ["processes/push.ts", "processes/receive-settings.ts", "processes/receive-journal.ts"],
  ["processes/receive-known.ts"],
  ["processes/receive-kept.ts", "processes/receive-start.ts"],
  ["processes/receive-processes.ts"],
  // What a collector hands on to another one.
  ["processes/forward-worded.ts"],
  ["processes/forward-wire.ts", "processes/forward-settings.ts"],
  ["processes/forward-outbox.ts", "processes/receive-several.ts", "processes/forward-own.ts"],
  ["processes/forward.ts"],
  ["processes/receive.ts"],
  ["processes/receive-node.ts"],
  // What reads recordings: rows, what is counted of them, how it is shown, where it goes.
  [
    "record/program/batch.ts",
    "record/program/decimal.ts",
    "record/program/labels.ts",
    "record/program/sketch.ts",
    "record/program/text.ts",
    "record/program/zone.ts",
  ],
  ["record/program/field.ts", "record/program/moment.ts", "record/program/int64.ts", "record/program/output.ts"],
  ["record/program/axis.ts", "record/program/header.ts", "record/program/lines.ts", "record/program/tally.ts"],
  ["record/program/order.ts", "record/program/peer.ts", "record/program/progress.ts"],
  ["record/program/csv.ts", "record/program/jsonl.ts", "record/program/statistics.ts", "record/program/plot.ts"],
  ["record/program/files.ts", "record/program/summary.ts", "record/program/windows.ts"],
  ["record/program/drawing.ts", "record/program/given.ts", "record/program/rows.ts", "record/program/svg.ts", "record/program/table.ts"],
  ["record/program/arrow.ts", "record/program/parquet.ts", "record/program/window-rows.ts"],
  ["record/program/rates.ts"],
  ["record/program/main.ts"],
  // A probe of the host: what is read and how often; one round; its thread, and who starts it.
  ["worded", "files", "pacing", "parts", "due", "table", "level", "ledger"].map((file) => `collect/probe/${file}.ts`),
  ["settings", "own", "process-stat", "process-io", "sockets", "devices"].map((file) => `collect/probe/${file}.ts`),
  ["collect/probe/device-kinds.ts", "collect/probe/reserved.ts"],
  ["collect/probe/host.ts"],
  ["collect/probe/groups.ts", "collect/probe/kernel.ts"],
  ["collect/probe/walk.ts"],
  ["collect/probe/rounds.ts", "collect/probe/host-cells.ts"],
  ["collect/probe/shown.ts"],
  ["collect/probe/probe.ts"],
  ["collect/probe/probe-thread.ts", "collect/probe/index.ts", "collect/probe/edge.ts"],
  // What a runtime tells of its process and its threads: words, what is shown, a part each, all of them.
  ["worded", "named-lines", "cgroup", "delays"].map((file) => `collect/runtime/${file}.ts`),
  ["collect/runtime/settings.ts"],
  ["collect/runtime/sheet.ts"],
  ["collect/runtime/part.ts"],
  ["collect/runtime/where.ts"],
  ["usage", "start", "own-process", "delay", "utilization", "gc", "heap", "active", "version"].map((file) => `collect/runtime/${file}.ts`),
  ["collect/runtime/parts.ts"],
  ["collect/runtime/default-metrics.ts"],
  ["collect/runtime/index.ts", "collect/runtime/edge.ts"],
  // An exporter: its words, who may read, its server; its thread, and who starts it.
  ["exporter/worded.ts", "exporter/credentials.ts", "exporter/carried.ts"],
  ["exporter/settings.ts", "exporter/auth.ts", "exporter/connection.ts", "exporter/page-file.ts"],
  ["exporter/pem.ts", "exporter/server.ts"],
  ["exporter/exporter.ts"],
  ["exporter/exporter-thread.ts", "exporter/index.ts", "exporter/edge.ts"],
  // Requests of servers: their words, one on its way, an adapter a server, and all of them.
  [
    "requests/worded.ts",
    "requests/alike.ts",
    "requests/method.ts",
    "requests/path.ts",
    "requests/body.ts",
    "requests/copies.ts",
    "requests/gone.ts",
  ],
  ["requests/at-once.ts", "requests/mark.ts"],
  ["requests/watch.ts", "requests/mount-pattern.ts"],
  ["requests/node.ts", "requests/fetch.ts", "requests/mounts.ts"],
  ["requests/express.ts", "requests/fastify.ts", "requests/koa.ts", "requests/hono.ts", "requests/bun-routes.ts"],
  ["requests/adapters.ts"],
  // A recorder: its words, its record and its labels, a drain and where it goes, who sees to it.
  ["record/worded.ts"],
  ["record/settings.ts", "record/retention.ts", "record/telling.ts", "record/place.ts"],
  ["record/rings.ts", "record/own.ts", "record/recorder-options.ts"],
  ["record/label.ts", "record/drain.ts", "record/shown.ts"],
  ["record/timed.ts", "record/folder.ts", "record/sampler.ts"],
  // Samplers, a file each.
  ["record/sampler-process.ts", "record/sampler-heap.ts", "record/sampler-gc.ts", "record/sampler-delay.ts"],
  ["record/drainer.ts", "record/recorder.ts"],
  // Profilers: the runtime's inspector, what it takes and where that goes; one kind; all of them in a thread.
  ["record/profile-inspector.ts", "record/profile-folder.ts", "record/profile-switch.ts", "record/profiler-settings.ts"],
  ["record/profile-kinds.ts"],
  ["record/profile-recording.ts"],
  ["record/profiler.ts"],
  ["record/request-labels.ts"],
  ["record/requests.ts"],
  ["record/drain-thread.ts"],
  ["record/files.ts", "record/record-thread.ts"],
  ["record/index.ts", "record/edge.ts"],
  // Metrics over HTTP: words, an endpoint; requests, how they are told apart and counted; who is followed.
  ["worded", "path", "identity", "bounded", "statuses", "traceparent"].map((file) => `http/${file}.ts`),
  ["http/access.ts", "http/handler-settings.ts", "http/instrument-settings.ts", "http/declared.ts", "http/targets.ts"],
  ["http/endpoint.ts", "http/sizes.ts", "http/request-metrics.ts"],
  ["http/request-labels.ts"],
  ["http/request-sink.ts"],
  ["http/index.ts", "http/edge.ts"],
  // What undici publishes: words, series by host, pools, all of it.
  ["undici/worded.ts"],
  ["undici/settings.ts"],
  ["undici/client-metrics.ts", "undici/pools.ts"],
  ["undici/hosts.ts"],
  ["undici/observe.ts"],
  ["undici/index.ts", "undici/edge.ts"],
  // A lint of expositions: its rules, a line, a family, a metric in it, the page. Tests' own words stand on it.
  ["rules", "numbers", "hashes", "lines"].map((file) => `lint/${file}.ts`),
  ["lint/findings.ts", "lint/family.ts"],
  ["lint/scan.ts", "lint/good-names.ts", "lint/worded.ts"],
  ["lint/points.ts", "lint/values.ts", "lint/content-type.ts"],
  ["lint/exposition.ts", "lint/options.ts"],
  ["lint/linter.ts"],
  ["lint/index.ts"],
  // Ways out to other systems: words, bytes, where to, one request; samples on their way; a way each.
  ["version", "worded", "proto-writer", "snappy", "backoff", "turns", "moment", "next-round"].map((file) => `push/${file}.ts`),
  ["options", "target", "request", "grouping", "proto-reader"].map((file) => `push/${file}.ts`),
  ["page", "way", "transcode", "own", "otlp-wire", "sender-settings"].map((file) => `push/${file}.ts`),
  ["push/series.ts", "push/otlp-settings.ts", "push/otlp-points.ts"],
  ["push/batch.ts"],
  ["push/batch-1.ts", "push/batch-2.ts", "push/queue.ts", "push/rounds.ts"],
  ["push/delivery.ts", "push/disk-shelf.ts", "push/write-settings.ts"],
  ["push/written.ts"],
  ["push/writer.ts", "push/otlp-exporter.ts"],
  ["pushgateway", "remote-write", "remote-write-edge", "otlp", "otlp-edge"].map((file) => `push/${file}.ts`),
  // Pages of an exposition one after the other: words and numbers, what was, a series, a family, all of them.
  ["seen", "history", "steady", "units"].map((file) => `top/${file}.ts`),
  ["top/label-text.ts"],
  ["top/series.ts"],
  ["top/family.ts"],
  ["top/watch.ts"],
  ["top/lines.ts"],
  // The exporter's page, which is a program of its own: nothing here imports it.
  ["element", "poll", "uplot.d"].map((file) => `exporter/page/${file}.ts`),
  ["exporter/page/draw.ts"],
  ["exporter/page/chart.ts", "exporter/page/table.ts"],
  ["exporter/page/detail.ts"],
  ["exporter/page/main.ts"],
  ["testing/worded.ts"],
  ["testing/fresh.ts", "testing/page.ts", "testing/value.ts"],
  ["testing/difference.ts", "testing/clock.ts"],
  ["testing/compare.ts"],
  ["testing/linted.ts"],
  ["testing/index.ts"],
  // What is imported by name, and a program.
  ["processes/push-entry.ts", "processes/index.ts"],
  // prom-client's API: words and shapes, a family as it lies and as it is printed, a metric, a registry, several of them.
  ["shapes", "worded"].map((file) => `compat/${file}.ts`),
  ["validation", "generators", "labels", "about", "stored", "listing", "aggregators", "default-labels"].map((file) => `compat/${file}.ts`),
  ["compat/exemplars.ts", "compat/default-metrics.ts", "compat/pushgateway.ts"],
  ["compat/values.ts", "compat/moving.ts"],
  ["compat/lines.ts", "compat/view.ts", "compat/keeper.ts"],
  ["compat/metric.ts", "compat/text.ts"],
  ["compat/counter.ts", "compat/gauge.ts", "compat/observer.ts"],
  ["compat/histogram.ts", "compat/summary.ts"],
  ["compat/found.ts"],
  ["compat/registry.ts"],
  ["compat/cluster.ts"],
  ["compat/client.ts"],
  ["compat/whole.ts"],
  ["compat/index.ts", "compat/edge.ts"],
  ["collect/probe/program/given.ts"],
  ["collect/probe/program/ending.ts"],
  ["collect/probe/program/main.ts"],
  ["lint/program/given.ts"],
  ["lint/program/source.ts"],
  ["lint/program/main.ts"],
  ["top/program/given.ts", "top/program/view.ts", "top/program/screen.ts"],
  ["top/program/page.ts"],
  ["top/program/main.ts"],
  ["processes/cli.ts"],
  // What runtimes have in common.
  ["worker_threads.ts"],
  // The doors.
  ["node.ts", "bun.ts", "deno.ts", "edge.ts"],
];

/** The one way up: an answer to a request is asked of what is exposed, which it knows as a type. */
export const BINDINGS_UP = ["handler", "scrapes"].map((file) => ({ from: `bindings/serve/${file}.ts`, to: "bindings/exposer.ts" }));

/** The floor of a path below its folder; -1 for none. */
export function floorOf(floors, path) {
  return floors.findIndex((floor) => floor.some((room) => (room.endsWith("/") ? path.startsWith(room) : path === room)));
}
