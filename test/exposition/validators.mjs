// The judges of an exposition that nobody here wrote: promtool, the OpenMetrics parser of client_python, the
// grammar of the OpenMetrics specification, and a Prometheus server. Each is a function with `available`,
// and with `missing`, the sentence that a test skips with.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Other people's files lie beside the project and are never part of it. */
export const SHARED_DATA = new URL("../../../shared/data/", import.meta.url);

/** Skips the test by the name of the first judge that this machine lacks; true where it has all. */
export function judged(t, ...judges) {
  const absent = judges.find((judge) => !judge.available);
  if (absent !== undefined) t.skip(absent.missing);
  return absent === undefined;
}

function executable(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      // The next folder may have it.
    }
  }
  return false;
}

// --- promtool

/** It judges a page in one thread, and begins in less time so. */
const PROMTOOL_ENV = { ...process.env, GOMAXPROCS: "1" };
/** Of pages that are given together, so many are judged at a time. */
const PROMTOOLS_MOST = 4;
let promtools = 0;
const waiting = [];

/** `promtool check metrics`: 0 is right, 1 does not parse, 3 parses and has names against its lint. */
async function checkMetrics(text) {
  if (promtools === PROMTOOLS_MOST) await new Promise((resolve) => waiting.push(resolve));
  else promtools++;
  try {
    return await checked(text);
  } finally {
    // Whoever waits has the place.
    if (waiting.length > 0) waiting.shift()();
    else promtools--;
  }
}

async function checked(text) {
  const child = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"], env: PROMTOOL_ENV });
  const output = [];
  child.stdout.on("data", (part) => output.push(part));
  child.stderr.on("data", (part) => output.push(part));
  // It may stop reading at the first fault.
  child.stdin.on("error", () => {});
  child.stdin.end(text);
  const [status] = await once(child, "close");
  return { status, output: Buffer.concat(output).toString() };
}

export const promtool = Object.assign(checkMetrics, {
  available: executable("promtool"),
  missing: "promtool is not installed: apt-get install prometheus",
});

// --- client_python

// Debian's packages belong to Debian's own Python, and another one may come first on the path.
const PYTHON = "/usr/bin/python3";

// Requests are a line "format length" and the bytes; replies a line with the length and JSON. Numbers go as
// text, since JSON has no NaN. Integers stay integers: a counter past 2^53 must not be rounded on the way.
const PARSER = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text
sources, out = sys.stdin.buffer, sys.stdout.buffer
while True:
    head = sources.readline().split()
    if not head:
        break
    body = sources.read(int(head[1]))
    try:
        parse = openmetrics if head[0] == b"openmetrics" else text
        families = [
            {
                "name": f.name, "type": f.type, "unit": f.unit, "help": f.documentation,
                "samples": [{"name": s.name, "labels": s.labels, "value": repr(s.value)} for s in f.samples],
            }
            for f in parse(body.decode())
        ]
        reply = {"families": families}
    except Exception as error:
        reply = {"error": type(error).__name__ + ": " + str(error)}
    answer = json.dumps(reply).encode()
    out.write(b"%d\\n" % len(answer) + answer)
    out.flush()
