#!/usr/bin/env node
// npx tallystick collect --dir DIR --port N: serves the sum of what processes left in a spool or pushed, standing alone.
// npx tallystick record COMMAND DIR, npx tallystick probe, npx tallystick lint URL and npx tallystick top URL are programs of their own, and npx tallystick alone says what there is.

import { existsSync, opendirSync, readFileSync, statSync } from "node:fs";
import process from "node:process";
import { shown } from "../errors.ts";
import { registry } from "../index.ts";
import { type MultiprocessDir, readMultiprocessDir } from "./beside.ts";
import { SystemDisk } from "./disk.ts";
import { directoryUnreadable as spoolUnreadable } from "./errors.ts";
import { lineOf } from "./line.ts";
import { nearest } from "./nearest.ts";
import { type Answer, served } from "./page.ts";
import { type Receiver, receiver } from "./push-entry.ts";
import { JournalStore } from "./receive-journal.ts";
import { directoryAbsent, directoryUnreadable } from "./refused.ts";
import { type Spool, spool } from "./spooled.ts";
import { surveyed } from "./survey.ts";
import { checkEmpty, endedBy, EXIT_USAGE, FIRST_PID, impossible, portOf, refuser, SIGNALS, twice, typed } from "./typed.ts";

const OVERVIEW = `Usage: tallystick COMMAND [options]

  collect   serves what the processes of an application left in a spool or pushed, added up, at /metrics
  probe     shows what the processes of this host use, and the host: serves it, or pushes it to a collector
  lint      says what is against the rules in an exposition: of a URL, of a file, or of what comes in
  top       shows what an exposition counts, live: the series that grow fastest, quantiles of the last interval
  record    reads recordings of tallystick/record: summaries, plots, exports
  help      says this, and help COMMAND what that says with --help

  --version says which version of tallystick this is
`;

const USAGE = `Usage: tallystick collect [options]

Serves what the processes of an application left in a spool, added up, at /metrics.

  --dir DIR          the spool's directory; once
  --python DIR       a directory of Python's prometheus_client in multiprocess mode, beside it or alone; may be repeated
  --push-token TOKEN takes what processes elsewhere push to /push with this token (tallystick/push), beside them or
                     alone. Others may see it in the list of processes: the environment's TALLYSTICK_PUSH_TOKEN says the
                     same unseen
  --store DIR        keeps what is pushed in this directory, for the next start; without it that begins with nothing, and
                     what dead processes had counted is lost
  --forward URL      hands what is pushed here on to the next collector, whose page then has it, too: its /push
  --forward-token TOKEN that collector's; or the environment's TALLYSTICK_FORWARD_TOKEN. At its end it hands on what
                     waits, for 10 seconds at the most
  --port N           9464 by default, 0 for any
  --host HOST        127.0.0.1 by default
  --name NAME        the registry's name, where processes gave one
  --run NAME         the run's name, where processes gave one
  --application NAME what tells the application from others
  --keep-totals      takes what earlier runs counted along: where the processes keep totals, too
  --forget-dead      leaves out live gauges of Python's processes that are none of this machine any more
  --help             says this
  --version          says which version of tallystick this is
`;

const OPTIONS = {
  dir: { type: "string" },
  python: { type: "string", multiple: true },
  "push-token": { type: "string" },
  store: { type: "string" },
  forward: { type: "string" },
  "forward-token": { type: "string" },
  port: { type: "string", default: "9464" },
  host: { type: "string", default: "127.0.0.1" },
  name: { type: "string" },
  run: { type: "string" },
  application: { type: "string" },
  "keep-totals": { type: "boolean", default: false },
  "forget-dead": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  version: { type: "boolean", default: false },
} as const;

/** Lines that are not said twice. */
const TOLD_MOST = 1000;
const COMMANDS = ["collect", "probe", "lint", "top", "record"];

function listed(word: string): string {
  return `${COMMANDS.slice(0, -1).join(", ")} ${word} ${COMMANDS.at(-1)}`;
}

