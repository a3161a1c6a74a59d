// One program for prom-client, @prometheus-io/client and tallystick/prom-client: what it prints is the same.

/** Counts, sets and observes with a library's own classes in a registry of its own. */
export async function page(client, contentType = client.prometheusContentType) {
  const register = new client.Registry(contentType);
  const registers = [register];
  register.setDefaultLabels({ app: "shop", zone: 7 });
  const jobs = new client.Counter({ name: "jobs", help: "Jobs.\nOf all \\ kinds.", labelNames: ["queue", "kind"], registers });
  jobs.inc({ queue: "mail", kind: "new" });
  jobs.inc({ queue: "mail", kind: "new" }, 4);
  jobs.labels("mail", "old").inc(2.5);
  jobs.labels({ queue: 'a"b\\c\nd', kind: "new" }).inc();
  jobs.inc({ queue: "only" });
  jobs.inc(3);
  jobs.remove("mail", "old");
  new client.Counter({ name: "done_total", help: "Done.", registers }).inc(12);
  const depth = new client.Gauge({ name: "depth", help: "Depth.", labelNames: ["queue"], registers });
  depth.set({ queue: "mail" }, 5);
  depth.inc({ queue: "mail" });
  depth.dec({ queue: "mail" }, 3);
  depth.labels("post").set(-1.5);
  depth.set({ queue: "up" }, Infinity);
  const seconds = new client.Histogram({ name: "seconds", help: "Seconds.", labelNames: ["code"], buckets: [0.1, 1, 10], registers });
  for (const value of [0.05, 0.1, 5, 50]) seconds.observe({ code: 200 }, value);
  seconds.zero({ code: "404" });
  new client.Histogram({ name: "bare_seconds", help: "Without labels.", registers }).observe(0.3);
  const size = new client.Summary({ name: "size", help: "Sizes.", percentiles: [], labelNames: ["code"], registers });
  size.observe({ code: "200" }, 3);
  size.labels("200").observe(4);
  new client.Gauge({
    name: "collected",
    help: "Set at each scrape.",
    registers,
    collect() {
      this.set(42);
    },
  });
  return { register, text: await register.metrics() };
}