`;

const PYTHON_NUMBERS = { inf: Infinity, "-inf": -Infinity, nan: NaN };

class PythonParser {
  #child;
  #waiting = [];
  #received = Buffer.alloc(0);
  #errors = "";

  #start() {
    const child = spawn(PYTHON, ["-c", PARSER], { stdio: ["pipe", "pipe", "pipe"] });
    child.stdout.on("data", (part) => this.#take(part));
    child.stderr.on("data", (part) => (this.#errors += part));
    child.stdin.on("error", () => {});
    child.on("close", () => {
      this.#child = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`The Python parser ended: ${this.#errors}`));
    });
    this.#child = child;
  }

  /** Only what is awaited keeps the process alive. */
  #held(hold) {
    const verb = hold ? "ref" : "unref";
    for (const part of [this.#child, this.#child?.stdin, this.#child?.stdout, this.#child?.stderr]) part?.[verb]();
  }

  #take(part) {
    this.#received = Buffer.concat([this.#received, part]);
    for (;;) {
      const newline = this.#received.indexOf(10);
      if (newline === -1) break;
      const end = newline + 1 + Number(this.#received.toString("latin1", 0, newline));
      if (this.#received.length < end) break;
      const reply = JSON.parse(this.#received.toString("utf8", newline + 1, end));
      this.#received = this.#received.subarray(end);
      for (const family of reply.families ?? []) {
        for (const sample of family.samples) sample.value = PYTHON_NUMBERS[sample.value] ?? Number(sample.value);
      }
      this.#waiting.shift().resolve(reply);
    }
    if (this.#waiting.length === 0) this.#held(false);
  }

  parse(format, document) {
    if (this.#child === undefined) this.#start();
    this.#held(true);
    const bytes = Buffer.from(document);
    this.#child.stdin.write(`${format} ${bytes.length}\n`);
    this.#child.stdin.write(bytes);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

const python = new PythonParser();

const PYTHON_JUDGE = {
  available: existsSync(PYTHON) && spawnSync(PYTHON, ["-c", "import prometheus_client.openmetrics.parser"]).status === 0,
  missing: "python3-prometheus-client is not installed: apt-get install python3-prometheus-client",
};

/**
 * The strict OpenMetrics parser, for each document (bytes or text): `{families}` or `{error}`. A family is
 * `{name, type, unit, help, samples: [{name, labels, value}]}`. Of a series that comes twice it keeps the
 * first, and it reads the integer -0 as 0.
 */
export const strictOpenMetrics = Object.assign(
  (documents) => Promise.all(documents.map((document) => python.parse("openmetrics", document))),
  PYTHON_JUDGE,
);

/**
 * The same library's reading of text 0.0.4, with the shape of `strictOpenMetrics`. It is lax: for the values,
 * not for a verdict. Counters come back without `_total` in the family's name.
 */
export const laxText = Object.assign((documents) => Promise.all(documents.map((document) => python.parse("text", document))), PYTHON_JUDGE);

// --- grammar

const GRAMMAR = new URL("abnf/openmetrics-1.0.abnf", SHARED_DATA);
const GRAMMAR2 = new URL("abnf/openmetrics-2.0-rc0.abnf", SHARED_DATA);

/** The rules of a grammar as lists of alternatives: `a = b / c` and later `a =/ d` are one rule of three. */
function grammarRules(source) {
  const rules = new Map();
  for (const line of source.split(/\r?\n/)) {
    const definition = /^\s*([A-Za-z][A-Za-z0-9-]*) *(=\/?) *(.+)$/.exec(line.replace(/;.*$/, "").trimEnd());
    if (definition === null) {
      if (/^\s*[^\s;]/.test(line)) throw new Error(`Cannot read the grammar at ${JSON.stringify(line)}`);
      continue;
    }
    const [, name, , alternatives] = definition;
    rules.set(name, [...(rules.get(name) ?? []), ...alternativesOf(alternatives)]);
  }
  return rules;
}

/** Splits at the slashes that are in no quotes and no brackets. */
function alternativesOf(text) {
  const parts = [""];
  let depth = 0;
  for (const [token] of text.matchAll(/"[^"]*"|[^"]/g)) {
    if (token === "(" || token === "[") depth++;
    if (token === ")" || token === "]") depth--;
    if (token === "/" && depth === 0) parts.push("");
    else parts[parts.length - 1] += token;
  }
  return parts.map((part) => part.trim());
}

/** Puts an alternative behind the others of its rule. */
function tryLast(rules, name, alternative) {
  const alternatives = rules.get(name) ?? [];
  const index = alternatives.indexOf(alternative);
  if (index === -1) throw new Error(`The grammar's ${name} has no alternative ${alternative}`);
  alternatives.push(...alternatives.splice(index, 1));
}

/** Puts the longer words of a choice between words first. */
function longestFirst(rules, name) {
  const words = (group) =>
    group
      .slice(1, -1)
      .split("/")
      .map((word) => word.trim());
  const sorted = (group) =>
    `(${words(group)
      .sort((a, b) => b.length - a.length)
      .join(" / ")})`;
  rules.set(
    name,
    rules.get(name).map((alternative) => alternative.replace(/\((?:%i)?"[^()]*"\)/g, sorted)),
  );
}

/** Writes a rule anew that says the same, and fails where the grammar does not say it. */
function rewritten(rules, name, before, after) {
  if (rules.get(name)?.join(" / ") !== before) throw new Error(`The grammar's ${name} is not ${before}`);
  rules.set(name, [after]);
}

// The generator's parser takes the first alternative that matches and never returns to the choice; a
// grammar's order says nothing. So what is the beginning of another alternative must stand behind it.
function ordered(rules) {
  tryLast(rules, "metric-type", "gauge");
  tryLast(rules, "realnumber", "[SIGN] 1*DIGIT");
  longestFirst(rules, "number");
  return rules;
}

/** The same of 2.0, where repetitions do not go back either: zeros in front of digits, and commas in front of the last bucket. */
function ordered2(rules) {
  tryLast(rules, "metric-type", '%s"gauge"');
  longestFirst(rules, "number");
  rewritten(rules, "integer", '[SIGN] 1*"0" / [SIGN] positive-integer', "[SIGN] 1*DIGIT");
  rewritten(rules, "non-negative-integer", '["+"] 1*"0" / ["+"] positive-integer', '["+"] 1*DIGIT');
  rewritten(
    rules,
    "classic-buckets",
    '%s"bucket" ":" "[" [ ch-le-counts "," ] ch-pos-inf-bucket "]"',
    '%s"bucket" ":" "[" [ (ch-neg-inf-bucket / ch-le-bucket) "," *(ch-le-bucket ",") ] ch-pos-inf-bucket "]"',
  );
  return rules;
}

// Of RFC 5234's appendix B.1, which grammars take for granted.
const CORE_RULES = ["ALPHA = %x41-5A / %x61-7A", "DIGIT = %x30-39", "DQUOTE = %x22", "SP = %x20", "LF = %x0A"];

function grammarMade(apgApi, file, order) {
  const rules = order(grammarRules(readFileSync(file, "utf8")));
  const lines = [...rules].map(([name, alternatives]) => `${name} = ${alternatives.join(" / ")}`);
  const api = new apgApi(`${[...lines, ...CORE_RULES].join("\r\n")}\r\n`);
  api.generate();
  if (api.errors.length !== 0) throw new Error(`The grammar does not compile: ${api.errorsToAscii()}`);
  return api.toObject();
}

const apg = await import("apg-js").then(
  (module) => module.default ?? module,
  () => undefined,
);

/** A judge by a grammar: an empty string, or where the document (bytes or text) leaves it. */
function grammarJudge(file, order) {
  let grammar;
  const match = (document) => {
    grammar ??= grammarMade(apg.apgApi, file, order);
    let text = document;
    if (typeof document !== "string") {
      try {
        text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document);
      } catch {
        return "not UTF-8";
      }
    }
    const points = Array.from(text, (character) => character.codePointAt(0));
    const parser = new apg.apgLib.parser();
    const result = parser.parse(grammar, "exposition", points);
    if (result.success) return "";
    const rest = String.fromCodePoint(...points.slice(result.maxMatched, result.maxMatched + 40));
    return `no match from ${result.maxMatched} of ${points.length}: ${JSON.stringify(rest)}`;
  };
  const name = file.pathname.split("/").at(-1);
  return Object.assign(match, {
    available: apg !== undefined && existsSync(file),
    missing: apg === undefined ? "apg-js is not installed: npm ci" : `this grammar is not beside the project: ../shared/data/abnf/${name}`,
  });
}

/** The grammar of OpenMetrics 1.0. */
export const abnf = grammarJudge(GRAMMAR, ordered);

/** The grammar of OpenMetrics 2.0, release candidate 0. */
export const abnf2 = grammarJudge(GRAMMAR2, ordered2);

// --- Prometheus

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const READY_MS = 20_000;

async function answer(url) {
  const response = await fetch(url);
  const reply = await response.json();
  if (reply.status !== "success") throw new Error(`Prometheus answered ${JSON.stringify(reply)} to ${url}`);
  return reply.data;
}

/**
 * Starts a Prometheus that scrapes `jobs` (`{name, port, path?, params?, honorLabels?}`) on loopback every second, with
 * a folder of its own and more `flags` where they are given. `query` returns the result list, `exemplars` those of the
 * last hour that a selector finds, `targets` the active targets, `metrics` the server's own exposition, `log` what it
 * wrote; `stop` ends it and takes the folder away.
 */
async function startPrometheus(jobs, flags = []) {
  const folder = await mkdtemp(join(tmpdir(), "prometheus-"));
  const scrapes = jobs.map(({ name, port, path = "/metrics", params = {}, honorLabels = false }) => ({
    job_name: name,
    metrics_path: path,
    params,
    honor_labels: honorLabels,
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
  }));
  const config = { global: { scrape_interval: "1s", scrape_timeout: "1s" }, scrape_configs: scrapes };
  // JSON is YAML.
  await writeFile(join(folder, "prometheus.yml"), JSON.stringify(config));
  const port = await freePort();
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...flags,
    ],
    { stdio: ["ignore", "pipe", "pipe"], cwd: folder },
  );
  let log = "";
  child.stdout.on("data", (part) => (log += part));
  child.stderr.on("data", (part) => (log += part));
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  const closed = once(child, "close").then(() => process.off("exit", kill));
  const url = `http://127.0.0.1:${port}`;
  const targets = async () => (await answer(`${url}/api/v1/targets?state=active`)).activeTargets;
  // It is ready before it has read which targets it has.
  const knowsTargets = async () => (await fetch(`${url}/-/ready`)).ok && (await targets()).length === jobs.length;
  const stop = async () => {
    child.kill("SIGTERM");
    await closed;
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + READY_MS;
  for (;;) {
    if (await knowsTargets().catch(() => false)) break;
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`Prometheus did not start: ${log}`);
    }
    await sleep(50);
  }
  return {
    url,
    query: async (expression) => (await answer(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)).result,
    exemplars: async (selector) => {
      const now = Date.now() / 1000;
      return answer(`${url}/api/v1/query_exemplars?query=${encodeURIComponent(selector)}&start=${now - 3600}&end=${now + 60}`);
    },
    targets,
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    log: () => log,
    stop,
  };
}

export const prometheusServer = Object.assign(startPrometheus, {
  available: executable("prometheus"),
  missing: "prometheus is not installed: apt-get install prometheus",
});

/** A folder beside the project, for `judged`. */
export function sharedFolder(path) {
  const url = new URL(path, SHARED_DATA);
  return {
    url,
    available: existsSync(url),
    missing: `${path} is not beside the project: ../shared/data/${path}`,
    path: fileURLToPath(url),
  };
}