/** What is wrong with a command, where it is none. */
function commandWrong(command: string): string {
  if (command.startsWith("-")) return `there is no command: give ${listed("or")}, and options behind it`;
  const near = nearest(command, COMMANDS);
  return `there is no command ${shown(command)}: ${near === undefined ? `there are ${listed("and")}` : `there is ${near}`}`;
}

/** What there is beside options. */
function beside([first]: readonly string[], isDirSaid: boolean): string | undefined {
  if (first === undefined) return undefined;
  const plain = /^[\w./-]{1,80}$/.test(first) ? first : shown(first);
  return isDirSaid ? `collect takes options alone, and not ${shown(first)}` : `collect takes options alone: say --dir ${plain}`;
}

// Nobody who runs a program is helped by where in it something went wrong.
process.on("uncaughtException", (error) => {
  process.stderr.write(`tallystick: ${lineOf(error)}\n`);
  process.exit(1);
});
// Whoever read the first line and went away does not end it.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

/** The command and what is behind it. `help COMMAND` is its `--help`. */
function asked([first, ...rest]: readonly string[]): [command: string | undefined, args: readonly string[]] {
  const isHelp = first === "help" || first === "--help";
  return isHelp && rest[0] !== undefined ? [rest[0], ["--help"]] : [isHelp ? "help" : first, rest];
}

const [command, args] = asked(process.argv.slice(2));
if (command === "record") {
  const { record } = await import("../record/program/main.ts");
  process.exit(await record(args));
}
if (command === "probe") {
  const { probing } = await import("../collect/probe/program/main.ts");
  await probing(args);
}
if (command === "lint") {
  const { linting } = await import("../lint/program/main.ts");
  process.exit(await linting(args));
}
if (command === "top") {
  const { watching } = await import("../top/program/main.ts");
  process.exit(await watching(args));
}
if (command === undefined) {
  // Nobody asked for it: a script whose variable is empty shall not take it for success.
  process.stderr.write(OVERVIEW);
  process.exit(EXIT_USAGE);
}
if (command === "help") {
  process.stdout.write(OVERVIEW);
  process.exit(0);
}
if (command !== "collect" && command !== "--version") refuser()(commandWrong(command));
const refuse = refuser("collect");
const { values, positionals, tokens } = typed(command === "collect" ? args : [command], OPTIONS, refuse);
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (values.version) {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  process.stdout.write(`${version}\n`);
  process.exit(0);
}
const wrong = beside(positionals, values.dir !== undefined);
if (wrong !== undefined) refuse(wrong);
const repeated = twice(tokens, OPTIONS, { dir: "a collector serves one spool, so let each directory have a collector of its own" });
if (repeated !== undefined) refuse(repeated);
const port = portOf(values.port, refuse);
// One of the environment that is empty is none: that is how some say that there is none.
const pushToken = values["push-token"] ?? (process.env.TALLYSTICK_PUSH_TOKEN || undefined);
if (values.dir === undefined && values.python === undefined && pushToken === undefined) {
  refuse("there is nothing to collect: give --dir, --python or --push-token");
}
const forwardToken = values["forward-token"] ?? (process.env.TALLYSTICK_FORWARD_TOKEN || undefined);
if (values.store !== undefined && pushToken === undefined) refuse("--store is of what is pushed: give --push-token, too");
if (values.forward !== undefined && pushToken === undefined) refuse("--forward is of what is pushed: give --push-token, too");
if (values.forward !== undefined && forwardToken === undefined) refuse("--forward wants the next collector's token: give --forward-token");
if (values.forward === undefined && values["forward-token"] !== undefined) refuse("--forward-token is of --forward: give that, too");
checkEmpty(
  [
    ["--dir", [values.dir]],
    ["--python", values.python ?? []],
    ["--push-token", [values["push-token"]]],
    ["--forward-token", [values["forward-token"]]],
    ["--forward", [values.forward]],
    ["--store", [values.store]],
    ["--host", [values.host]],
  ],
  refuse,
);

