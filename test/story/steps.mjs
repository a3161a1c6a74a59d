// One story, told in every runtime: count, label, observe, scrape. It knows no runtime; whoever runs it hands
// over the library and, where there are threads, a way to start them.

export function equal(actual, expected, what) {
  if (!Object.is(actual, expected)) throw new Error(`${what}: ${String(actual)} is not ${String(expected)}`);
}

export function ok(value, what) {
  if (!value) throw new Error(what);
}

const decoder = new TextDecoder();

export function textOf(registry, dialect = "text") {
  return decoder.decode(registry.exposeSync({ dialect }).body);
}

/** The value of one sample line, by its whole name and labels. */
export function sample(text, name) {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1).replace("+Inf", "Infinity"));
}

/** Throws where buckets fall, the count is not the last bucket, or the sum is not Σ bucket × value. */
export function consistent(text, name, values) {
  const of = (suffix) => sample(text, `${name}_${suffix}`);
  const buckets = values.map((value) => of(`bucket{le="${value}"}`));
  buckets.push(of('bucket{le="+Inf"}'));
  for (let i = 1; i < buckets.length; i++) ok(buckets[i] >= buckets[i - 1], `bucket ${i} of ${name} is below the one before`);
  equal(of("count"), buckets.at(-1), `${name}_count against its last bucket`);
  const sum = values.reduce((total, value, i) => total + (buckets[i] - (i === 0 ? 0 : buckets[i - 1])) * value, 0);
  equal(of("sum"), sum, `${name}_sum against its buckets`);
}

/** The families of a protobuf exposition: the name of each, and its whole message. Field 1 is the name. */
export function protobufFamilies(bytes) {
  const families = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const length = varint();
    const message = bytes.subarray(at, at + length);
    const end = at + length;
    equal(varint(), (1 << 3) | 2, "the first field of a family");
    const nameLength = varint();
    families.push({ name: decoder.decode(bytes.slice(at, at + nameLength)), message });
    at = end;
  }
  equal(at, bytes.length, "the end of the last family");
  return families;
}

