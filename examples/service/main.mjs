// The command: starts the service in a process of its own, drives load over loopback, blocks an event loop, terminates
// a worker, scrapes all the while, and holds every number against another that was counted elsewhere.
//
// The load and the service are two processes: in one, a blocked event loop would stop the load and the measuring too,
// and a stall could not be told from a client that was not looking.
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { getGlobalDispatcher } from "undici";
import { experiment } from "./experiment.mjs";
import { Prometheus } from "./prometheus.mjs";
import { report } from "./report.mjs";
import { Service } from "./service.mjs";
import { heading, paint, say, table } from "./terminal.mjs";

const USAGE = `Usage: npm start -- [options]

  --seconds N    drive load for N seconds (default 6; 0: none, with --serve)
  --prometheus   let a real Prometheus scrape too, and ask it for the same totals
  --serve        keep serving afterwards, until Ctrl-C
  --port N       the service's port (default: any free one); the metrics are at N + 1
`;

const BAD_USAGE = 2;

const options = readOptions();
const interrupt = new AbortController();
const closers = [];
let interruptedCode;

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(name, () => {
    // By convention 128 + the number of the signal.
    interruptedCode = 128 + constants.signals[name];
    // Asked twice: no more waiting. The service ends by itself when this process is gone.
    if (interrupt.signal.aborted) process.exit(interruptedCode);
    interrupt.abort();
  });
}

process.exitCode = await main().catch((error) => {
  if (interrupt.signal.aborted) return interruptedCode;
  say(`\n  ${paint("red", error.message)}\n`);
  return 1;
});
if (interrupt.signal.aborted) say("\n  Stopping");
for (const close of closers.reverse()) await close();

async function main() {
  const { signal } = interrupt;
  closers.push(() => getGlobalDispatcher().destroy());
  const service = new Service(options.port);
  closers.push(() => service.stop());
  const addresses = await unlessInterrupted(service.listening());
  let prometheus;
  if (options.prometheus) {
    say("  Waiting for the first scrape of Prometheus, which looks for its targets every 5 s");
    prometheus = await Prometheus.start(addresses.exporterPort, signal);
    closers.push(() => prometheus.stop());
  }
  sayAddresses(addresses, prometheus);
  let isRight = true;
  if (options.seconds > 0) {
    const { seconds } = options;
    const run = experiment({ service, addresses, seconds, prometheus, signal });
    // Nothing is closed under a running experiment: it ends by itself, and soon, once it is interrupted.
    isRight = report(await Promise.race([run, service.ended.then(() => run)]));
  }
  if (options.serve) {
    say("  Serving until Ctrl-C. Try");
    say(`    curl '${addresses.origin}/primes?below=100000'`);
    say(`    curl ${addresses.metrics}`);
    await unlessInterrupted(service.ended).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }
  return isRight ? 0 : 1;
}

function unlessInterrupted(promise) {
  const { signal } = interrupt;
  return Promise.race([
    promise,
    new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    }),
  ]);
}

function sayAddresses({ origin, metrics, threadCount }, prometheus) {
  heading("tallystick: a service that counts from every thread");
  const rows = [
    ["service", origin, paint("dim", `one thread accepts, ${threadCount} compute`)],
    ["metrics", metrics, paint("dim", "answered by a thread of its own")],
  ];
  if (prometheus !== undefined) rows.push(["prometheus", prometheus.origin, paint("dim", "scrapes every second")]);
  table("lll", rows);
  say();
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: "string", default: "6" },
        port: { type: "string", default: "0" },
        prometheus: { type: "boolean", default: false },
        serve: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      say(USAGE);
      process.exit(0);
    }
    const seconds = numberOption("seconds", values.seconds, 3_600);
    if (seconds === 0 && !values.serve) throw new RangeError("--seconds 0 is for --serve: there is nothing else to do");
    return { ...values, seconds, port: numberOption("port", values.port, 65_534) };
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exit(BAD_USAGE);
  }
}

function numberOption(name, text, max) {
  const number = Number(text);
  if (text !== "" && number >= 0 && number <= max && (name === "seconds" || Number.isInteger(number))) return number;
  throw new RangeError(`--${name} must be a number from 0 to ${max}, and is "${text}"`);
}