if (values["forget-dead"] && values.python === undefined) refuse("--forget-dead is of Python's directories: give --python, too");

const dirs = [values.dir ?? [], values.python ?? []].flat();
for (const [i, dir] of dirs.entries()) {
  try {
    const status = statSync(dir, { throwIfNoEntry: false });
    if (status?.isDirectory() === false) impossible(new Error(`${shown(dir)} is no directory`));
    if (status !== undefined) opendirSync(dir).closeSync();
  } catch (error) {
    impossible(i === 0 && values.dir !== undefined ? spoolUnreadable(dir, error) : directoryUnreadable(dir, error));
  }
}

const told = new Set<string>();
const onError = (error: unknown): void => {
  const said = lineOf(error);
  // That a directory is not there yet is found out here and by whoever reads it.
  if (!told.has(said)) process.stderr.write(`tallystick: ${said}\n`);
  if (told.size < TOLD_MOST) told.add(said);
};
let received: Receiver | undefined;
let shared: Spool | undefined;
let left: readonly string[] = [];
const pythons = new Map<string, MultiprocessDir>();
try {
  if (values.dir !== undefined) {
    const { name, run, application } = values;
    const named = { ...(name === undefined ? {} : { name }), ...(run === undefined ? {} : { run }) };
    const whose = application === undefined ? {} : { application };
    left = surveyed(new SystemDisk(), { dir: values.dir, name, run, keepTotals: values["keep-totals"] });
    shared = spool({ dir: values.dir, write: false, keepTotals: values["keep-totals"], onError, ...named, ...whose });
  }
  for (const dir of values.python ?? []) pythons.set(dir, readMultiprocessDir(dir, { forgetDead: values["forget-dead"], onError }));
  const { forward: url } = values;
  const forward = url === undefined || forwardToken === undefined ? undefined : { url, token: forwardToken };
  const store = values.store === undefined ? undefined : new JournalStore(values.store, new SystemDisk(), onError);
  if (pushToken !== undefined) received = receiver({ token: pushToken, onError, forward, store });
} catch (error) {
  impossible(error);
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What is there to be served; of a directory that is not there yet it was said. */
async function found(): Promise<void> {
  const say = (dir: string | undefined, what: string) => process.stdout.write(`tallystick found in ${shown(dir)}: ${what}\n`);
  await shared?.refresh();
  const reader = shared?.statistics.reader;
  if (reader?.isThere === true) {
    const { run, live, retiredNumber } = reader;
    const ended = shared!.processes().length > live || retiredNumber > 0 ? ", and what others left that ended" : "";
    say(
      values.dir,
      run === undefined ? "no process has joined yet" : `${counted(live, "process that lives", "processes that live")}${ended}`,
    );
  }
  for (const [dir, python] of pythons) {
    if (!existsSync(dir)) continue;
    await python.refresh();
    say(dir, counted(python.statistics.files, "file of Python's client", "files of Python's client"));
  }
}

const answers = new Map<string, Answer>([["/metrics", registry.nodeHandler()]]);
if (received !== undefined) answers.set("/push", received.nodeHandler());
served(answers, port, values.host, (url) => {
  for (const dir of dirs.filter((one) => !existsSync(one))) onError(directoryAbsent(dir));
  process.stdout.write(`tallystick serves ${url}\n`);
  for (const line of left) process.stderr.write(`tallystick: ${line}\n`);
  found().catch(onError);
  received?.settled().catch(onError);
});

let isEnding = false;
for (const signal of received?.forwarding !== undefined || process.pid === FIRST_PID ? SIGNALS : []) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (isEnding || received?.forwarding === undefined) return endedBy(signal);
    isEnding = true;
    // Whoever pushes meanwhile is told to try again, and finds the next one.
    void received.close().then(() => endedBy(signal));
  });
}