/** Steps for one isolate: each takes the library. */
export const steps = {
  "counter counts, with and without labels"({ Registry }) {
    const registry = new Registry();
    const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] });
    jobs.inc({ queue: "mail" });
    jobs.labels("mail").inc(1.5);
    jobs.labels({ queue: "sms" }).inc();
    registry.counter({ name: "plain_total", help: "Plain." }).inc();
    const text = textOf(registry);
    equal(sample(text, 'jobs_total{queue="mail"}'), 2.5, "mail");
    equal(sample(text, 'jobs_total{queue="sms"}'), 1, "sms");
    equal(sample(text, "plain_total"), 1, "plain");
    registry.close();
  },
  "gauge sets, adds and keeps every double"({ Registry }) {
    const registry = new Registry();
    const gauge = registry.gauge({ name: "depth", help: "Depth." });
    gauge.set(5);
    gauge.inc(2);
    gauge.dec();
    equal(gauge.value(), 6, "value");
    for (const value of [-0, 5e-324, 1.7976931348623157e308, Infinity, -Infinity, 2 ** 53]) {
      gauge.set(value);
      equal(gauge.value(), value, "set");
    }
    gauge.set(NaN);
    ok(textOf(registry).includes("\ndepth NaN\n"), "NaN is printed");
    registry.close();
  },
  "histogram observes and its parts agree"({ Registry }) {
    const registry = new Registry();
    const values = [1, 2, 4];
    const histogram = registry.histogram({ name: "sizes", help: "Sizes.", buckets: values });
    for (let i = 0; i < 300; i++) histogram.observe(values[i % 3]);
    consistent(textOf(registry), "sizes", values);
    equal(histogram.value().count, 300, "count");
    registry.close();
  },
  "summary tells count, sum and quantiles within its accuracy"({ Registry }) {
    const registry = new Registry();
    const took = registry.summary({ name: "took", help: "Took.", quantiles: [0.5, 1], labelNames: ["of"] });
    for (let i = 1; i <= 99; i++) took.observe({ of: "a" }, i);
    const { count, sum, quantiles } = took.value("a");
    equal(count, 99, "count");
    equal(sum, 4950, "sum");
    const text = textOf(registry);
    for (const [i, wanted] of [50, 99].entries()) {
      ok(Math.abs(quantiles[i].value - wanted) <= wanted * 0.01, `quantile ${i}: ${quantiles[i].value} for ${wanted}`);
      equal(sample(text, `took{of="a",quantile="${[0.5, 1][i]}"}`), quantiles[i].value, "as it is printed");
    }
    equal(sample(text, 'took_count{of="a"}'), 99, "count as it is printed");
    registry.close();
  },
  "native histogram counts into exponential buckets, in all formats that know them"({ Registry }) {
    const registry = new Registry();
    const sizes = registry.histogram({ name: "sizes", help: "Sizes.", native: { schema: 1 } });
    for (const value of [0, 1, 3, 3, -8]) sizes.observe(value);
    const { count, sum, native } = sizes.value();
    equal(count, 5, "count");
    equal(sum, -1, "sum");
    const told = JSON.stringify([native.schema, native.zeroCount, native.positive, native.negative]);
    equal(told, '[1,1,[{"index":0,"count":1},{"index":4,"count":2}],[{"index":6,"count":1}]]', "buckets");
    ok(textOf(registry, "openmetrics2").includes("schema:1"), "OpenMetrics 2.0");
    equal(sample(textOf(registry), "sizes_count"), 5, "in text");
    const halved = registry.histogram({ name: "halved", native: { schema: 8, maxBuckets: 4 } });
    for (let i = 0; i < 100; i++) halved.observe(1.1 ** i);
    equal(halved.value().count, 100, "past the limit");
    ok(halved.value().native.positive.length <= 4, "the limit");
    registry.close();
  },
  "info and state set are set as a whole"({ Registry }) {
    const registry = new Registry();
    const build = registry.info({ name: "build", help: "Build.", labelNames: ["version"] });
    build.set({ version: "1" });
    build.set({ version: "2" });
    const phase = registry.stateSet({ name: "phase", help: "Phase.", states: ["on", "off"] });
    equal(phase.value().join(), "on", "at the start");
    phase.set("off");
    const text = textOf(registry, "openmetrics");
    equal(sample(text, 'build_info{version="1"}'), undefined, "replaced");
    equal(sample(text, 'build_info{version="2"}'), 1, "set");
    equal(sample(text, 'phase{phase="on"}'), 0, "on");
    equal(sample(text, 'phase{phase="off"}'), 1, "off");
    registry.close();
  },
  "protobuf has every family, and is what a scraper that asks for it gets": async ({ Registry }) => {
    const registry = new Registry();
    registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
    registry.histogram({ name: "sizes", help: "Sizes.", native: true }).observe(1.5);
    registry.summary({ name: "took", help: "Took." }).observe(2);
    const { body, contentType } = registry.exposeSync({ dialect: "protobuf" });
    const names = protobufFamilies(body).map(({ name }) => name);
    equal(names.join(), "jobs_total,sizes,took", "families");
    const accept = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    const answer = await registry.handler()(new Request("http://localhost/metrics", { headers: { accept } }));
    ok(answer.headers.get("content-type").startsWith("application/vnd.google.protobuf"), "content type");
    ok(contentType.startsWith("application/vnd.google.protobuf"), "content type of exposeSync");
    // The counter's value: field 3 of Metric, field 1 of Counter, a double.
    const three = [9, 0, 0, 0, 0, 0, 0, 8, 64];
    const [{ message }] = protobufFamilies(new Uint8Array(await answer.arrayBuffer()));
    ok(
      message.some((_, i) => three.every((byte, j) => message[i + j] === byte)),
      "the counter is not 3",
    );
    registry.close();
  },
  "collect runs before a scrape and a failing one hurts nobody": async ({ Registry }) => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: "late", help: "Late." });
    registry.collect(async () => {
      await Promise.resolve();
      gauge.set(7);
    });
    registry.collect(
      () => {
        throw new Error("broken");
      },
      { name: "broken" },
    );
    const { body, contentType } = await registry.expose();
    const text = decoder.decode(body);
    equal(sample(text, "late"), 7, "collected");
    equal(sample(text, 'tallystick_collector_failures_total{collector="broken"}'), 1, "failures");
    equal(contentType, "text/plain; version=0.0.4; charset=utf-8", "content type");
    registry.close();
  },
  "handler answers GET, HEAD and refuses others": async ({ Registry }) => {
    const registry = new Registry();
    registry.counter({ name: "handled", help: "Handled." }).inc();
    const handler = registry.handler();
    const url = "http://localhost/metrics";
    const answer = await handler(new Request(url, { headers: { accept: "application/openmetrics-text;version=1.0.0" } }));
    ok((await answer.text()).endsWith("handled_total 1\n# EOF\n"), "body");
    equal((await handler(new Request(url, { method: "HEAD" }))).status, 200, "HEAD");
    equal((await handler(new Request(url, { method: "POST" }))).status, 405, "POST");
    registry.close();
  },
  "an answer that is read late is not written over by the next scrape": async ({ Registry }) => {
    const registry = new Registry();
    const handled = registry.counter({ name: "handled", help: "Handled." });
    const handler = registry.handler();
    const answers = [];
    for (let i = 1; i <= 3; i++) {
      handled.inc();
      answers.push(await handler(new Request("http://localhost/metrics")));
    }
    const counted = [];
    for (const answer of answers) counted.push(sample(await answer.text(), "handled_total"));
    equal(counted.join(), "1,2,3", "answers");
    registry.close();
  },
  "expose writes into given bytes where they suffice": async ({ Registry }) => {
    const registry = new Registry();
    registry.counter({ name: "given", help: "Given." }).inc(5);
    const bytes = new Uint8Array(4096);
    const { body } = await registry.expose({ into: bytes });
    ok(body.buffer === bytes.buffer && body.byteOffset === 0, "the same bytes");
    equal(sample(decoder.decode(body), "given_total"), 5, "in given bytes");
    const few = new Uint8Array(4);
    const grown = registry.exposeSync({ into: few }).body;
    ok(grown.buffer !== few.buffer && few.length === 4, "bytes of its own");
    equal(decoder.decode(grown), decoder.decode(body), "in its own bytes");
    registry.close();
  },
  "stream gives the same bytes as expose": async ({ Registry }) => {
    const registry = new Registry();
    const many = registry.counter({ name: "many", help: "Many.", labelNames: ["n"] });
    for (let i = 0; i < 20000; i++) many.labels(i).inc(i);
    const whole = textOf(registry);
    let streamed = "";
    for await (const slice of registry.stream().body) streamed += decoder.decode(slice, { stream: true });
    ok(whole.length > 400000 && streamed === whole, "stream and whole differ");
    registry.close();
  },
  "remove, reset and clear end series, and old handles begin new ones"({ Registry }) {
    const registry = new Registry();
    const jobs = registry.counter({ name: "ended", help: "Ended.", labelNames: ["queue"] });
    const mail = jobs.labels("mail");
    mail.inc(5);
    ok(jobs.remove("mail"), "removed");
    ok(!jobs.remove("mail"), "removed twice");
    const other = jobs.labels("other");
    other.inc();
    mail.inc(2);
    equal(jobs.value("mail"), 2, "a new series");
    equal(jobs.value("other"), 1, "nobody else's");
    jobs.reset();
    equal(jobs.value("mail"), 0, "reset");
    mail.inc();
    jobs.clear();
    ok(!textOf(registry).includes("ended_total{"), "cleared");
    registry.close();
  },
};
